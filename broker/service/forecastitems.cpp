// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/forecastitems.h"

#include "broker/domain/seats.h"
#include "broker/pool/pacing.h"
#include "broker/service/calendaritems.h"
#include "broker/service/tiles.h"
#include "broker/service/zones.h"
#include "protocols/base/counted.h"
#include "protocols/base/span.h"

#include <algorithm>
#include <cmath>

namespace wardesk::broker {

namespace {

std::string tenths(double number)
{
    const auto scaled = std::lround(number * 10);
    return std::to_string(scaled / 10) + '.' + std::to_string(scaled % 10);
}

std::string timeText(WallTime time, const ZoneOffsets& zone)
{
    const LocalTime local = toLocal(time, zone);
    return timeOfDayText(std::chrono::floor<std::chrono::minutes>(
        local - std::chrono::floor<std::chrono::days>(local)));
}

/// How it comes to its figures.
std::vector<std::string> notesOf(const Pool& pool, const ReadBasis& read, const Limits& limits)
{
    std::vector<std::string> notes;
    const PoolBasis& basis = read.basis;
    if (!read.problem.empty())
        notes.push_back(read.problem);
    notes.push_back("its own settings: spare " + std::to_string(pool.spare)
        + (pool.sparePercent > 0
                ? ", or " + std::to_string(pool.sparePercent) + " % of those in use if that is more"
                : std::string())
        + ", min " + std::to_string(pool.min) + ", max " + std::to_string(pool.max));
    if (pool.suspended > 0 || pool.suspendedPercent > 0)
        notes.push_back("behind those it keeps " + std::string(isShared(pool) ? "room for " : "")
            + std::to_string(pool.suspended)
            + (pool.suspendedPercent > 0
                    ? ", or " + std::to_string(pool.suspendedPercent) + " % of those in use,"
                    : std::string())
            + " suspended: saved to their hosts' disks, without memory, and resumed before a new "
              "one is started");
    if (isShared(pool))
        notes.push_back("sessions are counted, not desktops; a desktop has room for "
            + std::to_string(seatsOf(pool)));
    if (basis.calendar.windows.empty())
        notes.emplace_back("it has no calendar: these hold all week");
    if (!pool.forecast) {
        notes.emplace_back("its forecast is off: nobody is expected ('wardeskctl pool set NAME "
                           "--forecast true' turns it on)");
        return notes;
    }
    const Demand& demand = basis.demand;
    notes.push_back(demand.weeks == 0
            ? std::string("there is no full week of sign-ins yet to reckon from")
            : "past sign-ins: the same weekday and time of the last "
                + counted(demand.weeks, "week"));
    if (demand.learnedFrom > 0)
        notes.push_back("roster: " + std::to_string(demand.learnedFrom)
            + " past shifts showed when people come, and " + tenths(demand.showUp)
            + " sign-ins for each head");
    else
        notes.emplace_back("roster: no three past shifts to learn from; each head is assumed to "
                           "sign in once, from 20 minutes before the shift to 10 after it");
    notes.push_back("a desktop is ready after "
        + std::to_string(std::chrono::ceil<std::chrono::seconds>(basis.pace.bootTime).count())
        + " s (" + (basis.pace.isMeasured ? "measured" : "assumed: too few have booted yet") + "), "
        + std::to_string(limits.startsAtOnce) + " of the pool boot at once");
    return notes;
}

wire::ForecastStep itemOf(const OutlookStep& step, const ZoneOffsets& zone)
{
    wire::ForecastStep item;
    item.at = step.from.time_since_epoch().count();
    item.time = timeText(step.from, zone);
    item.expected = std::round(step.expected * 10) / 10;
    item.heads = step.heads;
    item.spares = step.spares;
    item.wished = step.wished;
    item.suspended = step.suspended;
    item.min = step.min;
    item.max = step.max;
    item.why = step.why;
    return item;
}

/// When a pool that is held tries again, for people.
std::string heldNote(const std::vector<DesktopRow>& rows, const Limits& limits,
    const ZoneOffsets& zone, WallTime now)
{
    const Desktop* holder = holderOf(listOf(rows), limits);
    if (holder == nullptr)
        return {};
    std::string text = "held: no new desktops are started, because " + holder->name + " failed "
        + std::to_string(holder->incarnation.startAttempts) + " times in a row";
    if (!holder->incarnation.lastError.empty())
        text += " (" + holder->incarnation.lastError + ')';
    const auto next = nextProbe(listOf(rows), now, limits);
    text += !next ? std::string("; one attempt is made now")
                  : "; the next attempt is made in "
            + spanText(std::chrono::ceil<std::chrono::seconds>(*next - now)) + ", at "
            + timeText(*next, zone) + ", and after each failure the pause grows, up to "
            + spanText(std::chrono::floor<std::chrono::seconds>(limits.longestRetryPause));
    return text
        + ". What is forecast below begins when an attempt has worked: see 'wardeskctl "
          "desktop show "
        + holder->name + "'";
}

}

wire::PoolForecast forecastOf(const Pool& pool, const KnownRollout& known,
    const std::set<HostId>& closedHosts, const ReadBasis& read, const Limits& limits, WallTime now)
{
    const std::vector<DesktopRow>& rows = known.desktops;
    const PoolCounts counts = countDesktops(pool, rows, closedHosts);
    wire::PoolForecast item;
    item.pool = pool.name;
    item.timeZone = zoneName(pool.timeZone);
    item.forecast = pool.forecast;
    item.ready = counts.ready;
    item.preparing = counts.preparing;
    item.inUse = counts.inUse;
    item.suspended = counts.suspended;
    item.bootSeconds = std::chrono::ceil<std::chrono::seconds>(read.basis.pace.bootTime).count();
    item.bootMeasured = read.basis.pace.isMeasured;
    item.startsAtOnce = limits.startsAtOnce;
    item.weeks = read.basis.demand.weeks;
    item.shiftsLearned = read.basis.demand.learnedFrom;
    item.signInsPerHead = std::round(read.basis.demand.showUp * 100) / 100;
    item.notes = notesOf(pool, read, limits);
    if (known.rollout && isOpen(known.rollout->state)) {
        // Where it stands; what can be done about it is `rollout show`'s and `pool explain`'s.
        const auto told = explainRollout(*known.rollout, rows, known.names, now);
        for (std::size_t i = std::min<std::size_t>(told.size(), 3); i > 0; --i)
            item.notes.insert(item.notes.begin(), told[i - 1]);
    }
    if (std::string held = heldNote(rows, limits, read.basis.zone, now); !held.empty())
        item.notes.insert(item.notes.begin(), std::move(held));
    for (const OutlookStep& step : outlookOf(pool, read.basis, counts.inUse + counts.kept, now))
        item.steps.push_back(itemOf(step, read.basis.zone));
    return item;
}

}
