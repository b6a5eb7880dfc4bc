// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.h"

/// Pools whose desktops are kept for their users. Chances of their own, so that a seed without them
/// tells the story that it told before.
namespace wardesk::broker::simulation {

/// Sometimes the second pool; with room for everybody.
void makeDedicated(Pool& pool, std::uint64_t seed);
/// An administrator takes desktops away, and gives out ones that nobody has had.
void planAssignments(World& world, Random chance);

}
