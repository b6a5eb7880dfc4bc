// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/peerdialer.h"
#include "broker/http/routes.h"
#include "broker/service/log.h"

namespace wardesk::broker {

namespace {

class SocketEvents final : public EventChannel
{
public:
    explicit SocketEvents(std::weak_ptr<TextSocket> socket)
        : m_socket(std::move(socket))
    {
    }
    void send(const wire::Event& event) override
    {
        if (const auto socket = m_socket.lock())
            socket->send(wire::encode(event));
    }
    void close(const std::string& why) override
    {
        if (const auto socket = m_socket.lock())
            socket->close(why);
    }

private:
    std::weak_ptr<TextSocket> m_socket; ///< the socket owns its handlers, not the other way round
};

class SocketAgent final : public AgentChannel
{
public:
    explicit SocketAgent(std::weak_ptr<TextSocket> socket)
        : m_socket(std::move(socket))
    {
    }
    void send(const wire::AgentCommand& command) override
    {
        if (const auto socket = m_socket.lock())
            socket->send(wire::encode(command));
    }
    void close(const std::string& why) override
    {
        if (const auto socket = m_socket.lock())
            socket->close(why);
    }

private:
    std::weak_ptr<TextSocket> m_socket;
};

void openEvents(Services& s, const Call& call, const std::shared_ptr<TextSocket>& socket)
{
    const auto id = s.events->attach(call.principal, std::make_shared<SocketEvents>(socket));
    // Clients have nothing to say here; what they send is read and dropped.
    socket->onText = [](const std::string&, const std::function<void()>& next) { next(); };
    socket->onClosed = [&s, id] { s.events->detach(id); };
}

void openAgent(Services& s, const Call& call, const std::shared_ptr<TextSocket>& socket)
{
    auto channel = std::make_shared<SocketAgent>(socket);
    const AgentIdentity agent = call.agent;
    socket->onText = [&s, agent, weak = std::weak_ptr<TextSocket>(socket)](
                         const std::string& text, std::function<void()> next) {
        // Unknown fields are ignored here: the agent of a newer image may say more.
        const auto report = wire::decode<wire::AgentReport>(text);
        if (report) {
            s.reports->receive(agent, *report, std::move(next));
            return;
        }
        logEvent(LogLevel::warning, "agent.nonsense",
            { { "desktop", agent.name }, { "why", report.error().detail } });
        if (const auto open = weak.lock())
            open->close("not a report: " + report.error().detail);
    };
    socket->onClosed = [&s, agent, channel] { s.reports->left(agent, channel.get()); };
    s.agents->attach(agent, channel);
}

}

void addChannelRoutes(RouteTable& table, Services& s)
{
    table.addUpgrade("/api/v1/events", Permission::session,
        [&s](
            const Call& call, std::shared_ptr<TextSocket> socket) { openEvents(s, call, socket); });
    table.addUpgrade("/api/v1/agent", Permission::agent,
        [&s](const Call& call, std::shared_ptr<TextSocket> socket) { openAgent(s, call, socket); });
    table.addUpgrade("/api/v1/peer", Permission::broker,
        [&s](const Call& call, const std::shared_ptr<TextSocket>& socket) {
            servePeer(*s.peers, call.peer, socket);
        });
}

}
