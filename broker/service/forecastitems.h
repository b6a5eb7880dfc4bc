// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "broker/service/poolbasis.h"
#include "broker/service/rolloutitems.h"
#include "protocols/wire/adminmessages.h"

#include <set>

namespace wardesk::broker {

/// What the pool will do in the next 24 hours and why, in figures and words; without the keeper's
/// own message. `known`: its desktops, and the rollout that changes them; `closedHosts` give
/// nothing out.
[[nodiscard]] wire::PoolForecast forecastOf(const Pool& pool, const KnownRollout& known,
    const std::set<HostId>& closedHosts, const ReadBasis& read, const Limits& limits, WallTime now);

}
