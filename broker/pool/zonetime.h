// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/elasticity.h"

#include <vector>

namespace wardesk::broker {

/// What the clocks of a time zone show, as data: where they are set and by how much. The caller
/// reads it from the tz database.
struct ZoneOffsets
{
    struct Change
    {
        WallTime at {};
        std::chrono::seconds offset {}; ///< from then on: local time minus UTC
    };
    std::vector<Change> changes; ///< in order; the first one holds before itself, too
};

using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;

[[nodiscard]] LocalTime toLocal(WallTime time, const ZoneOffsets& zone);
/// Where clocks are put back a time comes twice: the first one is meant. Where they are put forward
/// some never come: the moment of the change stands for them. So a time of day is one moment, and
/// later ones are never earlier.
[[nodiscard]] WallTime toWall(LocalTime time, const ZoneOffsets& zone);
[[nodiscard]] Day dayOf(WallTime time, const ZoneOffsets& zone);

}
