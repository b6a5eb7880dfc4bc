// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/brokeradministration.h"

#include <algorithm>

namespace wardesk::broker {

BrokerAdministration::BrokerAdministration(
    Shell& shell, const AgentLinks& agents, const EventHub& events, BrokerRecord alone)
    : m_shell(shell)
    , m_agents(agents)
    , m_events(events)
    , m_alone(std::move(alone))
{
}

void BrokerAdministration::useCluster(const Membership* membership, const Peers* peers)
{
    m_membership = membership;
    m_peers = peers;
}

void BrokerAdministration::list(const Principal& who, Done<wire::ItemList<wire::BrokerItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) { return store.listPools(organisation); },
        [this, done = std::move(done)](const Result<std::vector<Pool>>& pools) {
            if (pools)
                done(compose(*pools));
            else
                done(tl::unexpected(pools.error()));
        });
}

wire::BrokerItem BrokerAdministration::itemOf(const BrokerRecord& record) const
{
    wire::BrokerItem item;
    item.name = record.name;
    item.peerAddress = record.peerAddress;
    item.agentAddress = record.agentHost + ':' + std::to_string(record.agentPort);
    item.epoch = record.epoch.value();
    return item;
}

wire::ItemList<wire::BrokerItem> BrokerAdministration::compose(const std::vector<Pool>& pools) const
{
    wire::ItemList<wire::BrokerItem> list;
    const auto addPools = [&pools](wire::BrokerItem& item, const std::vector<PoolId>& held) {
        for (const Pool& pool : pools) {
            if (std::find(held.begin(), held.end(), pool.id) != held.end())
                item.pools.push_back(pool.name);
        }
        std::sort(item.pools.begin(), item.pools.end());
    };
    const auto fillOwn = [this](wire::BrokerItem& item) {
        item.alive = true;
        item.answering = true;
        item.agents = static_cast<std::int64_t>(m_agents.count());
        item.clients = static_cast<std::int64_t>(m_events.count());
    };
    if (m_membership == nullptr) {
        wire::BrokerItem item = itemOf(m_alone);
        fillOwn(item);
        std::vector<PoolId> all;
        for (const Pool& pool : pools)
            all.push_back(pool.id);
        addPools(item, all);
        list.items.push_back(std::move(item));
        return list;
    }
    for (const BrokerRecord& record : m_membership->known()) {
        wire::BrokerItem item = itemOf(record);
        item.alive = m_membership->isAlive(record.id);
        if (record.id == m_membership->self().id) {
            fillOwn(item);
            addPools(item, m_membership->held());
        } else if (const auto* status = m_peers->statusOf(record.id)) {
            item.agents = status->agents;
            item.clients = status->clients;
            addPools(item, status->pools);
        }
        list.items.push_back(std::move(item));
    }
    return list;
}

}
