// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/peers.h"

#include "broker/service/log.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// A frame must stay small (R13), and ten thousand agents must fit into a queue of frames.
constexpr std::size_t agentsInOne = 256;
constexpr std::size_t poolsInStatus = 1000;
constexpr std::int64_t longestPatienceMs = 60'000;

}

Peers::Peers(AgentLinks& agents, EventHub& events, PoolKeeper& keeper)
    : m_agents(agents)
    , m_events(events)
    , m_keeper(keeper)
{
    m_agents.useRelay(this);
    m_events.useRelay(this);
}

Peers::~Peers()
{
    m_agents.useRelay(nullptr);
    m_events.useRelay(nullptr);
}

void Peers::attach(const PeerIdentity& identity, std::shared_ptr<PeerChannel> channel)
{
    const auto older = m_peers.find(identity.broker);
    if (older != m_peers.end()) {
        const auto replaced = older->second.channel;
        forget(identity.broker);
        replaced->close("this broker connected again");
    }
    logEvent(LogLevel::info, "peer.connected", { { "broker", identity.broker.value() } });
    introduce(*channel);
    m_peers[identity.broker] = { identity, std::move(channel), true, {} };
}

void Peers::introduce(PeerChannel& channel) const
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::hello;
    channel.send(message);
    message.kind = wire::PeerMessageKind::agents;
    message.agents.emplace();
    const auto agents = m_agents.attached();
    for (const AgentIdentity& agent : agents) {
        message.agents->push_back({ agent.desktop.value(), agent.incarnation.value() });
        if (message.agents->size() == agentsInOne || &agent == &agents.back()) {
            channel.send(message);
            message.agents->clear();
        }
    }
    for (const auto& [pool, words] : m_keeper.messages()) {
        wire::PeerMessage told;
        told.kind = wire::PeerMessageKind::poolMessage;
        told.pool = pool.value();
        told.message = words;
        channel.send(told);
    }
    channel.send(statusMessage()); // which also ends the list
}

void Peers::detach(const PeerIdentity& identity, const PeerChannel* channel)
{
    const auto found = m_peers.find(identity.broker);
    if (found == m_peers.end() || found->second.channel.get() != channel)
        return; // a newer connection has taken its place
    logEvent(LogLevel::warning, "peer.away", { { "broker", identity.broker.value() } });
    forget(identity.broker);
    if (onGone)
        onGone();
}

void Peers::forget(const BrokerId& broker)
{
    m_peers.erase(broker);
    std::erase_if(m_places, [&](const auto& place) { return place.second.broker == broker; });
    m_agents.brokerLost(broker);
}

void Peers::keepOnly(const std::set<BrokerId>& alive)
{
    std::vector<Peer> dead;
    for (const auto& [broker, peer] : m_peers) {
        if (!alive.contains(broker))
            dead.push_back(peer);
    }
    for (const Peer& peer : dead) {
        logEvent(LogLevel::warning, "peer.silent", { { "broker", peer.identity.broker.value() } });
        forget(peer.identity.broker);
        peer.channel->close("this broker gave no sign of life");
    }
}

void Peers::setStatus(Status status)
{
    const bool same = status.pools == m_status.pools && status.agents == m_status.agents
        && status.clients == m_status.clients;
    m_status = std::move(status);
    if (!same)
        tellAll(statusMessage());
}

const Peers::Status* Peers::statusOf(const BrokerId& broker) const
{
    const auto found = m_peers.find(broker);
    return found == m_peers.end() ? nullptr : &found->second.status;
}

wire::PeerMessage Peers::statusMessage() const
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::status;
    message.pools.emplace();
    for (const PoolId& pool : m_status.pools) {
        if (message.pools->size() < poolsInStatus)
            message.pools->push_back(pool.value());
    }
    message.agentCount = m_status.agents;
    message.clientCount = m_status.clients;
    return message;
}

void Peers::tellReleased()
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::released;
    tellAll(message);
}

void Peers::closeAll(const std::string& why)
{
    const auto peers = std::move(m_peers);
    m_peers.clear();
    m_places.clear();
    for (const auto& [broker, peer] : peers)
        peer.channel->close(why);
}

void Peers::tellAll(const wire::PeerMessage& message)
{
    for (const auto& [broker, peer] : m_peers)
        peer.channel->send(message);
}

std::optional<BrokerId> Peers::brokerOf(const DesktopId& desktop, Incarnation incarnation) const
{
    const auto found = m_places.find(desktop);
    if (found == m_places.end() || found->second.incarnation != incarnation)
        return std::nullopt;
    return found->second.broker;
}

bool Peers::order(const BrokerId& broker, std::int64_t id, const AgentOrder& order)
{
    const auto found = m_peers.find(broker);
    if (found == m_peers.end())
        return false;
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::order;
    message.id = id;
    message.order = wire::PeerOrder { .desktop = order.desktop.value(),
        .incarnation = order.incarnation.value(),
        .command = order.kind,
        .epoch = order.epoch.value(),
        .lease = order.lease.value(),
        .patienceMs = order.patience.count(),
        .user = order.user.value().empty() ? std::nullopt : std::optional(order.user.value()),
        .timers = order.timers,
        .seat = order.seat > 0 ? std::optional(order.seat) : std::nullopt };
    found->second.channel->send(message);
    return true;
}

void Peers::attached(const AgentIdentity& agent)
{
    m_places.erase(agent.desktop);
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::agents;
    message.agents = { { agent.desktop.value(), agent.incarnation.value() } };
    tellAll(message);
}

void Peers::left(const AgentIdentity& agent)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::agentLeft;
    message.agents = { { agent.desktop.value(), agent.incarnation.value() } };
    tellAll(message);
}

void Peers::drop(const DesktopId& desktop, Incarnation upTo, const std::string& why)
{
    const auto place = m_places.find(desktop);
    if (place == m_places.end() || place->second.incarnation > upTo)
        return;
    const auto peer = m_peers.find(place->second.broker);
    m_places.erase(place);
    if (peer == m_peers.end())
        return;
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::dropAgent;
    message.agents = { { desktop.value(), upTo.value() } };
    message.message = why;
    peer->second.channel->send(message);
}

void Peers::tellUser(
    const UserId& user, const wire::Event& event, const std::optional<SecretHash>& except)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::tellUser;
    message.user = user.value();
    message.event = event;
    if (except)
        message.token = except->value();
    tellAll(message);
}

void Peers::desktopsChanged(const OrganisationId& organisation)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::desktopsChanged;
    message.organisation = organisation.value();
    tellAll(message);
}

void Peers::endToken(const SecretHash& token, const std::string& words)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::endToken;
    message.token = token.value();
    message.message = words;
    tellAll(message);
}

void Peers::endUser(const UserId& user, const std::string& words)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::endUser;
    message.user = user.value();
    message.message = words;
    tellAll(message);
}

void Peers::wake(const PoolId& pool)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::wakePool;
    message.pool = pool.value();
    tellAll(message);
}

void Peers::userWaits(const PoolId& pool, const UserId& user)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::userWaits;
    message.pool = pool.value();
    message.user = user.value();
    tellAll(message);
}

void Peers::userServed(const PoolId& pool, const UserId& user)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::userServed;
    message.pool = pool.value();
    message.user = user.value();
    tellAll(message);
}

void Peers::poolMessage(const PoolId& pool, const std::string& words)
{
    wire::PeerMessage message;
    message.kind = wire::PeerMessageKind::poolMessage;
    message.pool = pool.value();
    message.message = words;
    tellAll(message);
}

void Peers::receive(const PeerIdentity& from, const wire::PeerMessage& message)
{
    const auto found = m_peers.find(from.broker);
    if (found == m_peers.end() || found->second.identity.epoch != from.epoch)
        return; // said by a connection that has lost its place
    Peer& peer = found->second;
    const PoolId pool(message.pool.value_or(""));
    const UserId user(message.user.value_or(""));
    const std::string words = message.message.value_or("");
    switch (message.kind) {
    case wire::PeerMessageKind::hello:
        return;
    case wire::PeerMessageKind::agents:
    case wire::PeerMessageKind::agentLeft:
        learnAgents(peer, message);
        return;
    case wire::PeerMessageKind::order:
        obey(from, message);
        return;
    case wire::PeerMessageKind::answer:
        answer(from, message);
        return;
    case wire::PeerMessageKind::dropAgent:
        if (message.agents) {
            for (const wire::PeerAgent& agent : *message.agents)
                m_agents.dropAttached(
                    DesktopId(agent.desktop), Incarnation(agent.incarnation), words);
        }
        return;
    case wire::PeerMessageKind::tellUser:
        if (message.event)
            m_events.tellUserHere(user, *message.event,
                message.token ? std::optional(SecretHash(*message.token)) : std::nullopt);
        return;
    case wire::PeerMessageKind::desktopsChanged:
        m_events.desktopsChangedHere(OrganisationId(message.organisation.value_or("")));
        return;
    case wire::PeerMessageKind::endToken:
        m_events.endTokenHere(SecretHash(message.token.value_or("")), words);
        return;
    case wire::PeerMessageKind::endUser:
        m_events.endUserHere(user, words);
        return;
    case wire::PeerMessageKind::wakePool:
        m_keeper.wakeHere(pool);
        return;
    case wire::PeerMessageKind::userWaits:
        m_keeper.userWaitsHere(pool, user);
        return;
    case wire::PeerMessageKind::userServed:
        m_keeper.userServedHere(pool, user);
        return;
    case wire::PeerMessageKind::poolMessage:
        m_keeper.noteMessage(pool, words);
        return;
    case wire::PeerMessageKind::status:
        peer.listing = false;
        peer.status = {};
        for (const std::string& held : message.pools.value_or(std::vector<std::string>()))
            peer.status.pools.emplace_back(held);
        peer.status.agents = message.agentCount.value_or(0);
        peer.status.clients = message.clientCount.value_or(0);
        return;
    case wire::PeerMessageKind::released:
        if (onGone)
            onGone();
        return;
    }
}

void Peers::learnAgents(Peer& from, const wire::PeerMessage& message)
{
    const bool left = message.kind == wire::PeerMessageKind::agentLeft;
    for (const wire::PeerAgent& agent : message.agents.value_or(std::vector<wire::PeerAgent>())) {
        const DesktopId desktop(agent.desktop);
        const Incarnation incarnation(agent.incarnation);
        const auto known = m_places.find(desktop);
        if (left) {
            if (known != m_places.end() && known->second.broker == from.identity.broker
                && known->second.incarnation == incarnation)
                m_places.erase(known);
            continue;
        }
        if (known != m_places.end() && known->second.incarnation > incarnation)
            continue; // an older life of the desktop
        m_places[desktop] = { from.identity.broker, incarnation };
        // What a broker has had all along may be the dead end of a connection that the agent has
        // given up; what comes just now is where the agent is.
        if (from.listing)
            m_agents.agentElsewhere(desktop, incarnation);
        else
            m_agents.agentMoved(desktop, incarnation);
    }
}

void Peers::obey(const PeerIdentity& from, const wire::PeerMessage& message)
{
    if (!message.order || !message.id)
        return;
    const wire::PeerOrder& wanted = *message.order;
    const AgentOrder order { .desktop = DesktopId(wanted.desktop),
        .incarnation = Incarnation(wanted.incarnation),
        .kind = wanted.command,
        .epoch = Epoch(wanted.epoch),
        .lease = LeaseId(wanted.lease),
        .user = UserId(wanted.user.value_or("")),
        .seat = wanted.seat.value_or(0),
        .timers = wanted.timers,
        .patience = std::chrono::milliseconds(
            std::clamp<std::int64_t>(wanted.patienceMs, 0, longestPatienceMs)),
        .isRelayed = true };
    m_agents.command(order, [this, from, id = *message.id](Result<wire::AgentReport> report) {
        const auto peer = m_peers.find(from.broker);
        if (peer == m_peers.end() || peer->second.identity.epoch != from.epoch)
            return; // it asks again, or its user does
        wire::PeerMessage answer;
        answer.kind = wire::PeerMessageKind::answer;
        answer.id = id;
        if (report) {
            answer.report = std::move(*report);
        } else {
            answer.error = std::string(wireCode(report.error().code));
            answer.message = report.error().detail;
        }
        peer->second.channel->send(answer);
    });
}

void Peers::answer(const PeerIdentity& from, const wire::PeerMessage& message)
{
    if (!message.id)
        return;
    if (message.report)
        m_agents.relayedAnswer(from.broker, *message.id, *message.report);
    else
        m_agents.relayedAnswer(from.broker, *message.id,
            failure(errcFromWire(message.error.value_or("")),
                message.message.value_or("The desktop does not answer.")));
}

}
