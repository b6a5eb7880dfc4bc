// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/claimrules.h"

namespace wardesk::broker::rules {

ClaimPlan planClaims(
    const std::vector<PoolClaim>& pools, const BrokerId& self, WallTime now, std::size_t alive)
{
    // Rounded up, so that no pool is left over when each broker has its share.
    const std::size_t share = (pools.size() + alive - 1) / alive;
    ClaimPlan plan;
    for (const PoolClaim& claim : pools) {
        if (!claim.holder || claim.holder->broker != self)
            continue;
        (plan.keep.size() < share ? plan.keep : plan.giveUp).push_back(*claim.holder);
    }
    for (const PoolClaim& claim : pools) {
        const bool own = claim.holder && claim.holder->broker == self;
        const bool free = !claim.holder || claim.expiresAt <= now;
        if (!own && free && plan.keep.size() + plan.take.size() < share)
            plan.take.push_back(claim.pool);
    }
    return plan;
}

}
