// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/host.h"
#include "broker/domain/store.h"
#include "protocols/base/error.h"

#include <vector>

namespace wardesk::broker::rules {

/// Under its name, or that with a number where another host has it.
[[nodiscard]] Host freelyNamed(const Host& host, const std::vector<Host>& known);
[[nodiscard]] std::vector<DesktopRow> desktopsOn(
    const HostId& host, const std::vector<DesktopRow>& all);
/// Its host never comes back: the lease is closed, the incarnation is over.
void writeOff(DesktopRow& row, WallTime now);
/// `stale` when it is another version, or no more as dead as it was.
[[nodiscard]] Result<void> checkUnchanged(const Host& seen, const Host& now);
[[nodiscard]] Error changedHostError();
[[nodiscard]] Error usedHostError(std::int64_t desktops);
[[nodiscard]] Error closedHostError();
[[nodiscard]] Error goneHostError();

}
