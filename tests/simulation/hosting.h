// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.h"

#include <string>
#include <vector>

namespace wardesk::broker::simulation {

/// A broker that slept, or whose database did, needs some time to hear that all is well.
constexpr Span timeToHear = std::chrono::seconds(20);

/// The hosts of a seed: one without a row, as a broker has it that knows of no other, or two or
/// three with rows. Chances of their own.
[[nodiscard]] std::vector<HostId> hostsOf(std::uint64_t seed);
[[nodiscard]] Result<void> addHosts(Store& store, std::uint64_t seed, WallTime now);
/// What a pool asks of hosts, so that one at least has it.
void placeOn(Pool& pool, std::uint64_t seed);

/// It has answered for so long that everybody must have noticed.
[[nodiscard]] bool isWell(World& world, const HostId& id);
/// Empty: no broker is wrong who thinks this host dead. Else what speaks against it.
[[nodiscard]] std::string mayCountAsDead(World& world, const HostId& id);

/// An administrator empties hosts, with and without a limit, and takes them back.
void planDrains(World& world, Random chance);
/// A machine that never comes back, and an administrator who says so.
void planWriteOffs(World& world, Random chance);
/// When all is over every host gives out again.
void resumeHosts(World& world);
[[nodiscard]] std::string hostsLeft(World& world);

}
