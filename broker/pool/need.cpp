// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/need.h"

#include <algorithm>
#include <cmath>

namespace wardesk::broker {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t enoughBoots = 5;
constexpr std::chrono::hours lookAhead { 3 };
constexpr std::chrono::seconds reaction { 60 }; ///< rounds, and boots slower than most
/// Of the boots that fit into a time by calculation: some fail, some wait for others.
constexpr double sure = 0.7;
/// People come at random. So many standard deviations more than expected are prepared for: more
/// come in one time of twenty.
constexpr double caution = 1.65;
/// Less than this is nobody.
constexpr double nobody = 0.05;

double atMost(double expected)
{
    return expected < nobody ? 0 : expected + caution * std::sqrt(expected);
}

}

BootPace paceOf(const std::vector<std::chrono::milliseconds>& boots, std::int64_t atOnce)
{
    BootPace pace;
    pace.atOnce = std::max<std::int64_t>(1, atOnce);
    if (boots.empty())
        return pace;
    std::vector<std::chrono::milliseconds> sorted = boots;
    std::sort(sorted.begin(), sorted.end());
    const std::chrono::milliseconds usual = sorted[(sorted.size() - 1) * 9 / 10];
    pace.isMeasured = boots.size() >= enoughBoots;
    pace.bootTime = pace.isMeasured ? usual : std::max(usual, pace.bootTime);
    pace.bootTime = std::max<std::chrono::milliseconds>(pace.bootTime, std::chrono::seconds(1));
    return pace;
}

SpareNeed needAt(const Demand& demand, WallTime now, const BootPace& pace)
{
    const Seconds lead = Seconds(pace.bootTime) + Seconds(reaction);
    const double perSecond
        = sure * static_cast<double>(pace.atOnce) / Seconds(pace.bootTime).count();
    SpareNeed need;
    double most = 0;
    double expected = 0;
    const auto consider = [&](WallTime until, double sum) {
        const Seconds later = Seconds(until - now) - lead;
        const double outrun = atMost(sum) - perSecond * std::max(0.0, later.count());
        if (outrun > most) {
            most = outrun;
            need.expected = sum;
            need.until = until;
        }
    };
    // Between two ends of slots the sum grows evenly: only the end of the lead can be a peak there.
    const WallTime leadEnd = now + std::chrono::ceil<std::chrono::milliseconds>(lead);
    for (std::size_t i = 0; i < demand.slots.size(); ++i) {
        const WallTime begin = demand.start + static_cast<std::int64_t>(i) * demandSlot;
        const WallTime end = begin + demandSlot;
        if (end <= now)
            continue;
        if (begin >= now + lookAhead)
            break;
        const WallTime from = std::max(begin, now);
        const double perTime = demand.slots[i].expected / Seconds(demandSlot).count();
        if (leadEnd > from && leadEnd < end)
            consider(leadEnd, expected + perTime * Seconds(leadEnd - from).count());
        expected += perTime * Seconds(end - from).count();
        consider(end, expected);
    }
    need.spares = static_cast<std::int64_t>(std::ceil(most - 1e-9));
    return need;
}

}
