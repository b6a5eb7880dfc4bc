// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/access.h"

#include "broker/pool/calendar.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr WeekHours allWeek { .weekdays = 0x7F, .from = minutes(0), .to = minutes(24 * 60) };
constexpr std::size_t mostPatterns = 200;
constexpr std::size_t longestPattern = 100;

WeekHours hoursOf(const Entitlement& entitlement)
{
    return entitlement.hours.value_or(allWeek);
}

bool isEntitledOn(const Entitlement& entitlement, Day day)
{
    return day >= entitlement.firstDay.value_or(Day::min())
        && day <= entitlement.lastDay.value_or(Day::max());
}

bool beginsOn(const Entitlement& entitlement, Day day)
{
    const unsigned weekday = std::chrono::weekday(day).iso_encoding() - 1;
    return isEntitledOn(entitlement, day) && ((hoursOf(entitlement).weekdays >> weekday) & 1) != 0;
}

WallTime beginOn(const Entitlement& entitlement, Day day, const ZoneOffsets& zone)
{
    return toWall(LocalTime(day + hoursOf(entitlement).from), zone);
}

WallTime endOn(const Entitlement& entitlement, Day day, const ZoneOffsets& zone)
{
    const WeekHours hours = hoursOf(entitlement);
    return toWall(LocalTime((hours.to > hours.from ? day : day + days(1)) + hours.to), zone);
}

/// The hours of yesterday may go on after midnight.
bool isOpen(const Entitlement& entitlement, const ZoneOffsets& zone, WallTime now)
{
    const Day today = dayOf(now, zone);
    for (const Day day : { today - days(1), today }) {
        if (beginsOn(entitlement, day) && beginOn(entitlement, day, zone) <= now
            && now < endOn(entitlement, day, zone))
            return true;
    }
    return false;
}

/// A week and a day have every weekday with its hours of today.
std::optional<WallTime> nextBegin(
    const Entitlement& entitlement, const ZoneOffsets& zone, WallTime now)
{
    const Day today = dayOf(now, zone);
    const Day first = std::max(today, entitlement.firstDay.value_or(today));
    for (Day day = first; day <= first + days(7); day += days(1)) {
        if (beginsOn(entitlement, day) && beginOn(entitlement, day, zone) > now)
            return beginOn(entitlement, day, zone);
    }
    return std::nullopt;
}

bool hasTimes(const Entitlement& entitlement)
{
    return entitlement.hours || entitlement.firstDay || entitlement.lastDay;
}

bool isHere(const Right& right, const std::string& terminal)
{
    return !right.entitlement.terminals
        || std::any_of(right.patterns.begin(), right.patterns.end(),
            [&terminal](const std::string& pattern) { return matchesPattern(pattern, terminal); });
}

char folded(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

}

bool matchesPattern(const std::string& pattern, const std::string& name)
{
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t star = std::string::npos; // the last one, and where its text ends so far
    std::size_t taken = 0;
    while (in < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            taken = in;
        } else if (at < pattern.size()
            && (pattern[at] == '?' || folded(pattern[at]) == folded(name[in]))) {
            ++at;
            ++in;
        } else if (star != std::string::npos) {
            at = star + 1;
            in = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == std::string::npos;
}

bool dependsOnTime(const std::vector<Right>& rights)
{
    return std::any_of(rights.begin(), rights.end(),
        [](const Right& right) { return hasTimes(right.entitlement); });
}

Access accessOf(const std::vector<Right>& rights, const AccessQuestion& question,
    const ZoneOffsets& zone, WallTime now)
{
    Access access;
    for (const Right& right : rights) {
        const Entitlement& entitlement = right.entitlement;
        const bool isOpenNow = !hasTimes(entitlement) || isOpen(entitlement, zone, now)
            || (question.hasSession && isEntitledOn(entitlement, dayOf(now, zone)));
        const auto begin = isOpenNow ? std::nullopt : nextBegin(entitlement, zone, now);
        if (!isOpenNow && !begin)
            continue; // it is over
        if (!isHere(right, question.terminal)) {
            access.terminalGroups.push_back(right.terminalGroup);
            continue;
        }
        if (isOpenNow)
            return { .outcome = AccessOutcome::allowed, .terminalGroups = {}, .opensAt = {} };
        access.opensAt = std::min(access.opensAt.value_or(*begin), *begin);
    }
    if (access.opensAt) {
        access.outcome = AccessOutcome::outsideHours;
        access.terminalGroups.clear();
    } else if (!access.terminalGroups.empty()) {
        access.outcome = AccessOutcome::wrongTerminal;
        std::sort(access.terminalGroups.begin(), access.terminalGroups.end());
        access.terminalGroups.erase(
            std::unique(access.terminalGroups.begin(), access.terminalGroups.end()),
            access.terminalGroups.end());
    }
    return access;
}

Access accessWithoutZone(const std::vector<Right>& rights, const AccessQuestion& question)
{
    std::vector<Right> always;
    std::vector<Right> anyTime; // as if those with times were open now
    for (Right right : rights) {
        if (!hasTimes(right.entitlement))
            always.push_back(right);
        right.entitlement.hours.reset();
        right.entitlement.firstDay.reset();
        right.entitlement.lastDay.reset();
        anyTime.push_back(std::move(right));
    }
    Access access = accessOf(always, question, {}, {});
    if (access.outcome == AccessOutcome::allowed)
        return access;
    access = accessOf(anyTime, question, {}, {});
    if (access.outcome == AccessOutcome::allowed && !question.hasSession)
        access.outcome = AccessOutcome::hoursUnknown;
    return access;
}

std::string timesText(const Entitlement& entitlement)
{
    std::string text;
    const auto add
        = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (entitlement.hours) {
        CalendarWindow days;
        days.weekdays = entitlement.hours->weekdays;
        add(daysText(days) + ' ' + timeOfDayText(entitlement.hours->from) + '-'
            + timeOfDayText(entitlement.hours->to));
    }
    if (entitlement.firstDay)
        add("from " + dayText(*entitlement.firstDay));
    if (entitlement.lastDay)
        add("until " + dayText(*entitlement.lastDay));
    return text.empty() ? "always" : text;
}

Result<void> checkTimes(const Entitlement& entitlement)
{
    if (entitlement.firstDay && entitlement.lastDay && *entitlement.firstDay > *entitlement.lastDay)
        return failure(Errc::invalidArgument,
            "'lastDay' is wrong: " + dayText(*entitlement.lastDay) + " is before 'firstDay', "
                + dayText(*entitlement.firstDay));
    return {};
}

Result<void> checkPatterns(const std::vector<std::string>& patterns)
{
    if (patterns.size() > mostPatterns)
        return failure(Errc::invalidArgument, "'patterns' is wrong: at most 200 are expected");
    for (const std::string& pattern : patterns) {
        const bool isPrintable = std::all_of(pattern.begin(), pattern.end(),
            [](char byte) { return static_cast<unsigned char>(byte) > 0x20 && byte != 0x7F; });
        if (pattern.empty() || pattern.size() > longestPattern || !isPrintable)
            return failure(Errc::invalidArgument,
                "'patterns' is wrong: each has 1 to 100 bytes without blanks, like icu-*");
    }
    return {};
}

}
