// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentreports.h"

/// What the two files of AgentReports share.
namespace wardesk::broker {

struct AgentReports::Effects
{
    bool heard = false; ///< it was written down for the adoption (R11)
    std::string suspicion; ///< why the database may be older than what runs
    bool refused = false; ///< an older life of the desktop: it must not speak any longer
    bool changed = false;
    bool unready = false; ///< and somebody was given it: the lease has a limit now
    std::vector<Lease> closed;
    /// Of a shared desktop: closed, and the agent has their sessions still.
    std::vector<Lease> toEnd;
};

struct AgentReports::Told
{
    AgentIdentity from;
    wire::AgentReport report;
    AgentWord word; ///< this report and those before it
    bool believed = false; ///< when it knows more than the database
};

/// Something of the session runs.
[[nodiscard]] constexpr bool isAlive(wire::SessionState session)
{
    return session != wire::SessionState::none && session != wire::SessionState::ended;
}

/// With the agent's own word as the evidence.
[[nodiscard]] Result<void> quarantineFor(Store& store, const DesktopRow& row,
    const std::string& why, const wire::AgentReport& report, WallTime now);

}
