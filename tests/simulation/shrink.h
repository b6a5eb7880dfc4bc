// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/simulation.h"

namespace wardesk::broker::simulation {

struct Shrunk
{
    std::vector<bool> faults; ///< those that are needed to see the violation
    std::vector<std::string> story; ///< each in words
    Violation violation;
};

/// Leaves out one fault after the other as long as the same rule is still broken.
[[nodiscard]] Shrunk shrink(WorldSettings settings, const Violation& violation);

/// "1,4" and so on: what --faults reads. "none" when not a single one is needed.
[[nodiscard]] std::string listOf(const std::vector<bool>& faults);

}
