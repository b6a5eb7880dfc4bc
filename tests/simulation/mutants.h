// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/mutation.h"

#include <array>
#include <string_view>

namespace wardesk::broker::simulation {

/// A seeded bug: a real defect in the real code, at the place where the rule is kept.
struct SeededBug
{
    mutants::Mutant mutant;
    std::string_view name;
    std::string_view rule;
    std::string_view where;
    std::string_view what;
};

[[nodiscard]] const std::array<SeededBug, 25>& seededBugs();
/// Null when there is none of that name.
[[nodiscard]] const SeededBug* findBug(std::string_view name);

}
