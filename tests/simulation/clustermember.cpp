// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/clustermember.h"

#include <algorithm>

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

BrokerRecord recordOf(std::size_t index)
{
    BrokerRecord record;
    record.id = BrokerId("broker-" + std::to_string(index));
    record.name = record.id.value();
    record.peerAddress = "10.213.0.1:9443";
    record.agentHost = "10.213.0.1";
    record.agentPort = 8443;
    record.keySha256 = std::string(64, 'a');
    return record;
}

class PeerEnd final : public PeerChannel
{
public:
    PeerEnd(std::weak_ptr<PeerLink> link, int side)
        : m_link(std::move(link))
        , m_side(side)
    {
    }
    void send(const wire::PeerMessage& message) override
    {
        if (const auto link = m_link.lock())
            link->send(m_side, message);
    }
    void close(const std::string&) override
    {
        if (const auto link = m_link.lock())
            link->end(m_side, 5ms);
    }

private:
    const std::weak_ptr<PeerLink> m_link;
    const int m_side;
};

}

ClusterMember::ClusterMember(BrokerProcess& broker)
    : m_broker(broker)
    , m_lane(broker.world.scheduler, broker.world.random, broker.process, 256)
    , m_store(
          broker.world.database, m_lane, broker.world.random, *broker.world.observer, broker.trap)
    , m_membership(broker.shell, m_lane, m_store, broker.databaseClock, recordOf(broker.index))
    , m_peers(broker.agents, broker.events, broker.keeper)
{
    m_membership.onBrokers = [this] { brokersChanged(); };
    m_membership.onTaken = [this](const PoolId& pool) { m_broker.keeper.wakeHere(pool); };
    m_peers.onGone = [this] { m_membership.hurry(); };
    m_broker.keeper.useClaims(&m_membership, &m_peers);
}

ClusterMember::~ClusterMember() = default;

void ClusterMember::start()
{
    m_membership.start();
    tellStatus();
}

void ClusterMember::brokersChanged()
{
    m_wanted.clear();
    std::set<BrokerId> alive;
    for (const BrokerRecord& broker : m_membership.known()) {
        if (!m_membership.isAlive(broker.id))
            continue;
        alive.insert(broker.id);
        if (broker.epoch < m_membership.self().epoch)
            m_wanted.push_back(broker);
    }
    m_peers.keepOnly(alive);
    dialAll();
}

void ClusterMember::dialAll()
{
    for (const BrokerRecord& other : m_wanted) {
        if (!m_peers.isConnected(other.id) && m_dialling.insert(other.id).second)
            dial(other);
    }
}

void ClusterMember::dial(const BrokerRecord& other)
{
    m_broker.timers.after(m_broker.world.random.between(5ms, 60ms), [this, other] {
        m_dialling.erase(other.id);
        for (const auto& there : m_broker.world.brokers) {
            if (there && there->cluster && there->cluster->self().id == other.id
                && there->cluster->self().epoch == other.epoch) {
                const auto link = std::make_shared<PeerLink>(m_broker, *there);
                links.push_back(link);
                there->cluster->links.push_back(link);
                link->open();
                return;
            }
        }
        linkEnded(other.id); // nobody there: again a little later
    });
}

void ClusterMember::linkEnded(const BrokerId&)
{
    m_broker.timers.after(m_broker.world.random.between(200ms, 1s), [this] { dialAll(); });
}

void ClusterMember::tellStatus()
{
    m_peers.setStatus({ .pools = m_membership.held(),
        .agents = static_cast<std::int64_t>(m_broker.agents.count()),
        .clients = static_cast<std::int64_t>(m_broker.events.count()) });
    m_broker.timers.after(1s, [this] { tellStatus(); });
}

PeerLink::PeerLink(BrokerProcess& caller, BrokerProcess& called)
    : m_world(caller.world)
    , m_ends { { &caller, caller.process,
                   { called.cluster->self().id, called.cluster->self().epoch } },
        { &called, called.process, { caller.cluster->self().id, caller.cluster->self().epoch } } }
{
}

void PeerLink::open()
{
    for (int side : { 1, 0 }) {
        End& here = m_ends[side];
        here.channel = std::make_shared<PeerEnd>(weak_from_this(), side);
        std::ignore = here.broker->main.post(Urgency::usual, [self = shared_from_this(), side] {
            End& end = self->m_ends[side];
            if (end.broker != nullptr)
                end.broker->cluster->peers().attach(end.other, end.channel);
        });
    }
}

void PeerLink::send(int side, const wire::PeerMessage& message)
{
    const int there = 1 - side;
    End& end = m_ends[there];
    if (end.broker == nullptr)
        return;
    end.coming.push_back(message);
    const Span now = m_world.scheduler.now();
    end.last = std::max(now + m_world.random.between(0ms, 3ms), end.last);
    m_world.scheduler.after(end.last - now, end.process, [self = shared_from_this(), there] {
        End& here = self->m_ends[there];
        if (here.broker == nullptr || here.coming.empty())
            return;
        std::ignore = here.broker->main.post(Urgency::usual, [self, there] {
            End& to = self->m_ends[there];
            if (to.broker == nullptr || to.coming.empty())
                return;
            const wire::PeerMessage next = std::move(to.coming.front());
            to.coming.pop_front();
            to.broker->cluster->peers().receive(to.other, next);
        });
    });
}

void PeerLink::endHere(int side)
{
    End& here = m_ends[side];
    if (here.broker == nullptr)
        return;
    BrokerProcess& broker = *std::exchange(here.broker, nullptr);
    const auto self = shared_from_this();
    std::erase(broker.cluster->links, self);
    std::ignore = broker.main.post(Urgency::usual, [self, side, &broker] {
        broker.cluster->peers().detach(self->m_ends[side].other, self->m_ends[side].channel.get());
        broker.cluster->linkEnded(self->m_ends[side].other.broker);
    });
}

void PeerLink::end(int side, Span heard)
{
    endHere(side);
    const int there = 1 - side;
    if (m_ends[there].broker != nullptr)
        m_world.scheduler.after(heard, m_ends[there].process,
            [self = shared_from_this(), there] { self->endHere(there); });
}

void PeerLink::died(const BrokerProcess& broker, Span heard)
{
    for (int side : { 0, 1 }) {
        if (m_ends[side].broker != &broker)
            continue;
        m_ends[side].broker = nullptr;
        end(side, heard);
    }
}

}
