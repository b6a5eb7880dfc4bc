// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/gate.h"
#include "broker/http/peerdialer.h"
#include "broker/service/brokeradministration.h"
#include "broker/service/membership.h"
#include "broker/service/peeradmission.h"
#include "broker/service/peers.h"
#include "broker/service/poolkeeper.h"

#include <boost/asio/io_context.hpp>

namespace wardesk::broker {

/// What makes a broker one of several: its place among the others, its connections to them, and
/// what follows from both. Only on a database that several brokers can share.
class Cluster
{
public:
    struct Parts
    {
        boost::asio::io_context& io;
        Shell& shell;
        DatabaseClock& clock;
        AgentLinks& agents;
        EventHub& events;
        PoolKeeper& keeper;
        BrokerAdministration& administration;
        Gate& gate;
        FrontLimits limits;
    };
    Cluster(Parts parts, BrokerRecord self, Secret clusterSecret);
    void start();
    /// Hands everything over; `done` when the others may go on.
    void leave(std::function<void()> done);
    /// Waits for the lane's thread.
    void stopLane() { m_lane.stop(); }
    [[nodiscard]] Peers& peers() { return m_peers; }

private:
    void brokersChanged();
    void tellStatus();

    Parts m_parts;
    /// Of its own: what keeps the claims must not wait behind a flood of requests.
    ThreadLane m_lane;
    Membership m_membership;
    Peers m_peers;
    PeerAdmission m_admission;
    PeerDialer m_dialer;
    std::vector<wire::BrokerEndpoint> m_endpoints;
};

}
