// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/poolkeeper.h"

namespace wardesk::broker {

/// One look at one pool: what was seen, the plan, and how far it has been carried out.
struct PoolKeeper::Round
{
    PoolView view;
    std::vector<Action> actions;
    std::size_t next = 0;
    bool failed = false; ///< a step did not work: no next round at once
    bool acted = false; ///< something is different now

    [[nodiscard]] const Desktop* find(const DesktopId& id) const
    {
        for (const DesktopRow& row : view.desktops) {
            if (row.desktop.id == id)
                return &row.desktop;
        }
        return nullptr;
    }
};

}
