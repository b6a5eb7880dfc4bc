// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/relays.h"
#include "protocols/wire/peermessages.h"

#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace wardesk::broker {

/// One open connection to another broker. Implemented by the network front; a fake in tests. Its
/// queue is bounded (R13): who does not read is disconnected and told everything afresh later.
class PeerChannel
{
public:
    virtual ~PeerChannel() = default;
    virtual void send(const wire::PeerMessage& message) = 0;
    virtual void close(const std::string& why) = 0;
};

/// Which registration of which broker speaks: proven at the gate.
struct PeerIdentity
{
    BrokerId broker;
    Epoch epoch;
};

/// The other brokers that are connected now, what they know, and what is told to them. Main lane
/// only. See protocols/wire/peermessages.h.
class Peers final : public AgentRelay, public EventRelay, public PoolRelay
{
public:
    Peers(AgentLinks& agents, EventHub& events, PoolKeeper& keeper);
    ~Peers() override;
    std::function<void()> onGone; ///< a broker's connection ended, or it gave its pools back

    /// A newer connection of the same broker takes the place of the older one.
    void attach(const PeerIdentity& identity, std::shared_ptr<PeerChannel> channel);
    void detach(const PeerIdentity& identity, const PeerChannel* channel);
    void receive(const PeerIdentity& from, const wire::PeerMessage& message);
    /// Those who gave no sign of life in time lose their connection, and their agents count as on
    /// their way to somebody else: a broker that stands still keeps its connections open.
    void keepOnly(const std::set<BrokerId>& alive);
    [[nodiscard]] bool isConnected(const BrokerId& broker) const
    {
        return m_peers.contains(broker);
    }

    struct Status
    {
        std::vector<PoolId> pools;
        std::int64_t agents = 0;
        std::int64_t clients = 0;
    };
    void setStatus(Status status);
    [[nodiscard]] const Status* statusOf(const BrokerId& broker) const;
    [[nodiscard]] const Status& ownStatus() const { return m_status; }
    /// Our pools are free: the last thing that is said before the end.
    void tellReleased();
    void closeAll(const std::string& why);

    // AgentRelay
    [[nodiscard]] std::optional<BrokerId> brokerOf(
        const DesktopId& desktop, Incarnation incarnation) const override;
    [[nodiscard]] bool order(
        const BrokerId& broker, std::int64_t id, const AgentOrder& order) override;
    void attached(const AgentIdentity& agent) override;
    void left(const AgentIdentity& agent) override;
    void drop(const DesktopId& desktop, Incarnation upTo, const std::string& why) override;
    // EventRelay
    void tellUser(const UserId& user, const wire::Event& event,
        const std::optional<SecretHash>& except) override;
    void desktopsChanged(const OrganisationId& organisation) override;
    void endToken(const SecretHash& token, const std::string& message) override;
    void endUser(const UserId& user, const std::string& message) override;
    // PoolRelay
    void wake(const PoolId& pool) override;
    void userWaits(const PoolId& pool, const UserId& user) override;
    void userServed(const PoolId& pool, const UserId& user) override;
    void poolMessage(const PoolId& pool, const std::string& message) override;

private:
    struct Peer
    {
        PeerIdentity identity;
        std::shared_ptr<PeerChannel> channel;
        bool listing = true; ///< still telling what it has had all along
        Status status;
    };
    struct Place
    {
        BrokerId broker;
        Incarnation incarnation;
    };
    void tellAll(const wire::PeerMessage& message);
    void introduce(PeerChannel& channel) const;
    [[nodiscard]] wire::PeerMessage statusMessage() const;
    void forget(const BrokerId& broker);
    void learnAgents(Peer& from, const wire::PeerMessage& message);
    void obey(const PeerIdentity& from, const wire::PeerMessage& message);
    void answer(const PeerIdentity& from, const wire::PeerMessage& message);

    AgentLinks& m_agents;
    EventHub& m_events;
    PoolKeeper& m_keeper;
    Status m_status;
    std::map<BrokerId, Peer> m_peers;
    std::unordered_map<DesktopId, Place> m_places; ///< of agents at other brokers
};

}
