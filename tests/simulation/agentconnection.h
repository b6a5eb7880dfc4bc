// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"
#include "tests/simulation/world.h"

#include <deque>

namespace wardesk::broker::simulation {

/// The WebSocket between one agent and one life of a broker: in order in each direction, reports
/// one at a time, and each end learns of its end in its own time.
class AgentConnection final : public AgentChannel,
                              public std::enable_shared_from_this<AgentConnection>
{
public:
    AgentConnection(World& world, std::weak_ptr<Guest> guest, BrokerProcess& broker);
    /// Proves who it is; the guest is told when the connection is up.
    void open(const std::string& credentials);

    // the agent's end
    void report(const wire::AgentReport& report);
    /// The agent has gone (its process, its domain): the broker learns of it after `delay`.
    void leave(Span delay);
    /// Nothing passes until then; a long silence ends the connection at both ends.
    void cutUntil(Span until);

    [[nodiscard]] Span silentUntil() const { return m_cutUntil; }
    [[nodiscard]] bool isCut() const { return m_cutUntil > m_world.scheduler.now(); }

    // the broker's end
    void send(const wire::AgentCommand& command) override;
    void close(const std::string& why) override;
    /// The broker's process has died.
    void brokerDied(Span delay);

private:
    [[nodiscard]] Span delayOf(Span& last);
    void arrive();
    void receiveNext();
    void endAtBroker();
    void endAtGuest();

    World& m_world;
    const std::weak_ptr<Guest> m_guest;
    BrokerProcess* m_broker; ///< null when that end is gone
    const Process m_process;
    std::optional<AgentIdentity> m_identity; ///< once it is up at the broker
    std::deque<wire::AgentReport> m_toBroker;
    std::deque<wire::AgentReport> m_inbox;
    std::deque<wire::AgentCommand> m_toGuest;
    Span m_lastToBroker { 0 };
    Span m_lastToGuest { 0 };
    Span m_cutUntil { 0 };
    bool m_receiving = false;
    bool m_guestEnded = false;
};

}
