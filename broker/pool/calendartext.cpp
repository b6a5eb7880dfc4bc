// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/calendar.h"

#include "protocols/base/span.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace wardesk::broker {

namespace {

using std::chrono::minutes;

constexpr std::array<const char*, 7> names { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
constexpr std::int64_t everyDay = 0x7F;

std::optional<int> weekdayNamed(const std::string& name)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (name == names[i])
            return static_cast<int>(i);
    }
    return std::nullopt;
}

/// "mon-fri,sun" as bits; a range may go over the week's end.
std::optional<std::int64_t> weekdaysIn(const std::string& text)
{
    std::int64_t bits = 0;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string part = text.substr(at, comma - at);
        const std::size_t dash = part.find('-');
        const auto first = weekdayNamed(part.substr(0, dash));
        const auto last = dash == std::string::npos ? first : weekdayNamed(part.substr(dash + 1));
        if (!first || !last)
            return std::nullopt;
        for (int day = *first;; day = (day + 1) % 7) {
            bits |= std::int64_t { 1 } << day;
            if (day == *last)
                break;
        }
        at = comma + 1;
    }
    return bits;
}

std::optional<int> numberIn(const std::string& text, std::size_t at, std::size_t length)
{
    int number = 0;
    const char* first = text.data() + at;
    for (std::size_t i = at; i < at + length; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
    }
    std::from_chars(first, first + length, number);
    return number;
}

std::string twoDigits(std::int64_t number)
{
    return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string weekdaysText(std::int64_t bits)
{
    if (bits == everyDay)
        return "daily";
    std::string text;
    for (int day = 0; day < 7; ++day) {
        if (((bits >> day) & 1) == 0)
            continue;
        int last = day;
        while (last < 6 && ((bits >> (last + 1)) & 1) != 0)
            ++last;
        if (!text.empty())
            text += ',';
        text += names[static_cast<std::size_t>(day)];
        if (last > day)
            text
                += std::string(last == day + 1 ? "," : "-") + names[static_cast<std::size_t>(last)];
        day = last;
    }
    return text;
}

}

std::optional<Day> readDay(const std::string& text)
{
    if (text.size() != 10 || text[4] != '-' || text[7] != '-')
        return std::nullopt;
    const auto year = numberIn(text, 0, 4);
    const auto month = numberIn(text, 5, 2);
    const auto day = numberIn(text, 8, 2);
    if (!year || !month || !day || *year < 1970)
        return std::nullopt;
    const std::chrono::year_month_day date { std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day)) };
    return date.ok() ? std::optional(Day(date)) : std::nullopt;
}

std::string dayText(Day day)
{
    const std::chrono::year_month_day date(day);
    return std::to_string(static_cast<int>(date.year())) + '-'
        + twoDigits(static_cast<unsigned>(date.month())) + '-'
        + twoDigits(static_cast<unsigned>(date.day()));
}

Result<void> readDays(const std::string& text, CalendarWindow& window)
{
    if (text == "holidays") {
        window.kind = DayKind::holidays;
        return {};
    }
    if (text == "daily") {
        window.kind = DayKind::weekdays;
        window.weekdays = everyDay;
        return {};
    }
    const std::size_t dots = text.find("..");
    const auto first = readDay(text.substr(0, dots));
    const auto last = dots == std::string::npos ? first : readDay(text.substr(dots + 2));
    if (first && last && *first <= *last) {
        window.kind = DayKind::dates;
        window.firstDay = *first;
        window.lastDay = *last;
        return {};
    }
    if (const auto bits = weekdaysIn(text)) {
        window.kind = DayKind::weekdays;
        window.weekdays = *bits;
        return {};
    }
    return failure(Errc::invalidArgument,
        "'days' is wrong: '" + text.substr(0, 64)
            + "'; mon-fri, sat,sun, daily, holidays, 2026-12-24 or 2026-12-24..2027-01-02 is "
              "expected");
}

std::string daysText(const CalendarWindow& window)
{
    switch (window.kind) {
    case DayKind::weekdays:
        return weekdaysText(window.weekdays);
    case DayKind::holidays:
        return "holidays";
    case DayKind::dates:
        return window.firstDay == window.lastDay
            ? dayText(window.firstDay)
            : dayText(window.firstDay) + ".." + dayText(window.lastDay);
    }
    return {};
}

Result<minutes> readTimeOfDay(const std::string& field, const std::string& text, bool isEnd)
{
    if (text.size() == 5 && text[2] == ':') {
        const auto hour = numberIn(text, 0, 2);
        const auto minute = numberIn(text, 3, 2);
        if (hour && minute && *minute < 60
            && (*hour < 24 || (isEnd && *hour == 24 && *minute == 0)))
            return minutes(*hour * 60 + *minute);
    }
    return failure(Errc::invalidArgument,
        "'" + field + "' is wrong: '" + text.substr(0, 64) + "'; a time like 06:30 is expected");
}

std::string timeOfDayText(minutes time)
{
    return twoDigits(time.count() / 60) + ':' + twoDigits(time.count() % 60);
}

std::string momentText(WallTime time, const ZoneOffsets& zone, WallTime now)
{
    const LocalTime local = toLocal(time, zone);
    const Day day = std::chrono::floor<std::chrono::days>(local);
    const std::string text = timeOfDayText(std::chrono::floor<minutes>(local - day));
    return day == dayOf(now, zone) ? text : dayText(day) + ' ' + text;
}

std::string untilText(WallTime time, const ZoneOffsets& zone, WallTime now)
{
    if (time <= now)
        return "now";
    return "in " + spanText(std::chrono::ceil<std::chrono::seconds>(time - now)) + ", at "
        + momentText(time, zone, now);
}

Result<WallTime> readMoment(
    const std::string& field, const std::string& text, const ZoneOffsets& zone, WallTime now)
{
    const bool hasDay = text.size() > 5;
    const auto day = hasDay ? readDay(text.substr(0, 10)) : dayOf(now, zone);
    const bool isSplit = !hasDay || (text.size() == 16 && (text[10] == ' ' || text[10] == 'T'));
    const auto time = readTimeOfDay(field, hasDay && isSplit ? text.substr(11) : text, false);
    if (!day || !isSplit || !time)
        return failure(Errc::invalidArgument,
            "'" + field + "' is wrong: '" + text.substr(0, 64)
                + "'; a time like 14:00 or 2026-12-24 14:00 is expected");
    const WallTime moment = toWall(*day + *time, zone);
    if (moment > now)
        return moment;
    if (hasDay)
        return failure(Errc::invalidArgument, "'" + field + "' is wrong: that time is over");
    return toWall(*day + std::chrono::days(1) + *time, zone);
}

std::string sizesText(const PoolSizes& sizes)
{
    std::string text;
    const auto say
        = [&text](const char* name, const std::optional<std::int64_t>& value, const char* unit) {
              if (value)
                  text += (text.empty() ? "" : ", ") + std::string(name) + ' '
                      + std::to_string(*value) + unit;
          };
    say("spare", sizes.spare, "");
    say("spare", sizes.sparePercent, " %");
    say("min", sizes.min, "");
    say("max", sizes.max, "");
    say("suspended", sizes.suspended, "");
    say("suspended", sizes.suspendedPercent, " %");
    return text;
}

std::string windowText(const CalendarWindow& window)
{
    return daysText(window) + ' ' + timeOfDayText(window.from) + '-' + timeOfDayText(window.to)
        + ": " + sizesText(window.sizes);
}

}
