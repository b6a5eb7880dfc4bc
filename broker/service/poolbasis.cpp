// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolbasis.h"

#include "broker/domain/seats.h"
#include "broker/service/zones.h"

namespace wardesk::broker {

namespace {

using std::chrono::days;

constexpr std::chrono::minutes young { 5 };
constexpr int bootsRead = 50;

Result<void> readDemand(
    Store& store, const Pool& pool, const Limits& limits, WallTime now, PoolBasis& basis)
{
    const WallTime from = now - days(7 * demandWeeks + 1);
    auto boots = store.listBootTimes(pool.id, bootsRead);
    if (!boots)
        return tl::unexpected(boots.error());
    // Each boot of a shared desktop lets several in.
    basis.pace = paceOf(*boots, limits.startsAtOnce * seatsOf(pool));
    DemandFacts facts;
    facts.now = now;
    facts.since = pool.createdAt;
    facts.holidays = basis.calendar.holidays;
    auto history = store.countSignIns(pool.id, { from, now }, demandSlot);
    if (!history)
        return tl::unexpected(history.error());
    facts.history = std::move(*history);
    auto shifts = store.listShifts(pool.id, { from, now + demandHorizon + std::chrono::hours(1) });
    if (!shifts)
        return tl::unexpected(shifts.error());
    facts.shifts = std::move(*shifts);
    basis.demand = expectDemand(facts, basis.zone);
    return {};
}

}

Result<ReadBasisPtr> readBasis(
    Store& store, const Pool& pool, const Limits& limits, WallTime now, const ReadBasisPtr& before)
{
    auto read = std::make_shared<ReadBasis>();
    read->readAt = now;
    auto calendar = store.findCalendar(pool.id);
    if (!calendar)
        return tl::unexpected(calendar.error());
    read->basis.calendar = std::move(*calendar);
    const bool hasCalendar = !read->basis.calendar.windows.empty();
    read->isPlain = !hasCalendar && !pool.forecast && pool.sparePercent == 0 && pool.min == 0
        && pool.suspended == 0 && pool.suspendedPercent == 0;
    if (!hasCalendar && !pool.forecast)
        return read;
    auto zone = zoneOffsets(pool.timeZone, calendarSpan(now));
    if (!zone) {
        read->problem = "calendar and forecast are not used: this machine does not know the time "
                        "zone '"
            + pool.timeZone + "'. Install tzdata, or name another one (wardeskctl pool set)";
        read->basis.calendar = {};
        return read;
    }
    read->basis.zone = std::move(*zone);
    if (!pool.forecast)
        return read;
    const bool isYoung = before && before->readAt <= now && now - before->readAt < young
        && before->basis.calendar.holidays == read->basis.calendar.holidays
        && !before->basis.demand.slots.empty();
    if (isYoung) {
        read->readAt = before->readAt;
        read->basis.demand = before->basis.demand;
        read->basis.pace = before->basis.pace;
        return read;
    }
    if (auto reckoned = readDemand(store, pool, limits, now, read->basis); !reckoned)
        return tl::unexpected(reckoned.error());
    return read;
}

}
