// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/suspensions.h"

#include "broker/domain/seats.h"
#include "tests/simulation/random.h"

namespace wardesk::broker::simulation {

ImageKind kindOf(std::uint64_t seed)
{
    return Random(seed ^ 0x51ee'9ed0'51ee'9ed0ULL).chance(0.4) ? ImageKind::qemu : ImageKind::lxc;
}

void makeSuspending(Pool& pool, std::uint64_t seed)
{
    Random chance(seed * 31 + (pool.name == "ward" ? 0x51ee9ULL : 0x9ee15ULL));
    if (kindOf(seed) != ImageKind::qemu || !chance.chance(0.8))
        return;
    const std::int64_t desktops = chance.between(1, 2);
    pool.suspended = desktops * seatsOf(pool);
    pool.max += chance.between(0, desktops) * seatsOf(pool);
}

}
