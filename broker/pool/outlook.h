// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/calendar.h"
#include "broker/pool/need.h"
#include "broker/pool/sizing.h"

#include <string>
#include <vector>

namespace wardesk::broker {

/// All that decides the size of a pool over time, besides the desktops themselves.
struct PoolBasis
{
    PoolCalendar calendar;
    ZoneOffsets zone;
    Demand demand;
    BootPace pace;
};

/// What holds at one moment.
[[nodiscard]] PoolTarget targetAt(const Pool& pool, const PoolBasis& basis, WallTime now);

struct OutlookStep
{
    WallTime from {};
    double expected = 0; ///< sign-ins in the step
    std::int64_t heads = 0; ///< on the roster, of a shift that begins in the step
    std::int64_t spares = 0; ///< the most that are ready or starting in it
    std::int64_t wished = 0; ///< the same before the maximum
    std::int64_t suspended = 0; ///< wished on the disk behind them, within the maximum
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::string why;
};

constexpr std::chrono::minutes outlookStep { 15 };

/// What the pool will do in the next 24 hours, if as many stay in use as there are now.
[[nodiscard]] std::vector<OutlookStep> outlookOf(
    const Pool& pool, const PoolBasis& basis, std::int64_t inUse, WallTime now);

}
