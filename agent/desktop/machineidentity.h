// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/machinemessages.h"

#include <functional>
#include <string>
#include <vector>

namespace wardesk::desktop {

/// What the copies of one saved machine must not share: clock, random numbers, name, addresses,
/// machine id, SSH host keys, and the bootstrap itself. The RDP key is made by `wardesk-agent keys`
/// at each start of the RDP server.
struct MachinePlaces
{
    std::string root; ///< before every path; for tests
    std::string runDirectory = "/run/wardesk";
    /// Runs a program to its end; for tests.
    std::function<Result<void>(const std::vector<std::string>& command)> run;
    std::function<Result<void>(std::int64_t timeMs)> setClock;
    std::function<Result<void>(const std::string& bytes)> stirRandom;
    std::function<Result<void>(const std::string& name)> setHostName;
};

/// The real thing: programs of the system, its clock, the kernel's generator.
[[nodiscard]] MachinePlaces realMachine(const std::string& runDirectory);

/// Everything, in this order: what is made later stands on the clock and the random numbers.
[[nodiscard]] Result<void> becomeMachine(
    const wire::MachineBootstrap& told, const MachinePlaces& places);

/// After it was saved to the host's disk and resumed: its clock and random numbers. All else is as
/// it was, since it is the same machine.
[[nodiscard]] Result<void> wakeMachine(const wire::MachineWake& told, const MachinePlaces& places);

}
