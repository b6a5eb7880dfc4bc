// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/poolwatch.h"
#include "broker/service/principal.h"
#include "broker/service/shell.h"

namespace wardesk::broker {

struct AuditNote;

/// Whose leases an act may touch.
enum class LeaseScope { own, organisation };

/// What can be done to a lease that exists: by its user, or by an administrator. Main lane only.
class SessionControl
{
public:
    SessionControl(Shell& shell, PoolWatch& pools, AgentLinks& agents, EventHub& events);
    /// Ends the RDP connection; the session goes on, locked.
    void disconnect(const Principal& who, LeaseScope scope, const LeaseId& lease, Done<bool> done);
    /// Asks the agent to end the session. The lease closes when the agent reports it (R6).
    void logOff(const Principal& who, LeaseScope scope, const LeaseId& lease, Done<bool> done);
    /// Ends a lease that nobody ever connected to, at the wish of the one who has it (R6);
    /// `conflict` once somebody did, `unavailable` when the desktop's agent does not say so.
    void giveBack(const Principal& who, const LeaseId& lease, Done<bool> done);
    /// Gives the desktop up without asking it: works when it hangs. The incarnation is destroyed
    /// before anybody gets the desktop again (R1).
    void restart(const Principal& who, const LeaseId& lease, Done<bool> done);

    /// Tells everybody concerned that a lease has been closed.
    void announceClosed(const Lease& lease, const std::string& message);

private:
    /// Of a shared desktop whose agent does not hear that a session is over.
    void drain(const Lease& closed);
    void order(const Principal& who, LeaseScope scope, const LeaseId& lease,
        wire::AgentCommandKind kind, const std::string& action, Done<bool> done);
    void giveBackUnlessUsed(
        const AuditNote& note, const Lease& lease, wire::SessionState session, Done<bool> done);

    Shell& m_shell;
    PoolWatch& m_pools;
    AgentLinks& m_agents;
    EventHub& m_events;
};

}
