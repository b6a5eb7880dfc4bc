// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/week/hospital.h"

#include <cstdint>
#include <string>
#include <vector>

namespace wardesk::bench {

enum class Policy {
    forecast, ///< the broker's own decisions, with roster and history
    fixed, ///< the broker's own decisions, with a fixed number of spares
    cache ///< a fixed number that is looked at every 19 s, as OpenUDS does it
};

struct Setting
{
    Policy policy = Policy::forecast;
    std::int64_t spare = 2; ///< the least of a forecast
    std::int64_t max = 1000;
    std::chrono::milliseconds boot = std::chrono::seconds(60); ///< the usual one
    std::int64_t startsAtOnce = 4;
    std::uint64_t seed = 1; ///< of the boots
};

/// What was seen at one moment.
struct Sample
{
    WallTime at {};
    std::int64_t inUse = 0;
    std::int64_t spares = 0; ///< ready and starting
    std::int64_t ready = 0;
};

struct Outcome
{
    std::int64_t signIns = 0;
    std::int64_t waited = 0;
    std::vector<WallTime> waits; ///< when somebody began to wait
    double waitSeconds = 0; ///< of all together
    double longestWait = 0;
    double desktopHours = 0; ///< of desktops that ran: in use, ready and starting
    double spareHours = 0; ///< of these not in use
    std::int64_t boots = 0;
    std::vector<Sample> samples; ///< every minute
};

/// One week of one pool on simulated time, by the broker's reconcile() and the rows it reads.
[[nodiscard]] Outcome runWeek(
    const Hospital& hospital, const ZoneOffsets& zone, const Setting& setting);

}
