// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/agentlinks.h"

#include "broker/service/log.h"

namespace wardesk::broker {

namespace {

constexpr std::size_t maxPending = 4096; // R13
constexpr std::size_t longestWords = 500;
constexpr std::size_t longestName = 256; ///< of an account, and a credential
const char* const away = "The desktop does not answer. Try again in a moment; if that goes on, "
                         "restart your desktop or ask IT.";

/// Whole characters (UTF-8) of at most so many bytes.
std::string cutTo(std::string words, std::size_t length)
{
    if (words.size() <= length)
        return words;
    while (length > 0 && (static_cast<unsigned char>(words[length]) & 0xC0U) == 0x80U)
        --length;
    words.resize(length);
    return words;
}

/// What an answer may consist of, and no more: it goes on to clients, the audit and other brokers,
/// and what fills a frame of its agent would not fit into one of theirs. They would part, again and
/// again, over a single desktop.
Result<wire::AgentReport> answerIn(const wire::AgentReport& report)
{
    if (report.error) {
        const Errc code = errcFromWire(*report.error);
        return failure(code,
            "The desktop refused: "
                + cutTo(report.message.value_or(std::string(wireCode(code))), longestWords));
    }
    if (report.account.value_or("").size() > longestName
        || report.credential.value_or("").size() > longestName)
        return failure(Errc::unavailable, "The desktop's agent answered nonsense.");
    wire::AgentReport answer;
    answer.kind = report.kind;
    answer.epoch = report.epoch;
    answer.id = report.id;
    answer.session = report.session;
    answer.account = report.account;
    answer.credential = report.credential;
    return answer;
}

}

AgentLinks::AgentLinks(Shell& shell)
    : m_shell(shell)
{
}

void AgentLinks::attach(const AgentIdentity& identity, std::shared_ptr<AgentChannel> channel)
{
    const auto found = m_links.find(identity.desktop);
    // R3: a database that was restored may let in somebody with the secret of an earlier life.
    if (found != m_links.end() && found->second.identity.incarnation > identity.incarnation) {
        channel->close("a later life of the desktop is connected");
        return;
    }
    if (found != m_links.end()) {
        const auto older = std::move(found->second.channel);
        m_links.erase(found);
        failSent(identity.desktop, "the agent connected again");
        older->close("the agent connected again");
    }
    logEvent(LogLevel::info, "agent.connected",
        { { "desktop", identity.name },
            { "incarnation", std::to_string(identity.incarnation.value()) } });
    const auto& link = m_links.emplace(identity.desktop, Link { identity, std::move(channel) });
    if (m_brokers.size() > 1)
        tellBrokers(*link.first->second.channel);
    if (m_relay != nullptr)
        m_relay->attached(identity);
    for (auto& [id, pending] : m_pending) {
        // Also what was sent to the broker that it comes from: that one may stand still.
        if ((!pending.sent || pending.via) && pending.order.desktop == identity.desktop
            && pending.order.incarnation == identity.incarnation)
            send(id, pending);
    }
}

void AgentLinks::detach(const DesktopId& desktop, const AgentChannel* channel)
{
    const auto found = m_links.find(desktop);
    if (found == m_links.end() || found->second.channel.get() != channel)
        return; // a newer connection has taken its place
    const AgentIdentity identity = found->second.identity;
    logEvent(LogLevel::info, "agent.away", { { "desktop", identity.name } });
    m_links.erase(found);
    if (m_relay != nullptr)
        m_relay->left(identity);
    failSent(desktop, "the agent's connection was lost");
}

bool AgentLinks::isAttached(const DesktopId& desktop, Incarnation incarnation) const
{
    const auto found = m_links.find(desktop);
    return found != m_links.end() && found->second.identity.incarnation == incarnation;
}

bool AgentLinks::isConnected(const DesktopId& desktop, Incarnation incarnation) const
{
    return isAttached(desktop, incarnation)
        || (m_relay != nullptr && m_relay->brokerOf(desktop, incarnation));
}

std::vector<AgentIdentity> AgentLinks::attached() const
{
    std::vector<AgentIdentity> agents;
    agents.reserve(m_links.size());
    for (const auto& [desktop, link] : m_links)
        agents.push_back(link.identity);
    return agents;
}

void AgentLinks::drop(const DesktopId& desktop, Incarnation upTo, const std::string& why)
{
    dropAttached(desktop, upTo, why);
    if (m_relay != nullptr)
        m_relay->drop(desktop, upTo, why);
}

void AgentLinks::dropAttached(const DesktopId& desktop, Incarnation upTo, const std::string& why)
{
    const auto found = m_links.find(desktop);
    if (found == m_links.end() || found->second.identity.incarnation > upTo)
        return;
    const AgentIdentity identity = found->second.identity;
    const auto channel = found->second.channel;
    m_links.erase(found);
    if (m_relay != nullptr)
        m_relay->left(identity);
    failSent(desktop, why);
    channel->close(why);
}

void AgentLinks::setBrokers(std::vector<wire::BrokerEndpoint> brokers)
{
    m_brokers = std::move(brokers);
    for (const auto& [desktop, link] : m_links)
        tellBrokers(*link.channel);
}

void AgentLinks::tellBrokers(AgentChannel& channel) const
{
    wire::AgentCommand command;
    command.kind = wire::AgentCommandKind::brokers;
    command.brokers = m_brokers;
    channel.send(command);
}

void AgentLinks::closeAll(const std::string& why)
{
    auto links = std::move(m_links);
    m_links.clear();
    for (auto& [desktop, link] : links)
        link.channel->close(why);
}

void AgentLinks::command(const AgentOrder& order, Done<wire::AgentReport> done)
{
    if (m_pending.size() >= maxPending) {
        done(failure(Errc::overloaded, "Too many desktops are being asked right now."));
        return;
    }
    const std::int64_t id = ++m_lastId;
    Pending& pending = m_pending[id];
    pending.order = order;
    pending.done = std::move(done);
    pending.timer = m_shell.timers.after(
        order.patience, [this, id] { finish(id, failure(Errc::unavailable, away)); });
    dispatch(id, pending);
}

void AgentLinks::dispatch(std::int64_t id, Pending& pending)
{
    const AgentOrder& order = pending.order;
    if (isAttached(order.desktop, order.incarnation)) {
        send(id, pending);
        return;
    }
    if (m_relay == nullptr || order.isRelayed)
        return;
    const auto broker = m_relay->brokerOf(order.desktop, order.incarnation);
    if (broker && m_relay->order(*broker, id, order)) {
        pending.sent = true;
        pending.via = broker;
    }
}

void AgentLinks::send(std::int64_t id, Pending& pending)
{
    const auto link = m_links.find(pending.order.desktop);
    if (link == m_links.end())
        return;
    pending.sent = true;
    pending.via.reset();
    wire::AgentCommand command;
    command.id = id;
    command.kind = pending.order.kind;
    command.epoch = pending.order.epoch.value();
    command.lease = pending.order.lease.value();
    if (!pending.order.user.isEmpty())
        command.user = pending.order.user.value();
    command.timers = pending.order.timers;
    if (pending.order.seat > 0)
        command.seat = pending.order.seat;
    link->second.channel->send(command);
}

void AgentLinks::answer(const AgentIdentity& from, const wire::AgentReport& report)
{
    const auto found = m_pending.find(report.id.value_or(0));
    // An agent answers for its own desktop and its own life of it only (R3).
    if (found == m_pending.end() || found->second.via || found->second.order.desktop != from.desktop
        || found->second.order.incarnation != from.incarnation)
        return;
    finish(found->first, answerIn(report));
}

void AgentLinks::agentElsewhere(const DesktopId& desktop, Incarnation incarnation)
{
    for (auto& [id, pending] : m_pending) {
        if (!pending.sent && pending.order.desktop == desktop
            && pending.order.incarnation == incarnation)
            dispatch(id, pending);
    }
}

void AgentLinks::agentMoved(const DesktopId& desktop, Incarnation incarnation)
{
    const auto found = m_links.find(desktop);
    if (found != m_links.end() && found->second.identity.incarnation <= incarnation) {
        const auto channel = found->second.channel;
        logEvent(LogLevel::info, "agent.moved", { { "desktop", found->second.identity.name } });
        m_links.erase(found);
        for (auto& [id, pending] : m_pending) {
            if (!pending.via && pending.order.desktop == desktop)
                pending.sent = false; // the broken line may have swallowed it
        }
        channel->close("the agent is connected to another broker");
    }
    agentElsewhere(desktop, incarnation);
}

void AgentLinks::relayedAnswer(
    const BrokerId& from, std::int64_t id, Result<wire::AgentReport> result)
{
    const auto found = m_pending.find(id);
    if (found != m_pending.end() && found->second.via == from)
        finish(id, std::move(result));
}

void AgentLinks::brokerLost(const BrokerId& broker)
{
    for (auto& [id, pending] : m_pending) {
        if (pending.via != broker)
            continue;
        pending.sent = false;
        pending.via.reset();
        dispatch(id, pending);
    }
}

void AgentLinks::finish(std::int64_t id, Result<wire::AgentReport> result)
{
    const auto found = m_pending.find(id);
    if (found == m_pending.end())
        return;
    const auto done = std::move(found->second.done);
    m_shell.timers.cancel(found->second.timer);
    m_pending.erase(found);
    done(std::move(result));
}

void AgentLinks::failSent(const DesktopId& desktop, const std::string& why)
{
    std::vector<std::int64_t> lost;
    for (const auto& [id, pending] : m_pending) {
        if (pending.sent && !pending.via && pending.order.desktop == desktop)
            lost.push_back(id);
    }
    for (const std::int64_t id : lost)
        finish(id, failure(Errc::unavailable, std::string(away) + " (" + why + ')'));
}

}
