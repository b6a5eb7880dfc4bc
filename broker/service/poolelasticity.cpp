// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolelasticity.h"

#include "broker/pool/pacing.h"
#include "broker/pool/roster.h"
#include "broker/service/acts.h"
#include "broker/service/calendaritems.h"
#include "broker/service/lookups.h"
#include "broker/service/tiles.h"
#include "broker/service/zones.h"

#include <cmath>
#include <set>

namespace wardesk::broker {

namespace {

/// Far enough into the past to learn from, and as far ahead as anybody plans.
TimeSpan rosterBounds(WallTime now)
{
    return { now - std::chrono::days(90), now + std::chrono::days(400) };
}

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
            : "past sign-ins: the same weekday and time of the last " + std::to_string(demand.weeks)
                + (demand.weeks == 1 ? " week" : " weeks"));
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
    item.min = step.min;
    item.max = step.max;
    item.why = step.why;
    return item;
}

/// When a pool that is held tries again, for people.
std::string heldNote(const std::vector<DesktopRow>& rows, const Limits& limits, WallTime now)
{
    const Desktop* holder = holderOf(rows, limits);
    if (holder == nullptr)
        return {};
    std::string text = "held: no new desktops are started, because " + holder->name + " failed "
        + std::to_string(holder->incarnation.startAttempts) + " times in a row";
    if (!holder->incarnation.lastError.empty())
        text += " (" + holder->incarnation.lastError + ')';
    text += mayProbe(rows, now, limits)
        ? "; one attempt is made now"
        : "; one attempt is made after each pause, which grows up to "
            + std::to_string(
                std::chrono::duration_cast<std::chrono::minutes>(limits.longestRetryPause).count())
            + " minutes";
    return text
        + ". What is forecast below begins when an attempt has worked: see 'wardeskctl "
          "desktop show "
        + holder->name + "'";
}

wire::PoolForecast forecastOf(const Pool& pool, const std::vector<DesktopRow>& rows,
    const ReadBasis& read, const Limits& limits, WallTime now)
{
    const PoolCounts counts = countDesktops(rows);
    wire::PoolForecast item;
    item.pool = pool.name;
    item.timeZone = zoneName(pool.timeZone);
    item.forecast = pool.forecast;
    item.ready = counts.ready;
    item.preparing = counts.preparing;
    item.inUse = counts.inUse;
    item.bootSeconds = std::chrono::ceil<std::chrono::seconds>(read.basis.pace.bootTime).count();
    item.bootMeasured = read.basis.pace.isMeasured;
    item.startsAtOnce = limits.startsAtOnce;
    item.weeks = read.basis.demand.weeks;
    item.shiftsLearned = read.basis.demand.learnedFrom;
    item.signInsPerHead = std::round(read.basis.demand.showUp * 100) / 100;
    item.notes = notesOf(pool, read, limits);
    if (std::string held = heldNote(rows, limits, now); !held.empty())
        item.notes.insert(item.notes.begin(), std::move(held));
    for (const OutlookStep& step : outlookOf(pool, read.basis, counts.inUse, now))
        item.steps.push_back(itemOf(step, read.basis.zone));
    return item;
}

/// Only of what there is on this machine; otherwise as if it were UTC, with the error told.
Result<ZoneOffsets> zoneOf(const Pool& pool, WallTime now)
{
    return zoneOffsets(pool.timeZone, calendarSpan(now));
}

}

PoolElasticity::PoolElasticity(Shell& shell, PoolKeeper& keeper)
    : m_shell(shell)
    , m_keeper(keeper)
{
}

void PoolElasticity::reckonAnew(const PoolId& pool)
{
    m_keeper.forgetBasis(pool);
    m_keeper.wake(pool);
}

void PoolElasticity::showCalendar(
    const Principal& who, const std::string& named, Done<wire::CalendarItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named, now = m_shell.clock.wall()](
            Store& store) -> Result<wire::CalendarItem> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            const auto zone = zoneOf(*pool, now);
            if (!zone)
                return tl::unexpected(zone.error());
            return store.findCalendar(pool->id).map(
                [&](const PoolCalendar& calendar) { return itemOf(*pool, calendar, *zone, now); });
        },
        std::move(done));
}

void PoolElasticity::setCalendar(const Principal& who, const std::string& named,
    const wire::CalendarChange& request, Done<wire::CalendarItem> done)
{
    struct Changed
    {
        PoolId pool;
        wire::CalendarItem item;
    };
    audited<Changed>(
        m_shell, noteOf(who, "pool.calendar", named.substr(0, 64)),
        [organisation = who.user.organisation, named, request, now = m_shell.clock.wall()](
            Store& store, AuditNote& note) -> Result<Changed> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            const auto zone = zoneOf(*pool, now);
            if (!zone)
                return tl::unexpected(zone.error());
            const auto calendar = calendarOf(request);
            if (!calendar)
                return tl::unexpected(calendar.error());
            if (auto good = checkCalendar(*calendar, pool->max); !good)
                return tl::unexpected(good.error());
            const auto present = store.findCalendar(pool->id);
            if (!present)
                return tl::unexpected(present.error());
            if (request.version && *request.version != versionOf(*present))
                return failure(Errc::conflict,
                    "somebody else has changed this calendar meanwhile; look at it and change it "
                    "again");
            note.detail += ", " + std::to_string(calendar->windows.size()) + " windows, "
                + std::to_string(calendar->holidays.size()) + " holidays, version "
                + versionOf(*calendar);
            if (auto replaced = store.replaceCalendar(organisation, pool->id, *calendar); !replaced)
                return tl::unexpected(replaced.error());
            return Changed { pool->id, itemOf(*pool, *calendar, *zone, now) };
        },
        [this, done](Result<Changed> changed) {
            if (!changed) {
                done(tl::unexpected(changed.error()));
                return;
            }
            reckonAnew(changed->pool);
            done(std::move(changed->item));
        });
}

void PoolElasticity::importRoster(const Principal& who, const std::string& named,
    const wire::NewRoster& request, Done<wire::RosterItem> done)
{
    struct Imported
    {
        PoolId pool;
        wire::RosterItem item;
    };
    audited<Imported>(
        m_shell, noteOf(who, "pool.roster", named.substr(0, 64)),
        [organisation = who.user.organisation, named, text = request.text,
            now = m_shell.clock.wall()](Store& store, AuditNote& note) -> Result<Imported> {
            auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            const auto zone = zoneOf(*pool, now);
            if (!zone)
                return tl::unexpected(zone.error());
            const auto roster = readRoster(text, *zone, rosterBounds(now));
            if (!roster)
                return tl::unexpected(roster.error());
            if (auto replaced
                = store.replaceShifts(organisation, pool->id, roster->span, roster->shifts);
                !replaced)
                return tl::unexpected(replaced.error());
            if (!pool->forecast) {
                pool->forecast = true;
                if (auto updated = store.updatePool(*pool); !updated)
                    return tl::unexpected(updated.error());
            }
            wire::RosterItem item;
            item.pool = pool->name;
            item.timeZone = zoneName(pool->timeZone);
            item.firstDay = dayText(dayOf(roster->shifts.front().start, *zone));
            item.lastDay = dayText(dayOf(roster->shifts.back().start, *zone));
            item.shifts = std::ssize(roster->shifts);
            std::set<std::string> wards;
            for (const RosterShift& shift : roster->shifts) {
                wards.insert(shift.ward);
                item.heads += shift.heads;
            }
            item.wards = std::ssize(wards);
            note.detail += ", " + item.firstDay + " to " + item.lastDay + ", "
                + std::to_string(item.shifts) + " shifts, " + std::to_string(item.heads)
                + " heads, forecast on";
            return Imported { pool->id, std::move(item) };
        },
        [this, done](Result<Imported> imported) {
            if (!imported) {
                done(tl::unexpected(imported.error()));
                return;
            }
            reckonAnew(imported->pool);
            done(std::move(imported->item));
        });
}

void PoolElasticity::clearRoster(const Principal& who, const std::string& named, Done<bool> done)
{
    audited<PoolId>(
        m_shell, noteOf(who, "pool.roster", named.substr(0, 64)),
        [organisation = who.user.organisation, named](
            Store& store, AuditNote& note) -> Result<PoolId> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            note.detail += ", forgotten";
            const TimeSpan always { WallTime::min(), WallTime::max() };
            return store.replaceShifts(organisation, pool->id, always, {}).map([&] {
                return pool->id;
            });
        },
        [this, done](Result<PoolId> pool) {
            if (pool)
                reckonAnew(*pool);
            done(pool.map([](const PoolId&) { return true; }));
        });
}

void PoolElasticity::showForecast(
    const Principal& who, const std::string& named, Done<wire::PoolForecast> done)
{
    struct Told
    {
        PoolId pool;
        wire::PoolForecast item;
    };
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named, limits = m_keeper.limits(),
            now = m_shell.clock.wall()](Store& store) -> Result<Told> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            const auto rows = store.listDesktops(pool->id);
            if (!rows)
                return tl::unexpected(rows.error());
            const auto read = readBasis(store, *pool, limits, now, nullptr);
            if (!read)
                return tl::unexpected(read.error());
            // Local times are told also of a pool that needs none for its decisions.
            ReadBasis shown = **read;
            if (shown.basis.zone.changes.empty()) {
                if (auto zone = zoneOf(*pool, now); zone)
                    shown.basis.zone = std::move(*zone);
            }
            return Told { pool->id, forecastOf(*pool, *rows, shown, limits, now) };
        },
        [this, done](Result<Told> told) {
            if (!told) {
                done(tl::unexpected(told.error()));
                return;
            }
            told->item.message = m_keeper.messageOf(told->pool);
            done(std::move(told->item));
        });
}

}
