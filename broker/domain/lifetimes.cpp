// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/lifetimes.h"

namespace wardesk::broker {

std::optional<WallTime> logOffAt(const Lease& lease, const LifeTimers& timers)
{
    if (lease.closedAt || lease.connectedAt || !lease.firstConnectedAt || !lease.disconnectedAt
        || timers.logOff.count() == 0)
        return std::nullopt;
    return *lease.disconnectedAt + timers.logOff;
}

bool isLogOffDue(const Lease& lease, const LifeTimers& timers, WallTime now)
{
    const auto at = logOffAt(lease, timers);
    return at && now >= *at;
}

std::optional<WallTime> restsUntil(const Lease& lease, const LifeTimers& timers)
{
    if (!lease.closedAt || lease.closeReason != CloseReason::loggedOff
        || timers.recycle.count() == 0)
        return std::nullopt;
    return *lease.closedAt + timers.recycle;
}

}
