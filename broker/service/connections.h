// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/adoptionwatch.h"
#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/hoststate.h"
#include "broker/service/poolwatch.h"
#include "broker/service/principal.h"
#include "broker/service/shell.h"
#include "broker/service/tickets.h"
#include "protocols/wire/clientmessages.h"

namespace wardesk::broker {

/// A clinician's way to a desktop: tiles, connect, ticket, credential. Main lane only.
class Connections
{
public:
    Connections(Shell& shell, PoolWatch& pools, AgentLinks& agents, EventHub& events,
        const HostState& host);
    void useAdoption(AdoptionWatch& adoption) { m_adoption = &adoption; } ///< outlives this
    void list(const Principal& who, Done<wire::DesktopList> done);
    /// R9: `key` is the client's, the same for every retry.
    void connect(const Principal& who, const wire::Connect& request, const std::string& key,
        Done<wire::Connection> done);
    void redeem(const Principal& who, const wire::RedeemTicket& request,
        Done<wire::OneTimeCredential> done);

private:
    struct Outcome;
    struct Redeemed;
    [[nodiscard]] Error explained(const Error& error);
    void answer(const Principal& who, Outcome outcome, const Done<wire::Connection>& done);
    void prepareAgent(
        const Principal& who, const Redeemed& redeemed, const Done<wire::OneTimeCredential>& done);

    Shell& m_shell;
    PoolWatch& m_pools;
    AgentLinks& m_agents;
    EventHub& m_events;
    const HostState& m_host;
    AdoptionWatch m_noAdoption;
    AdoptionWatch* m_adoption = &m_noAdoption;
    HeldTickets m_heldTickets;
};

}
