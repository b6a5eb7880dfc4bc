// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/roster.h"

#include "broker/pool/calendar.h"
#include "protocols/base/counted.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace wardesk::broker {

namespace {

using std::chrono::days;

constexpr std::int64_t mostHeads = 5000;
constexpr std::size_t mostShifts = 50000;
constexpr std::size_t toldLines = 10;

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = trimmed(text.substr(1, text.size() - 2));
    return text;
}

/// The fields of a line; a separator inside quotes is part of the field.
std::vector<std::string> fieldsOf(std::string_view line)
{
    const auto count = [line](char what) { return std::count(line.begin(), line.end(), what); };
    const char separator = count(';') >= 2 ? ';' : ',';
    std::vector<std::string> fields;
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t at = 0; at <= line.size(); ++at) {
        if (at < line.size() && line[at] == '"')
            quoted = !quoted;
        if (at == line.size() || (line[at] == separator && !quoted)) {
            fields.emplace_back(trimmed(line.substr(begin, at - begin)));
            begin = at + 1;
        }
    }
    return fields;
}

std::optional<std::int64_t> headsIn(const std::string& text)
{
    std::int64_t heads = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), heads);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || heads < 0
        || heads > mostHeads)
        return std::nullopt;
    return heads;
}

std::string quoted(const std::string& text)
{
    std::string shown = text.substr(0, 40);
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, '?');
    return '\'' + shown + '\'';
}

class Reader
{
public:
    Reader(const ZoneOffsets& zone, const TimeSpan& bounds)
        : m_zone(zone)
        , m_bounds(bounds)
    {
    }

    void read(std::string_view line, std::size_t number)
    {
        if (trimmed(line).empty())
            return;
        const std::vector<std::string> fields = fieldsOf(line);
        const bool isFirst = !m_begun;
        m_begun = true;
        if (fields.size() != 3) {
            refuse(number,
                "it has " + counted(std::ssize(fields), "field")
                    + "; ward, shift start and heads are expected, as in Ward 3,2026-11-26 "
                      "07:00,12");
            return;
        }
        const auto heads = headsIn(fields[2]);
        const auto start = startIn(fields[1]);
        const bool hasDigits = fields[1].find_first_of("0123456789") != std::string::npos || heads;
        if (isFirst && !hasDigits)
            return; // the names of the columns
        if (fields[0].empty() || fields[0].size() > 64)
            refuse(number, "the ward is missing or longer than 64 bytes; a name is expected");
        else if (!start)
            refuse(number,
                "the shift start is " + quoted(fields[1])
                    + "; a local time like 2026-11-26 07:00 is expected");
        else if (!heads)
            refuse(number,
                "heads is " + quoted(fields[2]) + "; a number from 0 to "
                    + std::to_string(mostHeads) + " is expected");
        else
            add({ fields[0], toWall(*start, m_zone), *heads }, *start, number);
    }

    Result<Roster> finish(std::size_t lines)
    {
        if (m_wrong > toldLines)
            m_problems += "\nand " + std::to_string(m_wrong - toldLines) + " more";
        if (m_wrong > 0)
            return failure(Errc::invalidArgument,
                "nothing was imported: " + std::to_string(m_wrong) + " of "
                    + counted(static_cast<std::int64_t>(lines), "line is", "lines are") + " wrong."
                    + m_problems);
        if (m_roster.shifts.empty())
            return failure(Errc::invalidArgument,
                "nothing was imported: the file has no shifts. Lines like Ward 3,2026-11-26 "
                "07:00,12 are expected");
        const auto [first, last]
            = std::minmax_element(m_roster.shifts.begin(), m_roster.shifts.end(),
                [](const RosterShift& a, const RosterShift& b) { return a.start < b.start; });
        m_roster.span = { toWall(LocalTime(dayOf(first->start, m_zone)), m_zone),
            toWall(LocalTime(dayOf(last->start, m_zone) + days(1)), m_zone) };
        std::sort(m_roster.shifts.begin(), m_roster.shifts.end(),
            [](const RosterShift& a, const RosterShift& b) {
                return std::tie(a.start, a.ward) < std::tie(b.start, b.ward);
            });
        return std::move(m_roster);
    }

private:
    static std::optional<LocalTime> startIn(const std::string& text)
    {
        if (text.size() != 16 || (text[10] != ' ' && text[10] != 'T'))
            return std::nullopt;
        const auto day = readDay(text.substr(0, 10));
        const auto time = readTimeOfDay("start", text.substr(11), false);
        if (!day || !time)
            return std::nullopt;
        return LocalTime(*day + *time);
    }

    void add(const RosterShift& shift, LocalTime start, std::size_t number)
    {
        if (toLocal(shift.start, m_zone) != start) {
            refuse(number,
                "the clocks are put forward then, so that this time never comes; another shift "
                "start is expected");
            return;
        }
        if (shift.start < m_bounds.from || shift.start >= m_bounds.until) {
            refuse(number,
                "the shift start is too far away; a day from "
                    + dayText(dayOf(m_bounds.from, m_zone)) + " to "
                    + dayText(dayOf(m_bounds.until, m_zone)) + " is expected");
            return;
        }
        const auto [other, isNew] = m_seen.emplace(std::pair(shift.ward, shift.start), number);
        if (!isNew) {
            refuse(number,
                "this ward and shift start are on line " + std::to_string(other->second)
                    + " already; one line for each is expected");
            return;
        }
        if (m_roster.shifts.size() >= mostShifts) {
            if (!m_isTooLong)
                refuse(number, "a file of at most 50000 shifts is expected");
            m_isTooLong = true;
            return;
        }
        m_roster.shifts.push_back(shift);
    }

    void refuse(std::size_t number, const std::string& why)
    {
        if (++m_wrong <= toldLines)
            m_problems += "\nline " + std::to_string(number) + ": " + why;
    }

    const ZoneOffsets& m_zone;
    const TimeSpan& m_bounds;
    Roster m_roster;
    std::map<std::pair<std::string, WallTime>, std::size_t> m_seen;
    std::string m_problems;
    std::size_t m_wrong = 0;
    bool m_begun = false;
    bool m_isTooLong = false;
};

}

Result<Roster> readRoster(std::string_view text, const ZoneOffsets& zone, const TimeSpan& bounds)
{
    if (text.substr(0, 3) == "\xEF\xBB\xBF")
        text.remove_prefix(3); // spreadsheets begin their files with it
    Reader reader(zone, bounds);
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        reader.read(text.substr(at, end - at), ++lines);
        at = end + 1;
    }
    return reader.finish(lines);
}

}
