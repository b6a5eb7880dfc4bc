// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/cluster.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::size_t laneBound = 256; // R13
constexpr std::chrono::seconds statusEvery { 1 };

bool isSame(const wire::BrokerEndpoint& a, const wire::BrokerEndpoint& b)
{
    return a.host == b.host && a.port == b.port && a.keySha256 == b.keySha256;
}

}

Cluster::Cluster(Parts parts, BrokerRecord self, Secret clusterSecret)
    : m_parts(parts)
    , m_lane("cluster", 1, laneBound)
    , m_membership(parts.shell, m_lane, parts.shell.store, parts.clock, self)
    , m_peers(parts.agents, parts.events, parts.keeper)
    , m_admission(m_membership, std::move(clusterSecret), self.keySha256)
    , m_dialer(parts.io, m_admission, m_peers, parts.limits)
{
    m_membership.onBrokers = [this] { brokersChanged(); };
    m_membership.onTaken = [this](const PoolId& pool) { m_parts.keeper.wakeHere(pool); };
    m_admission.onProven = [this] { brokersChanged(); };
    m_peers.onGone = [this] { m_membership.hurry(); };
    m_parts.keeper.useClaims(&m_membership, &m_peers);
    m_parts.administration.useCluster(&m_membership, &m_peers);
    m_parts.gate.usePeers(&m_admission);
}

void Cluster::start()
{
    m_membership.start();
    tellStatus();
}

void Cluster::leave(std::function<void()> done)
{
    m_dialer.stop();
    m_membership.leave([this, done = std::move(done)] {
        m_peers.tellReleased();
        done();
    });
}

void Cluster::brokersChanged()
{
    const BrokerRecord& self = m_membership.self();
    std::vector<BrokerRecord> ours;
    std::set<BrokerId> alive;
    for (const BrokerRecord& broker : m_membership.known()) {
        if (!m_membership.isAlive(broker.id))
            continue;
        alive.insert(broker.id);
        // One connection between each pair: the one who came later opens it.
        if (broker.epoch < self.epoch && !broker.peerAddress.empty())
            ours.push_back(broker);
    }
    m_peers.keepOnly(alive);
    m_dialer.want(ours);
    std::vector<wire::BrokerEndpoint> endpoints = m_admission.endpoints();
    if (!std::equal(
            endpoints.begin(), endpoints.end(), m_endpoints.begin(), m_endpoints.end(), isSame)) {
        m_endpoints = endpoints;
        m_parts.keeper.setBrokers(endpoints);
        m_parts.agents.setBrokers(std::move(endpoints));
    }
}

void Cluster::tellStatus()
{
    m_peers.setStatus({ .pools = m_membership.held(),
        .agents = static_cast<std::int64_t>(m_parts.agents.count()),
        .clients = static_cast<std::int64_t>(m_parts.events.count()) });
    m_parts.shell.timers.after(statusEvery, [this] { tellStatus(); });
}

}
