// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/agentreports.h"
#include "broker/service/connections.h"
#include "broker/service/databaseclock.h"
#include "broker/service/desktopadministration.h"
#include "broker/service/hostadministration.h"
#include "broker/service/pooladministration.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/poolrollouts.h"
#include "broker/service/sessioncontrol.h"
#include "broker/service/signins.h"
#include "tests/simulation/world.h"

#include <memory>
#include <vector>

namespace wardesk::broker::simulation {

class AgentConnection;
class ClusterMember;

/// Argon2id costs 20 ms on purpose, which the simulator has no use for.
class PlainHasher final : public PasswordHasher
{
public:
    [[nodiscard]] Result<std::string> hash(const Secret& password) const override
    {
        return "plain " + std::string(password.reveal());
    }
    [[nodiscard]] bool verify(const std::string& hash, const Secret& password) const override
    {
        return hash == "plain " + std::string(password.reveal());
    }
};

/// One life of a broker: the real services, put together as broker/app does. Its death destroys all
/// that was in memory, wherever its lanes were.
class BrokerProcess
{
public:
    BrokerProcess(World& world, std::size_t index);
    ~BrokerProcess();
    BrokerProcess(const BrokerProcess&) = delete;
    BrokerProcess& operator=(const BrokerProcess&) = delete;

    void start();
    /// Calls whose answers somebody waits for: what to tell them when this process dies.
    std::uint64_t open(Job onDeath);
    bool close(std::uint64_t call) { return m_calls.erase(call) > 0; }
    [[nodiscard]] std::vector<Job> takeCalls();

    World& world;
    const std::size_t index;
    const Process process;
    DeathTrap trap;
    ProcessClock wallClock;
    LeaseClock clock;
    DatabaseClock databaseClock; ///< that one, until the database is asked
    MainLane main;
    ProcessTimers timers;
    WorkerLane storeLane;
    WorkerLane hashLane;
    WorkerLane hostLane; ///< of the only host, when it has no row
    DatabaseConnection store;
    std::unique_ptr<HostConnection> host; ///< the same
    PlainHasher hasher;
    HostState hostState;
    Shell shell;
    AgentLinks agents;
    EventHub events;
    Hosts hosts;
    PoolKeeper keeper;
    SessionControl sessions;
    SignIns signIns;
    Connections connections;
    AgentReports reports;
    PoolAdministration pools;
    PoolRollouts rollouts;
    DesktopAdministration desktops;
    HostAdministration hostAdministration;
    std::vector<std::shared_ptr<AgentConnection>> links;
    std::unique_ptr<ClusterMember> cluster; ///< when there are several

private:
    [[nodiscard]] Result<OpenHost> open(const broker::Host& row);
    std::map<std::uint64_t, Job> m_calls;
    std::uint64_t m_lastCall = 0;
};

}
