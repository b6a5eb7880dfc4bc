// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/calendaritems.h"

#include "broker/service/zones.h"
#include "protocols/base/encoding.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::size_t mostWindows = 500;
constexpr std::size_t mostHolidays = 1000;

Result<CalendarWindow> windowOf(const wire::CalendarWindowItem& item)
{
    CalendarWindow window;
    if (auto good = readDays(item.days, window); !good)
        return tl::unexpected(good.error());
    const auto from = readTimeOfDay("from", item.from, false);
    if (!from)
        return tl::unexpected(from.error());
    const auto to = readTimeOfDay("to", item.to, true);
    if (!to)
        return tl::unexpected(to.error());
    window.from = *from;
    window.to = *to;
    window.sizes = { .spare = item.spare,
        .sparePercent = item.sparePercent,
        .min = item.min,
        .max = item.max,
        .suspended = item.suspended,
        .suspendedPercent = item.suspendedPercent };
    return window;
}

wire::CalendarWindowItem itemOf(const CalendarWindow& window)
{
    wire::CalendarWindowItem item;
    item.days = daysText(window);
    item.from = timeOfDayText(window.from);
    item.to = timeOfDayText(window.to);
    item.spare = window.sizes.spare;
    item.sparePercent = window.sizes.sparePercent;
    item.min = window.sizes.min;
    item.max = window.sizes.max;
    item.suspended = window.sizes.suspended;
    item.suspendedPercent = window.sizes.suspendedPercent;
    return item;
}

}

Result<PoolCalendar> calendarOf(const wire::CalendarChange& change)
{
    if (change.windows.size() > mostWindows || change.holidays.size() > mostHolidays)
        return failure(
            Errc::invalidArgument, "a calendar has at most 500 windows and 1000 holidays");
    PoolCalendar calendar;
    for (std::size_t i = 0; i < change.windows.size(); ++i) {
        auto window = windowOf(change.windows[i]);
        if (!window)
            return failure(Errc::invalidArgument,
                "window " + std::to_string(i + 1) + ": " + window.error().detail);
        calendar.windows.push_back(std::move(*window));
    }
    for (const wire::HolidayItem& item : change.holidays) {
        const auto day = readDay(item.day);
        if (!day)
            return failure(Errc::invalidArgument,
                "the holiday '" + item.day.substr(0, 64)
                    + "' is wrong: a day like 2026-12-25 is expected");
        calendar.holidays.push_back({ *day, item.name });
    }
    std::sort(calendar.holidays.begin(), calendar.holidays.end(),
        [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
    return calendar;
}

wire::CalendarItem itemOf(
    const Pool& pool, const PoolCalendar& calendar, const ZoneOffsets& zone, WallTime now)
{
    wire::CalendarItem item;
    item.pool = pool.name;
    item.timeZone = zoneName(pool.timeZone);
    item.version = versionOf(calendar);
    for (const CalendarWindow& window : calendar.windows)
        item.windows.push_back(itemOf(window));
    for (const Holiday& holiday : calendar.holidays)
        item.holidays.push_back({ dayText(holiday.day), holiday.name });
    item.inForce = sizesAt(calendar, zone, now).why;
    return item;
}

std::string versionOf(const PoolCalendar& calendar)
{
    std::string text;
    for (const CalendarWindow& window : calendar.windows)
        text += windowText(window) + '\n';
    for (const Holiday& holiday : calendar.holidays)
        text += dayText(holiday.day) + ' ' + holiday.name + '\n';
    return sha256Hex(text).substr(0, 16);
}

}
