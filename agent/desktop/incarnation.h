// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopcore.h"
#include "protocols/base/error.h"
#include "protocols/wire/agentmessages.h"

#include <string>
#include <vector>

namespace wardesk::desktop {

/// The session's processes, as the session script has announced them.
struct SessionPlace
{
    std::int64_t leader = 0; ///< process id; 0: no session
    std::int64_t leaderStart
        = 0; ///< clock ticks since boot: tells a process from a later one with the same id
    std::string display; ///< ":10.0"
    std::string authority; ///< absolute path of the X authority file
};
BOOST_DESCRIBE_STRUCT(SessionPlace, (), (leader, leaderStart, display, authority))

/// One account of a shared desktop.
struct SeatState
{
    std::int64_t seat = 0;
    DesktopMemory memory;
    SessionPlace place;
};
BOOST_DESCRIBE_STRUCT(SeatState, (), (seat, memory, place))

/// RUN/state.json (root, 0600): what a second start of the agent in the same incarnation goes on
/// with.
struct Incarnation
{
    wire::AgentBootstrap bootstrap;
    DesktopMemory memory;
    SessionPlace place;
    std::optional<wire::ResetProof> proof; ///< taken before the first session
    /// Of a shared desktop, instead of the first two; of its memory `resumed` counts alone, which
    /// is the machine's.
    std::optional<std::vector<SeatState>> seats;
};
BOOST_DESCRIBE_STRUCT(Incarnation, (), (bootstrap, memory, place, proof, seats))

/// The list of brokers, if there is one.
[[nodiscard]] Result<void> checkBrokers(const wire::AgentBootstrap& bootstrap);
/// RUN/bootstrap.json starts a new incarnation and is removed, unless it is the one that
/// RUN/state.json goes on with; without it the state must be there. The bootstrap's epoch is the
/// least that is obeyed, whatever the state says.
[[nodiscard]] Result<Incarnation> loadIncarnation(const std::string& runDirectory);
[[nodiscard]] Result<void> saveIncarnation(
    const std::string& runDirectory, const Incarnation& incarnation);

}
