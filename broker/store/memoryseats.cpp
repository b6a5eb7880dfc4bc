// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/store/memorystore.h"
#include "protocols/base/mutation.h"

#include <tuple>

namespace wardesk::broker {

Desktop* MemoryStore::desktopWithRoomIn(const Pool& pool)
{
    using Order = std::tuple<bool, std::int64_t, WallTime, DesktopId>;
    Desktop* best = nullptr;
    Order bestOrder;
    for (auto& [id, desktop] : m_desktops) {
        if (desktop.pool != pool.id || !givesOut(desktop.host))
            continue;
        const DesktopRow row = rowOf(desktop);
        if (freeSeats(pool, row) == 0)
            continue;
        const IncarnationFacts& facts = desktop.incarnation;
        const Order order(facts.image != pool.image, openSeats(row), *facts.readyAt, desktop.id);
        if (best == nullptr || order < bestOrder) {
            best = &desktop;
            bestOrder = order;
        }
    }
    return best;
}

/// 0 unless the desktop's pool is shared.
std::int64_t MemoryStore::seatFor(const Desktop& desktop) const
{
    if (!isShared(m_pools.at(desktop.pool)))
        return 0;
    const DesktopRow row = rowOf(desktop);
    if (WARDESK_MUTATED(seatReused)) {
        for (const Lease* lease : leasesOf(row)) {
            if (lease->closedAt)
                return lease->seat;
        }
    }
    return nextSeat(row);
}

}
