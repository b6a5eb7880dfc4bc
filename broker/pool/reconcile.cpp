// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/reconcile.h"

#include "broker/pool/planner.h"

namespace wardesk::broker {

Plan reconcile(const PoolView& view, WallTime now, const Limits& limits)
{
    // R7: unreachable is not free, and nothing can be started either.
    if (!view.domains) {
        return { {},
            "no virtualisation host can be reached; desktops in use go on, new ones must wait" };
    }
    return Planner(view, now, limits).make(*view.domains);
}

}
