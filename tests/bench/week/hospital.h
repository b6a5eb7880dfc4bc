// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/elasticity.h"
#include "broker/pool/zonetime.h"

#include <random>
#include <vector>

namespace wardesk::bench {

using broker::RosterShift;
using broker::SignInCount;
using broker::ZoneOffsets;

/// One fresh desktop that somebody wants: from when, and how long it is used.
struct Visit
{
    WallTime at {};
    std::chrono::milliseconds stays {};
};

/// What happens in a hospital of 600 beds, from a seed: its roster, and who really comes.
struct Hospital
{
    WallTime begin {}; ///< Monday, 00:00 local time, of the week that is looked at
    std::vector<RosterShift> roster; ///< of the weeks before and the week itself
    std::vector<Visit> visits; ///< of the week, in order
    std::vector<SignInCount> history; ///< of the weeks before, by demandSlot
};

/// 30 wards of 20 beds in three shifts (07:00, 14:00, 22:00), and physicians at 08:00. Each day
/// some are ill; most people come a few minutes early, some late; a third leave their desktop for a
/// break and want a fresh one afterwards.
[[nodiscard]] Hospital makeHospital(std::uint64_t seed, const ZoneOffsets& zone, WallTime begin);

}
