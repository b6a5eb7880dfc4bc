// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/zonetime.h"
#include "protocols/base/error.h"

#include <string>

namespace wardesk::broker {

/// The tz database of the machine. Thread-safe; reads a file the first time that a zone is named.
/// `invalidArgument` for a zone that it does not know; empty is the machine's own zone.
[[nodiscard]] Result<ZoneOffsets> zoneOffsets(const std::string& name, const TimeSpan& span);
/// "Europe/Berlin" for the empty name, otherwise the name.
[[nodiscard]] std::string zoneName(const std::string& name);
/// What calendars and rosters can be about at this time.
[[nodiscard]] TimeSpan calendarSpan(WallTime now);

}
