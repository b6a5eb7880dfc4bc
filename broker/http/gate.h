// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/routetable.h"
#include "broker/metering/meters.h"
#include "broker/service/agentreports.h"
#include "broker/service/peeradmission.h"
#include "broker/service/signins.h"

namespace wardesk::broker {

/// The one authorisation gate (A7): every request of every kind passes here, and a handler runs
/// only for who may use the route's permission.
class Gate
{
public:
    Gate(Shell& shell, const RouteTable& routes, SignIns& signIns, AgentReports& agents,
        Meters& meters);
    /// Without it no other broker is let in.
    void usePeers(PeerAdmission* peers) { m_peers = peers; }
    void handle(Request request, Reply reply);
    /// For a WebSocket: what to do once the upgrade is accepted.
    struct Opened
    {
        std::function<void(std::shared_ptr<TextSocket>)> use;
        std::string peerAnswer; ///< to another broker: this one's proof, for the answer's header
    };
    void handleUpgrade(Request request, Done<Opened> done);

private:
    void admit(const Route& route, std::shared_ptr<Call> call, Done<bool> done);
    void refuse(const Route& route, const Principal& who, const Done<bool>& done);

    Shell& m_shell;
    const RouteTable& m_routes;
    SignIns& m_signIns;
    AgentReports& m_agents;
    PeerAdmission* m_peers = nullptr;
    Meters& m_meters;
};

}
