// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/seating.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "broker/pool/pacing.h"

#include <algorithm>
#include <tuple>

namespace wardesk::broker {

std::optional<CloseReason> whyToGiveBack(
    const Desktop& desktop, const Lease& lease, WallTime now, const Limits& limits)
{
    if (lease.firstConnectedAt || lease.closedAt)
        return std::nullopt;
    const auto& unreadyAt = desktop.incarnation.unreadyAt;
    if (unreadyAt && isOver(*unreadyAt, neverReadyAfter, now))
        return CloseReason::neverReady;
    if (isOver(lease.grantedAt, limits.neverConnectedAfter, now))
        return CloseReason::neverConnected;
    return std::nullopt;
}

SeatsPlan planSeats(
    const DesktopRow& row, const Pool& pool, bool isDrainOver, WallTime now, const Limits& limits)
{
    SeatsPlan plan;
    for (const Lease* lease : openLeasesOf(row)) {
        if (isDrainOver) {
            plan.actions.emplace_back(CloseLease { lease->id, CloseReason::hostDrained });
        } else if (const auto reason = whyToGiveBack(row.desktop, *lease, now, limits)) {
            plan.actions.emplace_back(CloseLease { lease->id, *reason });
        } else {
            ++plan.staying;
            if (isLogOffDue(*lease, pool.timers, now))
                plan.actions.emplace_back(LogOffSession { lease->id });
        }
    }
    return plan;
}

std::vector<Action> loseAll(const DesktopRow& row)
{
    std::vector<Action> actions;
    for (const Lease* lease : openLeasesOf(row))
        actions.emplace_back(CloseLease { lease->id, CloseReason::desktopLost });
    return actions;
}

void chooseTurning(std::vector<OpenDesktop>& desktops, std::int64_t turns)
{
    std::vector<OpenDesktop*> outdated;
    for (OpenDesktop& one : desktops) {
        if (one.isOutdated)
            outdated.push_back(&one);
    }
    std::sort(outdated.begin(), outdated.end(), [](const OpenDesktop* a, const OpenDesktop* b) {
        return std::tuple(openSeats(*a->row), a->row->desktop.id)
            < std::tuple(openSeats(*b->row), b->row->desktop.id);
    });
    for (OpenDesktop* one : outdated) {
        if (--turns < 0)
            return;
        one->isTurning = true;
    }
}

std::int64_t countedSeats(const std::vector<OpenDesktop>& desktops)
{
    std::int64_t seats = 0;
    for (const OpenDesktop& one : desktops)
        seats += one.isTurning ? 0 : one.free;
    return seats;
}

std::int64_t possibleSeats(const std::vector<OpenDesktop>& desktops)
{
    std::int64_t seats = 0;
    for (const OpenDesktop& one : desktops)
        seats += one.free;
    return seats;
}

std::int64_t desktopsFor(std::int64_t sessions, std::int64_t seats)
{
    return sessions <= 0 ? 0 : (sessions + seats - 1) / seats;
}

}
