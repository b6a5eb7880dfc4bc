// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/hosting.h"

#include "tests/simulation/administrator.h"
#include "tests/simulation/agentconnection.h"
#include "tests/simulation/guest.h"
#include "tests/simulation/suspensions.h"

#include <algorithm>

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

Random chanceOf(std::uint64_t seed)
{
    return Random(seed ^ 0x4057'5a1e'4057'5a1eULL);
}

void resume(World& world, const HostId& id)
{
    world.trace.tell("admin", [&] { return "takes " + id.value() + " back"; });
    asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
        broker.hostAdministration.resume(who, id.value(), [](const Result<wire::HostItem>&) {});
    });
}

}

std::vector<HostId> hostsOf(std::uint64_t seed)
{
    Random chance = chanceOf(seed);
    if (!chance.chance(0.4))
        return { HostId() };
    std::vector<HostId> hosts;
    for (std::int64_t i = 0, count = chance.between(2, 3); i < count; ++i)
        hosts.emplace_back("host-" + std::to_string(i));
    return hosts;
}

Result<void> addHosts(Store& store, std::uint64_t seed, WallTime now)
{
    for (const HostId& id : hostsOf(seed)) {
        if (id.isEmpty())
            return {};
        broker::Host host;
        host.id = id;
        host.name = id.value();
        host.uri = "simulated:///" + id.value();
        host.kind = kindOf(seed);
        host.memoryMiB = 65536;
        host.processors = 16;
        host.memoryPercent = 400;
        if (id.value() != "host-0")
            host.labels["gpu"] = "yes";
        host.createdAt = host.modeAt = now;
        if (auto added = store.insertHost(host); !added)
            return added;
    }
    return {};
}

void placeOn(Pool& pool, std::uint64_t seed)
{
    if (hostsOf(seed).size() == 1)
        return;
    Random chance(seed * 31 + (pool.name == "ward" ? 0x9a1ceULL : 0x0ff1ceULL));
    pool.spread = chance.chance(0.3) ? Spread::strict : Spread::soft;
    if (chance.chance(0.3))
        pool.labels["gpu"] = "yes";
}

bool isWell(World& world, const HostId& id)
{
    return std::any_of(world.hosts.begin(), world.hosts.end(), [&](const auto& machine) {
        const auto since = machine->wellSince();
        return machine->id == id && since && world.scheduler.now() - *since > timeToHear;
    });
}

std::string mayCountAsDead(World& world, const HostId& id)
{
    const Span now = world.scheduler.now();
    if (isWell(world, id))
        return "it has been well for long";
    for (const auto& [uuid, guest] : world.guests) {
        const auto since = guest->speaksSince();
        if (guest->life().host == id && since && now - *since > timeToHear)
            return "the agent of " + guest->life().desktop.value().substr(0, 8) + " speaks";
    }
    return {};
}

void planDrains(World& world, Random chance)
{
    if (!world.hasHostRows() || !chance.chance(0.5))
        return;
    for (const auto& machine : world.hosts) {
        if (!chance.chance(0.5))
            continue;
        const Span begin = chance.between(Span(30s), world.settings.trouble);
        wire::HostDrain request;
        if (chance.chance(0.5))
            request.withinMinutes = chance.between(1, 5);
        world.after(begin, [&world, id = machine->id, request] {
            if (world.isHealing)
                return;
            world.trace.tell("admin", [&] { return "drains " + id.value(); });
            asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
                broker.hostAdministration.drain(
                    who, id.value(), request, [](const Result<wire::HostItem>&) {});
            });
        });
        if (chance.chance(0.5))
            world.after(begin + chance.spread(5s, 8min), [&world, id = machine->id] {
                if (!world.isHealing)
                    resume(world, id);
            });
    }
}

namespace {

/// Again and again, as somebody who is told to wait.
void writeOff(World& world, const HostId& id, int times)
{
    const auto hosts = world.database.store->listHosts();
    const bool isThere = !hosts
        || std::any_of(hosts->begin(), hosts->end(),
            [&id](const broker::Host& host) { return host.id == id; });
    if (!isThere)
        return;
    world.trace.tell("admin", [&] { return "writes " + id.value() + " off"; });
    asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
        broker.hostAdministration.writeOff(who, id.value(), [](const Result<wire::HostLoss>&) {});
    });
    if (times > 1)
        world.after(20s, [&world, id, times] { writeOff(world, id, times - 1); });
}

}

void planWriteOffs(World& world, Random chance)
{
    constexpr int untilItIsDone = 1000;
    if (!world.hasHostRows() || !chance.chance(0.5))
        return;
    // The first has no label that a pool could ask for: the others do all that it did.
    Machine& machine = *world.hosts.front();
    const Span begin = chance.between(Span(30s), world.settings.trouble);
    if (chance.chance(0.4)) { // in haste, whatever the host does at that moment
        world.after(begin, [&world, &machine, times = static_cast<int>(chance.between(1, 20))] {
            if (!world.isHealing)
                writeOff(world, machine.id, times);
        });
        return;
    }
    world.after(begin, [&world, &machine] {
        if (world.isHealing)
            return;
        world.trace.tell("FAULT", [&] { return machine.name() + " is gone for good"; });
        machine.isGone = true;
        machine.losePower();
    });
    world.after(begin + chance.spread(5s, 8min), [&world, &machine] {
        if (machine.isGone)
            writeOff(world, machine.id, untilItIsDone);
    });
}

void resumeHosts(World& world)
{
    const auto hosts = world.database.store->listHosts();
    for (const broker::Host& host : hosts ? *hosts : std::vector<broker::Host>()) {
        if (host.mode != HostMode::active)
            resume(world, host.id);
    }
}

std::string hostsLeft(World& world)
{
    const auto hosts = world.database.store->listHosts();
    if (!hosts)
        return hosts.error().detail;
    for (const broker::Host& host : *hosts) {
        if (host.mode != HostMode::active)
            return host.name + " is " + nameOf(host.mode);
        if (host.deadAt)
            return host.name + " counts as dead";
    }
    return {};
}

}
