// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wardesk::broker {

namespace {

/// What stands for the desktop is the greatest.
auto rankOf(const Lease& lease)
{
    const bool isOpen = !lease.closedAt;
    return std::tuple(isOpen, isOpen && lease.firstConnectedAt, isOpen && lease.connectedAt,
        lease.closedAt.value_or(WallTime {}), lease.seat);
}

}

bool isShared(const Pool& pool)
{
    return pool.kind == PoolKind::shared;
}

std::int64_t seatsOf(const Pool& pool)
{
    return isShared(pool) ? std::max<std::int64_t>(1, pool.seats) : 1;
}

std::int64_t accountsOf(const Pool& pool)
{
    return isShared(pool) ? seatsOf(pool) * accountsPerSeat : 1;
}

std::string whyNotSeats(PoolKind kind, std::int64_t seats)
{
    if (kind == PoolKind::shared && (seats < fewestSeats || seats > mostSeats))
        return "a shared pool has " + std::to_string(fewestSeats) + " to "
            + std::to_string(mostSeats) + " sessions at a time in a desktop (seats)";
    if (kind != PoolKind::shared && seats != 1)
        return "only the desktops of a shared pool have seats";
    return {};
}

void addLease(DesktopRow& row, Lease lease)
{
    if (!row.lease) {
        row.lease = std::move(lease);
        return;
    }
    if (rankOf(lease) > rankOf(*row.lease))
        std::swap(*row.lease, lease);
    row.others.push_back(std::move(lease));
}

std::string whyNotMax(const Pool& pool, std::int64_t max)
{
    const std::int64_t seats = seatsOf(pool);
    if (!isShared(pool) || seats < 1 || max <= 0 || max % seats == 0)
        return {};
    const std::int64_t below = max / seats * seats;
    return "it counts sessions, and each desktop has room for " + std::to_string(seats) + ": "
        + (below > 0 ? std::to_string(below) + " or " : std::string())
        + std::to_string(below + seats) + " is expected";
}

std::vector<const Lease*> leasesOf(const DesktopRow& row)
{
    std::vector<const Lease*> leases;
    if (row.lease)
        leases.push_back(&*row.lease);
    for (const Lease& other : row.others)
        leases.push_back(&other);
    return leases;
}

std::vector<const Lease*> openLeasesOf(const DesktopRow& row)
{
    std::vector<const Lease*> leases = leasesOf(row);
    std::erase_if(leases, [](const Lease* lease) { return lease->closedAt.has_value(); });
    return leases;
}

std::int64_t openSeats(const DesktopRow& row)
{
    const auto isOpen = [](const Lease& lease) { return !lease.closedAt; };
    return (row.lease && isOpen(*row.lease) ? 1 : 0)
        + std::count_if(row.others.begin(), row.others.end(), isOpen);
}

std::int64_t usedSeats(const DesktopRow& row)
{
    return row.lease ? 1 + static_cast<std::int64_t>(row.others.size()) : 0;
}

std::int64_t nextSeat(const DesktopRow& row)
{
    std::int64_t last = 0;
    for (const Lease* lease : leasesOf(row))
        last = std::max(last, lease->seat);
    return last + 1;
}

const Lease* leaseOfSeat(const DesktopRow& row, std::int64_t seat)
{
    for (const Lease* lease : leasesOf(row)) {
        if (lease->seat == seat)
            return lease;
    }
    return nullptr;
}

std::int64_t roomIn(const Pool& pool, const DesktopRow& row)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (facts.drainingAt || facts.endingAt || facts.endedAt || row.desktop.quarantinedAt)
        return 0;
    return std::max<std::int64_t>(
        0, std::min(seatsOf(pool) - openSeats(row), accountsOf(pool) - usedSeats(row)));
}

std::int64_t freeSeats(const Pool& pool, const DesktopRow& row)
{
    return row.desktop.incarnation.readyAt ? roomIn(pool, row) : 0;
}

}
