// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/calendar.h"
#include "broker/service/zones.h"

#include <string>

namespace wardesk::broker::test {

inline WallTime utc(const std::string& day, std::chrono::minutes time)
{
    return WallTime(readDay(day)->time_since_epoch() + time);
}

/// Of the real tz database.
inline const ZoneOffsets& berlin()
{
    using std::chrono::minutes;
    static const ZoneOffsets zone = zoneOffsets(
        "Europe/Berlin", { utc("2026-01-01", minutes(0)), utc("2028-01-01", minutes(0)) })
                                        .value();
    return zone;
}

}
