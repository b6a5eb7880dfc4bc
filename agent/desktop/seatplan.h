// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopcore.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// What a desktop that several users are in does with its accounts. Pure, as the core is.
namespace wardesk::desktop {

/// The sessions of a shared desktop by the numbers of their accounts. Of one that is being made
/// there is only whom it was promised to.
using Seats = std::map<std::int64_t, DesktopMemory>;

struct SeatLimits
{
    std::int64_t seats = 0; ///< sessions at a time; 0: the desktop is one user's
    std::int64_t accounts = 0; ///< in this incarnation
};

/// "clinician-7". Nobody else's account begins so, and PAM lets in none but these.
[[nodiscard]] std::string accountOfSeat(const std::string& base, std::int64_t seat);

/// An account that somebody was promised. From then on it is nobody else's (R1).
[[nodiscard]] bool isGiven(const DesktopMemory& memory);
/// Given, and not over.
[[nodiscard]] bool isLive(const DesktopMemory& memory);

/// The account whose session is started next, so that whoever comes finds it running; 0 when two
/// are there, when one is being made, when no more seats are free, or when the accounts are used
/// up. The broker gives them out in their order.
[[nodiscard]] std::int64_t nextWarm(const Seats& seats, const SeatLimits& limits);

/// All that were given, also those that have ended: what a broker must know that has lost it.
[[nodiscard]] std::vector<wire::SeatReport> reportsOf(const Seats& seats);
[[nodiscard]] std::int64_t highestEpoch(const Seats& seats, std::int64_t least);

/// Whether a command's seat is one of this desktop's.
[[nodiscard]] Result<void> checkSeat(
    const std::optional<std::int64_t>& seat, const SeatLimits& limits);

}
