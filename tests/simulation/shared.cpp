// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/shared.h"

#include "broker/domain/seats.h"
#include "broker/pool/seating.h"
#include "tests/simulation/random.h"

#include <algorithm>

namespace wardesk::broker::simulation {

void makeShared(Pool& pool, std::uint64_t seed)
{
    // Chances of its own, so that the other seeds tell their old stories.
    Random chance(seed ^ 0x5ea7'5ea7'5ea7'5ea7ULL);
    if (!chance.chance(0.25))
        return;
    pool.kind = PoolKind::shared;
    pool.seats = chance.between(2, 3);
    pool.max *= pool.seats;
}

std::int64_t desktopsAtRest(const Pool& pool)
{
    const std::int64_t seats = seatsOf(pool);
    return std::min(desktopsFor(pool.spare, seats), pool.max / seats);
}

}
