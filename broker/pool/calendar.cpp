// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/calendar.h"

#include <algorithm>
#include <array>
#include <set>

namespace wardesk::broker {

namespace {

using std::chrono::days;
using std::chrono::minutes;

const Holiday* holidayOn(const PoolCalendar& calendar, Day day)
{
    const auto found = std::find_if(calendar.holidays.begin(), calendar.holidays.end(),
        [day](const Holiday& holiday) { return holiday.day == day; });
    return found == calendar.holidays.end() ? nullptr : &*found;
}

bool isOn(const CalendarWindow& window, Day day)
{
    return window.kind == DayKind::dates && window.firstDay <= day && day <= window.lastDay;
}

/// Which kind of windows this day has.
DayKind kindOf(const PoolCalendar& calendar, Day day)
{
    const bool isException = std::any_of(calendar.windows.begin(), calendar.windows.end(),
        [day](const CalendarWindow& window) { return isOn(window, day); });
    if (isException)
        return DayKind::dates;
    return holidayOn(calendar, day) != nullptr ? DayKind::holidays : DayKind::weekdays;
}

bool begins(const CalendarWindow& window, DayKind kind, Day day)
{
    if (window.kind != kind)
        return false;
    switch (kind) {
    case DayKind::weekdays: {
        const unsigned weekday = std::chrono::weekday(day).iso_encoding() - 1;
        return ((window.weekdays >> weekday) & 1) != 0;
    }
    case DayKind::holidays:
        return true;
    case DayKind::dates:
        return isOn(window, day);
    }
    return false;
}

bool isInForce(const CalendarWindow& window, Day day, const ZoneOffsets& zone, WallTime now)
{
    const Day end = window.to > window.from ? day : day + days(1);
    return toWall(LocalTime(day + window.from), zone) <= now
        && now < toWall(LocalTime(end + window.to), zone);
}

void put(std::optional<std::int64_t>& into, const std::optional<std::int64_t>& value)
{
    if (value)
        into = value;
}

}

SizesInForce sizesAt(const PoolCalendar& calendar, const ZoneOffsets& zone, WallTime now)
{
    SizesInForce result;
    if (calendar.windows.empty())
        return result;
    const Day today = dayOf(now, zone);
    const std::array<Day, 2> begun { today - days(1), today };
    const std::array<DayKind, 2> kinds { kindOf(calendar, begun[0]), kindOf(calendar, begun[1]) };
    for (const CalendarWindow& window : calendar.windows) {
        for (std::size_t i = 0; i < begun.size(); ++i) {
            if (!begins(window, kinds[i], begun[i]) || !isInForce(window, begun[i], zone, now))
                continue;
            put(result.sizes.spare, window.sizes.spare);
            put(result.sizes.sparePercent, window.sizes.sparePercent);
            put(result.sizes.min, window.sizes.min);
            put(result.sizes.max, window.sizes.max);
            put(result.sizes.suspended, window.sizes.suspended);
            put(result.sizes.suspendedPercent, window.sizes.suspendedPercent);
            if (!result.why.empty())
                result.why += "; ";
            result.why += windowText(window);
            if (window.kind == DayKind::holidays) // begins() says that the day is one
                result.why += " (" + holidayOn(calendar, begun[i])->name + ')';
        }
    }
    return result;
}

Result<void> checkCalendar(const PoolCalendar& calendar, std::int64_t poolMax)
{
    std::set<Day> seen;
    for (const Holiday& holiday : calendar.holidays) {
        if (!seen.insert(holiday.day).second)
            return failure(Errc::invalidArgument,
                "the holiday " + dayText(holiday.day) + " is named twice: name each day once");
        if (holiday.name.size() > 100)
            return failure(Errc::invalidArgument,
                "the name of the holiday " + dayText(holiday.day) + " is longer than 100 bytes");
    }
    for (const CalendarWindow& window : calendar.windows) {
        const PoolSizes& sizes = window.sizes;
        const auto wrong = [&window](const std::string& what) {
            return failure(
                Errc::invalidArgument, "the window '" + windowText(window) + "': " + what);
        };
        if (sizes == PoolSizes {})
            return wrong("it sets nothing; name at least one of spare, sparePercent, min, max, "
                         "suspended, suspendedPercent");
        for (const auto* number : { &sizes.spare, &sizes.min, &sizes.max, &sizes.suspended }) {
            if (*number && (**number < 0 || **number > 10000))
                return wrong("spare, min, max and suspended are numbers from 0 to 10000");
        }
        if (sizes.sparePercent && (*sizes.sparePercent < 0 || *sizes.sparePercent > 1000))
            return wrong("sparePercent is a number from 0 to 1000");
        if (sizes.suspendedPercent
            && (*sizes.suspendedPercent < 0 || *sizes.suspendedPercent > 1000))
            return wrong("suspendedPercent is a number from 0 to 1000");
        if (sizes.max && *sizes.max > poolMax)
            return wrong("max cannot be above the pool's own, " + std::to_string(poolMax)
                + "; raise that first (wardeskctl pool set NAME --max N)");
        const std::int64_t max = sizes.max.value_or(poolMax);
        if (sizes.min && *sizes.min > max)
            return wrong("min cannot be above max, which is " + std::to_string(max) + " then");
        if (sizes.spare && *sizes.spare > max)
            return wrong("spare cannot be above max, which is " + std::to_string(max) + " then");
    }
    return {};
}

}
