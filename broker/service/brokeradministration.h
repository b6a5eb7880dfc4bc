// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/membership.h"
#include "broker/service/peers.h"
#include "broker/service/principal.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// The brokers on this database, for administrators. Main lane only.
class BrokerAdministration
{
public:
    /// `alone`: what is said of this broker when there can be no other one.
    BrokerAdministration(
        Shell& shell, const AgentLinks& agents, const EventHub& events, BrokerRecord alone);
    void useCluster(const Membership* membership, const Peers* peers);
    void list(const Principal& who, Done<wire::ItemList<wire::BrokerItem>> done);

private:
    [[nodiscard]] wire::ItemList<wire::BrokerItem> compose(const std::vector<Pool>& pools) const;
    [[nodiscard]] wire::BrokerItem itemOf(const BrokerRecord& record) const;

    Shell& m_shell;
    const AgentLinks& m_agents;
    const EventHub& m_events;
    BrokerRecord m_alone;
    const Membership* m_membership = nullptr;
    const Peers* m_peers = nullptr;
};

}
