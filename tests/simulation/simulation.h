// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/faults.h"

namespace wardesk::broker::simulation {

struct Outcome
{
    std::optional<Violation> violation;
    std::uint64_t hash = 0; ///< of everything that happened, in its order
    std::uint64_t events = 0;
    std::size_t leases = 0;
    Span simulated { 0 };
    std::vector<std::string> faults; ///< those that were planned
};

/// One seed: trouble, then healing, with the rules checked all the time and in the end.
[[nodiscard]] Outcome simulate(const WorldSettings& settings);

}
