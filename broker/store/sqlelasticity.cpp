// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/elasticityrules.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

namespace {

sql::Value dayValue(Day day)
{
    return value(std::int64_t { day.time_since_epoch().count() });
}

sql::Value minuteValue(std::chrono::minutes time)
{
    return value(std::int64_t { time.count() });
}

Day readDay(sql::Row& row)
{
    return Day(std::chrono::days(row.number()));
}

CalendarWindow readWindow(sql::Row& row)
{
    CalendarWindow window;
    window.kind = rules::dayKindNamed(row.text());
    window.weekdays = row.number();
    window.firstDay = readDay(row);
    window.lastDay = readDay(row);
    window.from = std::chrono::minutes(row.number());
    window.to = std::chrono::minutes(row.number());
    window.sizes.spare = row.optionalNumber();
    window.sizes.sparePercent = row.optionalNumber();
    window.sizes.min = row.optionalNumber();
    window.sizes.max = row.optionalNumber();
    window.sizes.suspended = row.optionalNumber();
    window.sizes.suspendedPercent = row.optionalNumber();
    return window;
}

}

Result<PoolCalendar> SqlStore::findCalendar(const PoolId& pool)
{
    auto windows = select("select_windows", { { ":pool_id", value(pool) } }, readWindow);
    if (!windows)
        return tl::unexpected(windows.error());
    auto holidays = select("select_holidays", { { ":pool_id", value(pool) } }, [](sql::Row& row) {
        Holiday holiday;
        holiday.day = readDay(row);
        holiday.name = row.text();
        return holiday;
    });
    if (!holidays)
        return tl::unexpected(holidays.error());
    return PoolCalendar { std::move(*windows), std::move(*holidays) };
}

Result<void> SqlStore::lockPoolOf(const OrganisationId& organisation, const PoolId& pool)
{
    if (Result<void> locked = lock("lock_pool", value(pool)); !locked)
        return locked;
    return findPool(organisation, pool).map([](const Pool&) {});
}

Result<void> SqlStore::replaceCalendar(
    const OrganisationId& organisation, const PoolId& pool, const PoolCalendar& calendar)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lockPoolOf(organisation, pool); !locked)
            return locked;
        for (const char* forget : { "delete_windows", "delete_holidays" }) {
            if (const Result<int> done = execute(forget, { { ":pool_id", value(pool) } }); !done)
                return tl::unexpected(done.error());
        }
        std::int64_t position = 0;
        for (const CalendarWindow& window : calendar.windows) {
            const Result<int> done = execute("insert_window",
                { { ":pool_id", value(pool) }, { ":position", value(position++) },
                    { ":organisation_id", value(organisation) },
                    { ":kind", value(rules::nameOf(window.kind)) },
                    { ":weekdays", value(window.weekdays) },
                    { ":first_day", dayValue(window.firstDay) },
                    { ":last_day", dayValue(window.lastDay) },
                    { ":from_minute", minuteValue(window.from) },
                    { ":to_minute", minuteValue(window.to) },
                    { ":spare", value(window.sizes.spare) },
                    { ":spare_percent", value(window.sizes.sparePercent) },
                    { ":min", value(window.sizes.min) }, { ":max", value(window.sizes.max) },
                    { ":suspended", value(window.sizes.suspended) },
                    { ":suspended_percent", value(window.sizes.suspendedPercent) } });
            if (!done)
                return tl::unexpected(done.error());
        }
        for (const Holiday& holiday : calendar.holidays) {
            const Result<int> done = execute("insert_holiday",
                { { ":pool_id", value(pool) }, { ":day", dayValue(holiday.day) },
                    { ":organisation_id", value(organisation) },
                    { ":name", value(holiday.name) } });
            if (!done)
                return tl::unexpected(done.error());
        }
        return {};
    });
}

Result<std::vector<RosterShift>> SqlStore::listShifts(const PoolId& pool, const TimeSpan& span)
{
    return select("select_shifts",
        { { ":pool_id", value(pool) }, { ":from", value(span.from) },
            { ":until", value(span.until) } },
        [](sql::Row& row) {
            RosterShift shift;
            shift.ward = row.text();
            shift.start = row.time();
            shift.heads = row.number();
            return shift;
        });
}

Result<void> SqlStore::replaceShifts(const OrganisationId& organisation, const PoolId& pool,
    const TimeSpan& span, const std::vector<RosterShift>& shifts)
{
    if (Result<void> good = rules::checkShifts(span, shifts); !good)
        return good;
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lockPoolOf(organisation, pool); !locked)
            return locked;
        if (const Result<int> forgotten = execute("delete_shifts",
                { { ":pool_id", value(pool) }, { ":from", value(span.from) },
                    { ":until", value(span.until) } });
            !forgotten)
            return tl::unexpected(forgotten.error());
        for (const RosterShift& shift : shifts) {
            const Result<int> done = execute("insert_shift",
                { { ":pool_id", value(pool) }, { ":start_at", value(shift.start) },
                    { ":ward", value(shift.ward) }, { ":organisation_id", value(organisation) },
                    { ":heads", value(shift.heads) } });
            if (!done)
                return tl::unexpected(done.error());
        }
        return {};
    });
}

Result<std::vector<SignInCount>> SqlStore::countSignIns(
    const PoolId& pool, const TimeSpan& span, std::chrono::milliseconds slot)
{
    return select("count_sign_ins",
        { { ":slot", value(std::int64_t { slot.count() }) }, { ":pool_id", value(pool) },
            { ":from", value(span.from) }, { ":until", value(span.until) } },
        [slot](sql::Row& row) {
            SignInCount count;
            count.slot = WallTime(slot * row.number());
            count.count = row.number();
            return count;
        });
}

Result<std::vector<std::chrono::milliseconds>> SqlStore::listBootTimes(
    const PoolId& pool, int newest)
{
    return select("select_boot_times",
        { { ":pool_id", value(pool) }, { ":newest", value(std::int64_t { newest }) } },
        [](sql::Row& row) { return std::chrono::milliseconds(row.number()); });
}

Result<std::vector<std::string>> SqlStore::listAddresses()
{
    return select("select_addresses", {}, [](sql::Row& row) { return row.text(); });
}

}
