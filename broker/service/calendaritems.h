// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "broker/pool/calendar.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// Between the calendar's values and its messages. Errors name the window and what was expected.
[[nodiscard]] Result<PoolCalendar> calendarOf(const wire::CalendarChange& change);
[[nodiscard]] wire::CalendarItem itemOf(
    const Pool& pool, const PoolCalendar& calendar, const ZoneOffsets& zone, WallTime now);
/// Another one for each other calendar.
[[nodiscard]] std::string versionOf(const PoolCalendar& calendar);

}
