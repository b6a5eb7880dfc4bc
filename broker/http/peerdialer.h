// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/http/front.h"
#include "broker/http/textsocket.h"
#include "broker/service/peeradmission.h"
#include "broker/service/peers.h"

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wardesk::broker {

/// Opens the connections to other brokers that this one is to open, and keeps trying. TLS 1.3 with
/// the one key that the other's record names, and a proof that it has the cluster's secret. Network
/// thread only.
class PeerDialer
{
public:
    PeerDialer(
        boost::asio::io_context& io, PeerAdmission& admission, Peers& peers, FrontLimits limits);
    ~PeerDialer();
    PeerDialer(const PeerDialer&) = delete;
    PeerDialer& operator=(const PeerDialer&) = delete;
    /// From now on these are wanted, and no others.
    void want(const std::vector<BrokerRecord>& brokers);
    void stop();

private:
    struct State;
    class Attempt;
    std::shared_ptr<State> m_state;
};

/// Hands what a peer sends to `peers`, and tells it when the peer is gone: for a socket that was
/// accepted as well as for one that was opened.
void servePeer(Peers& peers, const PeerIdentity& peer, const std::shared_ptr<TextSocket>& socket);

}
