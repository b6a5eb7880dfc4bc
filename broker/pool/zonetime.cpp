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
    if (zone.changes.empty())
        return unshifted;
    std::size_t part = 0;
    while (part + 1 < zone.changes.size()
        && unshifted - zone.changes[part].offset >= zone.changes[part + 1].at)
        ++part;
    const WallTime meant = unshifted - zone.changes[part].offset;
    // Before this part begins and after the one before it ended: a time that never came.
    return part == 0 ? meant : std::max(meant, zone.changes[part].at);
}

Day dayOf(WallTime time, const ZoneOffsets& zone)
{
    return std::chrono::floor<std::chrono::days>(toLocal(time, zone));
}

}
