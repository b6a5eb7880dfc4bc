// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/zonetime.h"

#include <vector>

namespace wardesk::broker {

constexpr std::chrono::minutes demandSlot { 5 };
constexpr std::chrono::hours demandHorizon { 27 }; ///< a day, and what its end must be ready for
constexpr int demandWeeks = 8; ///< of the past that are looked at

/// All that is known about who will sign in to a pool.
struct DemandFacts
{
    WallTime now {};
    WallTime since {}; ///< before that there was no pool, so that nobody could sign in
    std::vector<SignInCount> history; ///< by demandSlot, of the last demandWeeks and a day
    std::vector<RosterShift> shifts; ///< of the same time and of the horizon
    std::vector<Holiday> holidays;
};

enum class DemandSource {
    nothing, ///< no roster and no history: nobody is expected
    history, ///< the same weekday and hour of the past weeks
    roster
};

struct DemandSlot
{
    double expected = 0; ///< sign-ins that need a fresh desktop
    DemandSource source = DemandSource::nothing;
    std::int64_t heads = 0; ///< who begin at the shift that this slot belongs to
};

struct Demand
{
    WallTime start {};
    std::vector<DemandSlot> slots; ///< each demandSlot long
    int weeks = 0; ///< of history that there were
    int learnedFrom = 0; ///< past shift starts that showed when people come; 0: assumed
    double showUp = 1; ///< sign-ins for each head on the roster, of those

    /// From `time` on; a slot that has begun counts for what is left of it.
    [[nodiscard]] double between(WallTime from, WallTime until) const;
};

/// Where the roster has a shift, what its heads did around such a shift before; elsewhere the mean
/// of the same weekday and time in the past weeks, the recent ones counting more. Holidays are
/// compared with holidays, or Sundays, and are left out of ordinary days.
[[nodiscard]] Demand expectDemand(const DemandFacts& facts, const ZoneOffsets& zone);

}
