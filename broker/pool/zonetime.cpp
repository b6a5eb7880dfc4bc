// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/zonetime.h"

#include <algorithm>

namespace wardesk::broker {

LocalTime toLocal(WallTime time, const ZoneOffsets& zone)
{
    std::chrono::seconds offset {};
    if (!zone.changes.empty())
        offset = zone.changes.front().offset;
    for (const ZoneOffsets::Change& change : zone.changes) {
        if (change.at > time)
            break;
        offset = change.offset;
    }
    return LocalTime(time.time_since_epoch() + offset);
}

WallTime toWall(LocalTime time, const ZoneOffsets& zone)
{
    const WallTime unshifted(time.time_since_epoch());
    for (std::size_t i = 0; i < zone.changes.size(); ++i) {
        const WallTime meant = unshifted - zone.changes[i].offset;
        const bool isLast = i + 1 == zone.changes.size();
        if (!isLast && meant >= zone.changes[i + 1].at)
            continue;
        // Before this part begins and after the one before it ended: a time that never came.
        return i == 0 ? meant : std::max(meant, zone.changes[i].at);
    }
    return unshifted;
}

Day dayOf(WallTime time, const ZoneOffsets& zone)
{
    return std::chrono::floor<std::chrono::days>(toLocal(time, zone));
}

}
