// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

/// How the work on pools is shared out between brokers, the same for every store.
namespace wardesk::broker::rules {

struct PoolClaim
{
    PoolId pool;
    std::optional<Fence> holder;
    WallTime expiresAt {};
};

struct ClaimPlan
{
    std::vector<Fence> keep;
    std::vector<PoolId> take;
    std::vector<Fence> giveUp; ///< above the fair share: for a broker that has less
};

/// `alive`: the brokers that live, this one included. An expired claim that nobody took is still
/// its holder's to renew.
[[nodiscard]] ClaimPlan planClaims(
    const std::vector<PoolClaim>& pools, const BrokerId& self, WallTime now, std::size_t alive);

}
