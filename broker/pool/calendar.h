// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/zonetime.h"

#include <optional>
#include <string>

namespace wardesk::broker {

/// What the calendar sets at one moment.
struct SizesInForce
{
    PoolSizes sizes;
    std::string why; ///< the windows in words; empty when none is in force
};

/// A day has the windows of its date when there are any, otherwise those for holidays when it is
/// one, otherwise those of its weekday. A window that crosses midnight belongs to the day on which
/// it begins. What a later window of the list names replaces what an earlier one names.
[[nodiscard]] SizesInForce sizesAt(
    const PoolCalendar& calendar, const ZoneOffsets& zone, WallTime now);

/// "mon-fri", "sat,sun", "daily", "holidays", "2026-12-24" or "2026-12-24..2027-01-02" into
/// `window`.
[[nodiscard]] Result<void> readDays(const std::string& text, CalendarWindow& window);
[[nodiscard]] std::string daysText(const CalendarWindow& window);
/// "06:30"; "24:00" only where `isEnd`.
[[nodiscard]] Result<std::chrono::minutes> readTimeOfDay(
    const std::string& field, const std::string& text, bool isEnd);
[[nodiscard]] std::string timeOfDayText(std::chrono::minutes time);
/// "2026-12-24"
[[nodiscard]] std::optional<Day> readDay(const std::string& text);
[[nodiscard]] std::string dayText(Day day);
/// "07:15", or "2026-12-24 07:15" when that is another day than `now`'s.
[[nodiscard]] std::string momentText(WallTime time, const ZoneOffsets& zone, WallTime now);
/// "in 5 minutes, at 12:05", or "now".
[[nodiscard]] std::string untilText(WallTime time, const ZoneOffsets& zone, WallTime now);
/// The same back. A time without a day is the next one that comes.
[[nodiscard]] Result<WallTime> readMoment(
    const std::string& field, const std::string& text, const ZoneOffsets& zone, WallTime now);
/// "spare 20, max 100"
[[nodiscard]] std::string sizesText(const PoolSizes& sizes);
[[nodiscard]] std::string windowText(const CalendarWindow& window);

/// What cannot be, with what was expected: for the calendar of a pool with this maximum.
[[nodiscard]] Result<void> checkCalendar(const PoolCalendar& calendar, std::int64_t poolMax);

}
