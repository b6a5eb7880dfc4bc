// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "broker/service/shell.h"
#include "protocols/wire/agentmessages.h"

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

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
    std::chrono::milliseconds patience {}; ///< for the agent to come back and to answer
};

/// The agents that are connected now and the commands that wait for their answers. Main lane only.
class AgentLinks
{
public:
    explicit AgentLinks(Shell& shell);
    /// A newer connection of the same desktop takes the place of the older one.
    void attach(const AgentIdentity& identity, std::shared_ptr<AgentChannel> channel);
    void detach(const DesktopId& desktop, const AgentChannel* channel);
    [[nodiscard]] bool isConnected(const DesktopId& desktop, Incarnation incarnation) const;
    [[nodiscard]] std::size_t count() const { return m_links.size(); }
    /// Ends the connection of an agent that must not speak any longer.
    void drop(const DesktopId& desktop, Incarnation upTo, const std::string& why);
    void closeAll(const std::string& why);

    /// Sends a command; waits for an agent that is away, because after a restart of the broker all
    /// of them are on their way back. `unavailable` when the time is up.
    void command(const AgentOrder& order, Done<wire::AgentReport> done);
    /// An `answer` report of an agent.
    void answer(const AgentIdentity& from, const wire::AgentReport& report);

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
    };
    void send(std::int64_t id, Pending& pending);
    void finish(std::int64_t id, Result<wire::AgentReport> result);
    void failSent(const DesktopId& desktop, const std::string& why);

    Shell& m_shell;
    std::unordered_map<DesktopId, Link> m_links;
    std::map<std::int64_t, Pending> m_pending;
    std::int64_t m_lastId = 0;
};

}
