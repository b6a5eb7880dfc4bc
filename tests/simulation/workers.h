// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/simulation.h"

namespace wardesk::broker::simulation {

struct Run
{
    WorldSettings settings; ///< but for the seed
    std::uint64_t from = 1;
    std::uint64_t count = 1;
    int jobs = 0; ///< processes; 0: one for each processor
    bool stopAtFirst = false;
};

struct Finding
{
    std::uint64_t seed = 0;
    Violation violation;
};

struct Tally
{
    std::uint64_t seeds = 0;
    std::uint64_t events = 0;
    std::uint64_t leases = 0;
    std::uint64_t hash = 0; ///< over the hashes of all seeds, in any order
    Span simulated { 0 };
    double seconds = 0;
    std::uint64_t violations = 0;
    std::vector<Finding> findings; ///< the first of them, by seed
    [[nodiscard]] double daysPerMinute() const;
};

/// Runs the seeds in processes of their own: one that crashes is a finding, not the end.
[[nodiscard]] Tally runSeeds(const Run& run);

}
