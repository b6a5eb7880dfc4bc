// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/membership.h"
#include "broker/service/peers.h"
#include "tests/simulation/brokerprocess.h"

namespace wardesk::broker::simulation {

class PeerLink;

/// What makes a broker one of several, put together as broker/app/cluster.cpp does: its place in
/// the database's register and its connections to the others.
class ClusterMember
{
public:
    explicit ClusterMember(BrokerProcess& broker);
    ~ClusterMember();
    ClusterMember(const ClusterMember&) = delete;
    ClusterMember& operator=(const ClusterMember&) = delete;

    void start();
    void linkEnded(const BrokerId& other);
    [[nodiscard]] Peers& peers() { return m_peers; }
    [[nodiscard]] const BrokerRecord& self() const { return m_membership.self(); }
    std::vector<std::shared_ptr<PeerLink>> links;

private:
    void brokersChanged();
    void dialAll();
    void dial(const BrokerRecord& other);
    void tellStatus();

    BrokerProcess& m_broker;
    WorkerLane m_lane;
    DatabaseConnection m_store;
    Membership m_membership;
    Peers m_peers;
    std::vector<BrokerRecord> m_wanted;
    std::set<BrokerId> m_dialling;
};

/// The connection of two brokers: in order in each direction, and each end learns of its end in its
/// own time.
class PeerLink : public std::enable_shared_from_this<PeerLink>
{
public:
    PeerLink(BrokerProcess& caller, BrokerProcess& called);
    void open();
    void send(int side, const wire::PeerMessage& message);
    /// This end is over; the other one hears of it after that time.
    void end(int side, Span heard);
    void died(const BrokerProcess& broker, Span heard);

private:
    struct End
    {
        BrokerProcess* broker; ///< null when this end is gone
        Process process;
        PeerIdentity other;
        std::shared_ptr<PeerChannel> channel {};
        std::deque<wire::PeerMessage> coming {};
        Span last { 0 };
    };
    void endHere(int side);
    World& m_world;
    End m_ends[2];
};

}
