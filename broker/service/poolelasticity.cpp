// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolelasticity.h"

#include "broker/domain/seats.h"
#include "broker/pool/calendar.h"
#include "broker/pool/roster.h"
#include "broker/service/acts.h"
#include "broker/service/calendaritems.h"
#include "broker/service/forecastitems.h"
#include "broker/service/lookups.h"
#include "broker/service/poolsettings.h"
#include "broker/service/tiles.h"
#include "broker/service/zones.h"

#include <set>

namespace wardesk::broker {

namespace {

/// Far enough into the past to learn from, and as far ahead as anybody plans.
TimeSpan rosterBounds(WallTime now)
{
    return { now - std::chrono::days(90), now + std::chrono::days(400) };
}

/// What its windows set has to fit the pool's own kind and image.
Result<void> checkFor(const Pool& pool, const Image& image, const PoolCalendar& calendar)
{
    for (const CalendarWindow& window : calendar.windows) {
        Pool then = pool;
        then.suspended = window.sizes.suspended.value_or(0);
        then.suspendedPercent = window.sizes.suspendedPercent.value_or(0);
        std::string wrong = window.sizes.max ? whyNotMax(pool, *window.sizes.max) : std::string();
        if (!wrong.empty())
            wrong = "'max' is wrong: " + wrong;
        else if (const auto good = checkSuspended(then, image); !good)
            wrong = good.error().detail;
        if (!wrong.empty())
            return failure(
                Errc::invalidArgument, "the window '" + windowText(window) + "': " + wrong);
    }
    return {};
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

template <typename Item, typename Work>
void PoolElasticity::change(
    const Principal& who, const char* action, const std::string& named, Work work, Done<Item> done)
{
    struct Changed
    {
        PoolId pool;
        Item item;
    };
    audited<Changed>(
        m_shell, noteOf(who, action, named.substr(0, 64)),
        [organisation = who.user.organisation, named, work = std::move(work)](
            Store& store, AuditNote& note) -> Result<Changed> {
            auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            Result<Item> item = work(store, *pool, note);
            if (!item)
                return tl::unexpected(item.error());
            return Changed { pool->id, std::move(*item) };
        },
        [this, done](Result<Changed> changed) {
            if (!changed) {
                done(tl::unexpected(changed.error()));
                return;
            }
            m_keeper.forgetBasis(changed->pool);
            m_keeper.wake(changed->pool);
            done(std::move(changed->item));
        });
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
    change<wire::CalendarItem>(
        who, "pool.calendar", named,
        [request, now = m_shell.clock.wall()](
            Store& store, const Pool& pool, AuditNote& note) -> Result<wire::CalendarItem> {
            const auto zone = zoneOf(pool, now);
            if (!zone)
                return tl::unexpected(zone.error());
            const auto calendar = calendarOf(request);
            if (!calendar)
                return tl::unexpected(calendar.error());
            if (auto good = checkCalendar(*calendar, pool.max); !good)
                return tl::unexpected(good.error());
            const auto image = store.findImage(pool.image);
            if (!image)
                return tl::unexpected(image.error());
            if (auto good = checkFor(pool, *image, *calendar); !good)
                return tl::unexpected(good.error());
            const auto present = store.findCalendar(pool.id);
            if (!present)
                return tl::unexpected(present.error());
            if (request.version && *request.version != versionOf(*present))
                return failure(Errc::conflict,
                    "somebody else has changed this calendar meanwhile; look at it and change it "
                    "again");
            note.detail += ", " + std::to_string(calendar->windows.size()) + " windows, "
                + std::to_string(calendar->holidays.size()) + " holidays, version "
                + versionOf(*calendar);
            return store.replaceCalendar(pool.organisation, pool.id, *calendar).map([&] {
                return itemOf(pool, *calendar, *zone, now);
            });
        },
        std::move(done));
}

void PoolElasticity::importRoster(const Principal& who, const std::string& named,
    const wire::NewRoster& request, Done<wire::RosterItem> done)
{
    change<wire::RosterItem>(
        who, "pool.roster", named,
        [text = request.text, now = m_shell.clock.wall()](
            Store& store, Pool& pool, AuditNote& note) -> Result<wire::RosterItem> {
            const auto zone = zoneOf(pool, now);
            if (!zone)
                return tl::unexpected(zone.error());
            const auto roster = readRoster(text, *zone, rosterBounds(now));
            if (!roster)
                return tl::unexpected(roster.error());
            if (auto replaced
                = store.replaceShifts(pool.organisation, pool.id, roster->span, roster->shifts);
                !replaced)
                return tl::unexpected(replaced.error());
            if (!pool.forecast) {
                pool.forecast = true;
                if (auto updated = store.updatePool(pool); !updated)
                    return tl::unexpected(updated.error());
            }
            wire::RosterItem item;
            item.pool = pool.name;
            item.timeZone = zoneName(pool.timeZone);
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
            return item;
        },
        std::move(done));
}

void PoolElasticity::clearRoster(const Principal& who, const std::string& named, Done<bool> done)
{
    change<bool>(
        who, "pool.roster", named,
        [](Store& store, const Pool& pool, AuditNote& note) -> Result<bool> {
            note.detail += ", forgotten";
            const TimeSpan always { WallTime::min(), WallTime::max() };
            return store.replaceShifts(pool.organisation, pool.id, always, {}).map([] {
                return true;
            });
        },
        std::move(done));
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
            const auto known = readRollout(store, *pool);
            if (!known)
                return tl::unexpected(known.error());
            const auto read = readBasis(store, *pool, limits, now, nullptr);
            if (!read)
                return tl::unexpected(read.error());
            // Local times are told also of a pool that needs none for its decisions.
            ReadBasis shown = **read;
            if (shown.basis.zone.changes.empty()) {
                if (auto zone = zoneOf(*pool, now); zone)
                    shown.basis.zone = std::move(*zone);
            }
            const auto closedHosts = closedHostsFor(store, *pool);
            if (!closedHosts)
                return tl::unexpected(closedHosts.error());
            return Told { pool->id, forecastOf(*pool, *known, *closedHosts, shown, limits, now) };
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
