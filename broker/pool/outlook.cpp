// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/outlook.h"

#include <algorithm>
#include <cmath>

namespace wardesk::broker {

namespace {

std::string timeText(WallTime time, const ZoneOffsets& zone)
{
    const LocalTime local = toLocal(time, zone);
    return timeOfDayText(std::chrono::floor<std::chrono::minutes>(
        local - std::chrono::floor<std::chrono::days>(local)));
}

/// The slot that weighs most in what is needed.
DemandSlot busiest(const Demand& demand, WallTime from, WallTime until)
{
    DemandSlot found;
    for (std::size_t i = 0; i < demand.slots.size(); ++i) {
        const WallTime begin = demand.start + static_cast<std::int64_t>(i) * demandSlot;
        if (begin + demandSlot <= from || begin >= until)
            continue;
        if (demand.slots[i].expected > found.expected)
            found = demand.slots[i];
    }
    return found;
}

/// Of a need: somebody is expected then, by the roster or by what was seen.
std::string forecastReason(const PoolBasis& basis, const SpareNeed& need, WallTime now)
{
    const std::string text = std::to_string(std::lround(std::max(need.expected, 1.0)))
        + " sign-ins expected until " + timeText(need.until, basis.zone);
    const DemandSlot slot = busiest(basis.demand, now, need.until);
    if (slot.source == DemandSource::roster)
        return text + ", roster: " + std::to_string(slot.heads) + " begin";
    return text + ", as in past weeks";
}

std::int64_t headsIn(const Demand& demand, WallTime from, WallTime until)
{
    std::int64_t heads = 0;
    for (std::size_t i = 0; i < demand.slots.size(); ++i) {
        const WallTime begin = demand.start + static_cast<std::int64_t>(i) * demandSlot;
        if (begin >= from && begin < until && demand.slots[i].source == DemandSource::roster)
            heads = std::max(heads, demand.slots[i].heads);
    }
    return heads;
}

}

PoolTarget targetAt(const Pool& pool, const PoolBasis& basis, WallTime now)
{
    const std::int64_t forecast = pool.forecast ? needAt(basis.demand, now, basis.pace).spares : 0;
    return targetOf(pool, sizesAt(basis.calendar, basis.zone, now).sizes, forecast);
}

std::vector<OutlookStep> outlookOf(
    const Pool& pool, const PoolBasis& basis, std::int64_t inUse, WallTime now)
{
    std::vector<OutlookStep> steps;
    const WallTime first = std::chrono::floor<std::chrono::minutes>(now)
        - std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()) % outlookStep;
    for (WallTime begin = first; begin < first + std::chrono::hours(24); begin += outlookStep) {
        OutlookStep step;
        step.from = begin;
        const WallTime end = begin + outlookStep;
        step.expected = basis.demand.between(std::max(begin, now), end);
        step.heads = headsIn(basis.demand, begin, end);
        bool isFirst = true;
        for (WallTime at = std::max(begin, now); at < end; at += demandSlot) {
            const SizesInForce calendar = sizesAt(basis.calendar, basis.zone, at);
            const SpareNeed need
                = pool.forecast ? needAt(basis.demand, at, basis.pace) : SpareNeed {};
            const PoolTarget target = targetOf(pool, calendar.sizes, need.spares);
            const std::int64_t wished = pool.enabled ? wishedSpares(target, inUse) : 0;
            if (!isFirst && wished <= step.wished)
                continue;
            isFirst = false;
            step.wished = wished;
            step.min = target.min;
            step.max = target.max;
            step.spares = std::min(wished, std::max<std::int64_t>(0, target.max - inUse));
            step.suspended = std::min(pool.enabled ? wishedSuspended(target, inUse) : 0,
                std::max<std::int64_t>(0, target.max - inUse - step.spares));
            if (!pool.enabled) {
                step.why = "switched off";
                continue;
            }
            const bool byForecast = wished == target.forecast && wished > target.spare;
            step.why = byForecast ? forecastReason(basis, need, at) : reasonOf(target, inUse);
            if (!byForecast && !calendar.why.empty())
                step.why += " (calendar: " + calendar.why + ')';
            if (step.suspended > 0)
                step.why += ", and " + std::to_string(step.suspended) + " suspended behind";
            if (step.spares < wished)
                step.why = "max " + std::to_string(target.max) + " allows "
                    + (step.spares == 0 ? std::string("none")
                                        : "only " + std::to_string(step.spares))
                    + " of the " + std::to_string(wished) + " wished: " + step.why;
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

}
