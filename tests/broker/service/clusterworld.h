// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/brokeradministration.h"
#include "broker/service/membership.h"
#include "broker/service/peers.h"
#include "tests/broker/service/world.h"

namespace wardesk::broker::test {

class ClusterWorld;

/// One of several brokers on one database and one host.
class Side
{
public:
    Side(ClusterWorld& world, const std::string& name);
    /// Does one thing that can be done without time passing.
    bool runOne();
    void start();
    void useHosts(); ///< those with rows

    ClusterWorld& world;
    std::string name;
    bool stopped = false; ///< SIGSTOP, or killed: nothing of it runs
    ManualTimers timers;
    QueueLane main;
    QueueLane storeLane;
    QueueLane hashLane;
    QueueLane hostLane;
    QueueLane clusterLane;
    std::vector<QueueLane*> manyLanes; ///< one for each host with a row
    DatabaseClock clock;
    HostState hostState;
    FakeHasher hasher;
    Shell shell;
    AgentLinks agents;
    EventHub events;
    Hosts hosts;
    PoolKeeper keeper;
    SessionControl sessions;
    Connections connections;
    AgentReports reports;
    Membership membership;
    Peers peers;
    std::vector<PoolId> taken; ///< in the order of their taking
};

/// The agent of one life of a desktop, attached to one side.
class SideAgent final : public AgentChannel
{
public:
    SideAgent(Side& side, AgentIdentity identity)
        : m_side(side)
        , m_identity(std::move(identity))
    {
    }
    void send(const wire::AgentCommand& command) override;
    void close(const std::string& why) override { closedBecause = why; }
    std::vector<wire::AgentCommand> commands;
    std::string closedBecause;
    bool silent = false;
    std::string words; ///< refuses what it is told, with these

private:
    Side& m_side;
    AgentIdentity m_identity;
};

/// Several brokers without network, threads and time.
class ClusterWorld
{
public:
    explicit ClusterWorld(const std::vector<std::string>& names);
    Side& side(const std::string& name);
    void settle();
    void advance(std::chrono::milliseconds step);
    /// Opens the channel between the two; both ends are told.
    void join(Side& a, Side& b);
    /// Ends it, as the death of one of them does.
    void part(Side& a, Side& b);
    Pool addPool(const std::string& name, std::int64_t spare, std::int64_t max);
    /// A virtualisation host with a row. From the first one on the world has these, and not the one
    /// that it began with.
    void addHost(const std::string& name);
    [[nodiscard]] int calls() const; ///< of all hosts, that start or destroy something
    [[nodiscard]] std::size_t domains(); ///< that there are on all hosts
    Principal addUser(const std::string& name);
    /// Connects the agent of this desktop to this side and reports readiness.
    std::shared_ptr<SideAgent> attach(Side& side, const DesktopRow& row);
    std::vector<DesktopRow> rows() { return store.listDesktops().value(); }
    /// Runs something that answers by a callback until it has answered.
    template <typename T, typename Start> Result<T> await(Start start)
    {
        std::optional<Result<T>> answer;
        start(Done<T>([&answer](Result<T> result) { answer = std::move(result); }));
        settle();
        for (int tries = 0; !answer && tries < 40; ++tries)
            advance(std::chrono::milliseconds(500));
        if (!answer)
            return failure(Errc::internal, "no answer came");
        return std::move(*answer);
    }

    ManualClock clock;
    MemoryStore store { clock };
    FakeHypervisor host;
    std::map<std::string, FakeHypervisor> many; ///< by name; each side has a connection to each
    OrganisationId organisation { "org" };
    std::vector<std::unique_ptr<Side>> sides;
    std::size_t longestFrame = 0; ///< between brokers
};

}
