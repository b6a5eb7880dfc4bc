// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/elasticityrules.h"

#include <set>
#include <utility>

namespace wardesk::broker::rules {

std::string nameOf(DayKind kind)
{
    switch (kind) {
    case DayKind::weekdays:
        return "weekdays";
    case DayKind::holidays:
        return "holidays";
    case DayKind::dates:
        return "dates";
    }
    return {};
}

DayKind dayKindNamed(const std::string& name)
{
    if (name == "holidays")
        return DayKind::holidays;
    return name == "dates" ? DayKind::dates : DayKind::weekdays;
}

Result<void> checkShifts(const TimeSpan& span, const std::vector<RosterShift>& shifts)
{
    std::set<std::pair<WallTime, std::string>> seen;
    for (const RosterShift& shift : shifts) {
        if (shift.start < span.from || shift.start >= span.until)
            return failure(Errc::invalidArgument, "a shift lies outside the days of its roster");
        if (!seen.emplace(shift.start, shift.ward).second)
            return failure(Errc::conflict, "a ward has two shifts that begin at the same time");
    }
    return {};
}

}
