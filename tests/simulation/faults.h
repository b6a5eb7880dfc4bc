// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.h"

#include <functional>
#include <string>
#include <vector>

namespace wardesk::broker::simulation {

/// One thing that goes wrong, and when. All of its own chances were taken when the plan was made,
/// so that leaving one fault out changes nothing about the others (see shrinking in main.cpp).
struct Fault
{
    Span at { 0 };
    Span length { 0 };
    std::string name;
    std::function<void(World&)> begin;
    std::function<void(World&)> end; ///< empty when nothing has to be ended
};

/// What goes wrong in the trouble of this seed. Each seed has a few kinds of its own, so that rare
/// combinations come up and are not always drowned by everything else.
[[nodiscard]] std::vector<Fault> planFaults(Random& random, Span trouble, std::size_t brokers);

/// Everything that may still be wrong is put right.
void healAll(World& world);

}
