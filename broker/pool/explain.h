// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/hostwords.h"
#include "broker/pool/outlook.h"
#include "broker/pool/reconcile.h"

#include <set>

namespace wardesk::broker {

/// All that is known of a pool when somebody asks what it is doing.
struct PoolSituation
{
    Pool pool;
    std::vector<DesktopRow> desktops;
    PoolBasis basis;
    std::int64_t addressesLeft = 0;
    std::string hostProblem; ///< in words; empty when the host answers
    std::vector<HostWords> hosts; ///< of those that are not as they should be
    std::string noPlace; ///< why no host has a place for one more (Placement::why); empty: one has
    std::string refusal; ///< why nothing new is given out anywhere (R11); empty
    std::string suspendProblem; ///< why nothing is saved to a disk now; empty
    std::set<HostId> closedHosts; ///< that give nothing out
    std::string problem; ///< why calendar and forecast are not used; empty
    std::vector<std::string> access; ///< sentences about who may use it
    std::vector<std::string> accessTodo; ///< commands that would let more in
    std::vector<std::string> rollout; ///< sentences about a change of image that is under way
    bool isRolloutStopped = false; ///< by itself or by somebody; it waits for a decision
};

/// Whole sentences, for somebody who knows nothing of how a pool works.
struct PoolExplanation
{
    std::string summary;
    std::vector<std::string> now; ///< what it has and wants, and why
    std::vector<std::string> next; ///< what will happen, and when
    std::vector<std::string> sessions; ///< what becomes of a session that is left alone
    std::vector<std::string> todo; ///< commands that would change it; empty: nothing need be done
};

[[nodiscard]] PoolExplanation explainPool(
    const PoolSituation& situation, WallTime now, const Limits& limits);

}
