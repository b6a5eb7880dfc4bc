// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "broker/service/relays.h"
#include "broker/service/shell.h"
#include "protocols/wire/agentmessages.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace wardesk::broker {

/// One open connection to an agent. Implemented by the network front; a fake in tests.
class AgentChannel
{
public:
    virtual ~AgentChannel() = default;
    virtual void send(const wire::AgentCommand& command) = 0;
    virtual void close(const std::string& why) = 0;
};

/// Which life of which desktop an agent speaks for: proven by its bootstrap secret.
struct AgentIdentity
{
    OrganisationId organisation;
    PoolId pool;
    DesktopId desktop;
    std::string name;
    Incarnation incarnation;
};

struct AgentOrder
{
    DesktopId desktop;
    Incarnation incarnation;
    wire::AgentCommandKind kind = wire::AgentCommandKind::lock;
    Epoch epoch;
    LeaseId lease;
    UserId user; ///< prepare: whose lease it is
    std::int64_t seat = 0; ///< in a shared desktop
    std::optional<wire::SessionTimers> timers {}; ///< prepare, timers
    std::chrono::milliseconds patience {}; ///< for the agent to come back and to answer
    bool isRelayed = false; ///< another broker asks: only an agent that is attached here obeys
};

/// The agents that are connected now and the commands that wait for their answers. Main lane only.
///
/// With several brokers an agent is attached to one of them; a command goes through that one.
class AgentLinks
{
public:
    explicit AgentLinks(Shell& shell);
    void useRelay(AgentRelay* relay) { m_relay = relay; }
    /// A newer connection of the same desktop takes the place of the older one.
    void attach(const AgentIdentity& identity, std::shared_ptr<AgentChannel> channel);
    void detach(const DesktopId& desktop, const AgentChannel* channel);
    /// Here or at another broker.
    [[nodiscard]] bool isConnected(const DesktopId& desktop, Incarnation incarnation) const;
    [[nodiscard]] bool isAttached(const DesktopId& desktop, Incarnation incarnation) const;
    [[nodiscard]] std::size_t count() const { return m_links.size(); }
    [[nodiscard]] std::vector<AgentIdentity> attached() const;
    /// All brokers, for the agents to know where to go; told to each that is attached.
    void setBrokers(std::vector<wire::BrokerEndpoint> brokers);
    /// Ends the connection of an agent that must not speak any longer.
    void drop(const DesktopId& desktop, Incarnation upTo, const std::string& why);
    /// The same, for an agent that is attached here only: another broker asks.
    void dropAttached(const DesktopId& desktop, Incarnation upTo, const std::string& why);
    void closeAll(const std::string& why);

    /// Sends a command; waits for an agent that is away, because after a restart of the broker all
    /// of them are on their way back. `unavailable` when the time is up.
    void command(const AgentOrder& order, Done<wire::AgentReport> done);
    /// An `answer` report of an agent.
    void answer(const AgentIdentity& from, const wire::AgentReport& report);

    // told by the relay
    /// An agent is attached to another broker: what waits for it goes there.
    void agentElsewhere(const DesktopId& desktop, Incarnation incarnation);
    /// It came there just now, so that what is left of a connection to us is dead.
    void agentMoved(const DesktopId& desktop, Incarnation incarnation);
    void relayedAnswer(const BrokerId& from, std::int64_t id, Result<wire::AgentReport> result);
    /// What was ordered there waits for the agents again: they are on their way to another broker,
    /// and every command may be given twice.
    void brokerLost(const BrokerId& broker);

private:
    struct Link
    {
        AgentIdentity identity;
        std::shared_ptr<AgentChannel> channel;
    };
    struct Pending
    {
        AgentOrder order;
        Done<wire::AgentReport> done;
        Timers::Id timer = 0;
        bool sent = false;
        std::optional<BrokerId> via; ///< the broker that it was sent to
    };
    void dispatch(std::int64_t id, Pending& pending);
    void tellBrokers(AgentChannel& channel) const;
    void send(std::int64_t id, Pending& pending);
    void finish(std::int64_t id, Result<wire::AgentReport> result);
    void failSent(const DesktopId& desktop, const std::string& why);

    Shell& m_shell;
    AgentRelay* m_relay = nullptr;
    std::vector<wire::BrokerEndpoint> m_brokers;
    std::unordered_map<DesktopId, Link> m_links;
    std::map<std::int64_t, Pending> m_pending;
    std::int64_t m_lastId = 0;
};

}
