// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/brokerprocess.h"

#include "broker/service/groupcommit.h"
#include "tests/simulation/agentconnection.h"
#include "tests/simulation/clustermember.h"

#include <algorithm>

namespace wardesk::broker::simulation {

namespace {

PoolKeeperSettings keeperSettings()
{
    PoolKeeperSettings settings;
    settings.firstAddress = "10.213.0.16";
    settings.lastAddress = "10.213.0.60";
    settings.brokerHost = "10.213.0.1";
    settings.brokerKeySha256 = std::string(64, 'a');
    return settings;
}

}

BrokerProcess::BrokerProcess(World& theWorld, std::size_t theIndex)
    : world(theWorld)
    , index(theIndex)
    , process(world.scheduler.birth())
    , wallClock(world.scheduler)
    , clock(wallClock)
    , databaseClock(clock)
    , main(world.scheduler, process)
    , timers(world.scheduler, process)
    , storeLane(world.scheduler, world.random, process, 2000)
    , hashLane(world.scheduler, world.random, process, 64)
    , hostLane(world.scheduler, world.random, process, 1000)
    , store(world.database, storeLane, world.random, *world.observer, trap)
    , shell { main, storeLane, hashLane, timers, databaseClock, store, hasher, world.organisation }
    , agents(shell)
    , events(shell)
    , hosts(shell, agents, events, hostState)
    , keeper(shell, hosts, agents, events, hostState, keeperSettings())
    , sessions(shell, keeper, agents, events)
    , signIns(shell, events)
    , connections(shell, keeper, agents, events, hostState)
    , reports(shell, keeper, agents, events, sessions)
    , pools(shell, keeper)
    , rollouts(shell, keeper)
    , desktops(shell, keeper, sessions)
    , hostAdministration(shell, keeper, hosts, agents, events)
{
    if (world.hasHostRows()) {
        hosts.useOpener([this](const broker::Host& row) { return open(row); });
    } else {
        host = std::make_unique<HostConnection>(*world.hosts.front(), hostLane, process, trap);
        hosts.useOnly(hostLane, *host);
    }
    if (world.isGrouped)
        storeLane.setGrouping(groupCommitOf(store));
    if (world.brokers.size() > 1)
        cluster = std::make_unique<ClusterMember>(*this);
    trap.spring = [this] {
        world.after(Span(0), [&w = world, i = index, dead = process] {
            // Only this life of it: another death may have come first.
            if (w.brokers[i] && w.brokers[i]->process.index == dead.index)
                w.killBroker(i, w.random.chance(0.8));
        });
    };
}

BrokerProcess::~BrokerProcess()
{
    world.scheduler.kill(process);
    storeLane.kill();
    hashLane.kill();
    hostLane.kill();
}

void BrokerProcess::start()
{
    keeper.start();
    if (cluster)
        cluster->start();
}

Result<OpenHost> BrokerProcess::open(const broker::Host& row)
{
    const auto machine = std::find_if(world.hosts.begin(), world.hosts.end(),
        [&row](const auto& one) { return one->id == row.id; });
    auto lane = std::make_unique<WorkerLane>(world.scheduler, world.random, process, 1000);
    auto connection = std::make_unique<HostConnection>(**machine, *lane, process, trap);
    return OpenHost { std::move(connection), std::move(lane) };
}

std::uint64_t BrokerProcess::open(Job onDeath)
{
    m_calls.emplace(++m_lastCall, std::move(onDeath));
    return m_lastCall;
}

std::vector<Job> BrokerProcess::takeCalls()
{
    std::vector<Job> calls;
    for (auto& [id, onDeath] : m_calls)
        calls.push_back(std::move(onDeath));
    m_calls.clear();
    return calls;
}

}
