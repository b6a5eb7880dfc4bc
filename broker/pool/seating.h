// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/reconcile.h"

#include <optional>
#include <vector>

/// What is planned inside desktops that several users are in. A session of a shared desktop ends
/// for itself; when the desktop ends is said by the table of verdicts, as for every other one.
namespace wardesk::broker {

/// Of a lease that nobody has connected under: why it is taken back now, or nothing.
[[nodiscard]] std::optional<CloseReason> whyToGiveBack(
    const Desktop& desktop, const Lease& lease, WallTime now, const Limits& limits);

struct SeatsPlan
{
    std::vector<Action> actions; ///< CloseLease and LogOffSession
    std::int64_t staying = 0; ///< sessions that go on
};

/// The sessions of one desktop whose domain runs. `isDrainOver`: the countdown of its host's drain
/// is, and all of them end.
[[nodiscard]] SeatsPlan planSeats(
    const DesktopRow& row, const Pool& pool, bool isDrainOver, WallTime now, const Limits& limits);

/// The desktop is lost with all that are inside.
[[nodiscard]] std::vector<Action> loseAll(const DesktopRow& row);

/// One shared desktop that somebody is in, and that new sessions may go to.
struct OpenDesktop
{
    const DesktopRow* row = nullptr;
    std::int64_t free = 0; ///< seats
    bool isOutdated = false; ///< not of the version that the pool goes to
    bool isTurning = false; ///< its free seats are not reckoned with any more
};

/// Marks the outdated ones that are to be made anew by now: `turns` of them, and those with fewest
/// inside first, since they are empty soonest.
void chooseTurning(std::vector<OpenDesktop>& desktops, std::int64_t turns);

/// Free seats of those that are reckoned with.
[[nodiscard]] std::int64_t countedSeats(const std::vector<OpenDesktop>& desktops);
/// All their free seats: whoever is let in there is one more in the pool.
[[nodiscard]] std::int64_t possibleSeats(const std::vector<OpenDesktop>& desktops);

/// Desktops for so many sessions.
[[nodiscard]] std::int64_t desktopsFor(std::int64_t sessions, std::int64_t seats);

}
