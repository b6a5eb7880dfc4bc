// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulation.h"

#include "broker/domain/seats.h"
#include "broker/domain/status.h"
#include "broker/pool/seating.h"
#include "tests/simulation/clinician.h"
#include "tests/simulation/dedicated.h"
#include "tests/simulation/guest.h"
#include "tests/simulation/hosting.h"
#include "tests/simulation/logsink.h"
#include "tests/simulation/rollouts.h"

#include <set>
#include <sodium.h>

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

/// Where ids, tokens and secrets come from while a world is being simulated.
Random* source = nullptr;

void fill(void* buffer, std::size_t size)
{
    auto* bytes = static_cast<unsigned char*>(buffer);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<unsigned char>(source->next() >> 32U);
}

std::uint32_t fillOne()
{
    return static_cast<std::uint32_t>(source->next() >> 32U);
}

const char* sourceName()
{
    return "wardesk-simulation";
}

void useSimulatedRandomness()
{
    static randombytes_implementation implementation { .implementation_name = sourceName,
        .random = fillOne,
        .stir = nullptr,
        .uniform = nullptr,
        .buf = fill,
        .close = nullptr };
    // Its own start takes from the source too, and happens once in a process.
    static const int ready = sodium_init();
    std::ignore = ready;
    randombytes_set_implementation(&implementation);
}

/// An administrator who sees to what was set aside, by the real service.
void releaseAll(World& world)
{
    const auto rows = world.database.store->listDesktops();
    const std::size_t index = world.anyBroker();
    if (!rows || !world.brokers[index])
        return;
    BrokerProcess& broker = *world.brokers[index];
    const auto admin = world.database.store->findUserByName(world.organisation, "admin");
    for (const DesktopRow& row : *rows) {
        if (!row.desktop.quarantinedAt || !admin)
            continue;
        const Principal who { .user = *admin, .token = {}, .terminal = "", .address = "192.0.2.2" };
        world.trace.tell("admin", [&] { return "releases " + row.desktop.name; });
        broker.desktops.release(who, row.desktop.id.value(), { "looked at", true },
            [](const Result<wire::DesktopItem>&) {});
    }
}

/// What is not yet as it should be, in words; empty when all is well.
std::string whatIsLeft(World& world)
{
    for (const auto& clinician : world.clinicians) {
        if (!clinician->isDone())
            return clinician->describe();
    }
    const auto rows = world.database.store->listDesktops();
    if (!rows)
        return rows.error().detail;
    std::set<DomainUuid> expected;
    std::map<PoolId, std::int64_t> ready;
    std::map<PoolId, std::int64_t> kept;
    std::map<PoolId, std::int64_t> asleep;
    std::set<DomainUuid> onDisk;
    for (const DesktopRow& row : *rows) {
        const Lease* lease = row.lease ? &*row.lease : nullptr;
        const DesktopStatus status = statusOf(row.desktop, lease);
        if (status == DesktopStatus::suspended && row.desktop.incarnation.suspendedAt) {
            ++asleep[row.desktop.pool];
            onDisk.insert(row.desktop.incarnation.domain);
            expected.insert(row.desktop.incarnation.domain);
            continue;
        }
        if (status != DesktopStatus::ready && status != DesktopStatus::kept)
            return "the desktop " + row.desktop.name + " is " + nameOf(status);
        expected.insert(row.desktop.incarnation.domain);
        ++(status == DesktopStatus::ready ? ready : kept)[row.desktop.pool];
    }
    for (const Pool& pool : world.pools) {
        const std::int64_t atRest
            = std::min(world.sparesAtRest.at(pool.id), pool.max - kept[pool.id]);
        if (ready[pool.id] != atRest)
            return "the pool " + pool.name + " has " + std::to_string(ready[pool.id])
                + " ready desktops instead of " + std::to_string(atRest);
        const std::int64_t asleepAtRest
            = std::clamp<std::int64_t>(world.mostAtRest.at(pool.id) - kept[pool.id] - atRest, 0,
                desktopsFor(pool.suspended, seatsOf(pool)));
        if (asleep[pool.id] != asleepAtRest)
            return "the pool " + pool.name + " has " + std::to_string(asleep[pool.id])
                + " suspended desktops instead of " + std::to_string(asleepAtRest);
    }
    for (const auto& machine : world.hosts) {
        for (const auto& [uuid, domain] : machine->domains()) {
            if (expected.erase(uuid) == 0)
                return "the domain " + domain.seen.name + " incarnation "
                    + std::to_string(domain.seen.incarnation.value()) + " belongs to nothing";
            if (onDisk.contains(uuid) != domain.life->isSuspended)
                return "the domain " + domain.seen.name + " is on the disk, or should be";
            if (!domain.life->isRunning && !domain.life->isSuspended)
                return "the domain " + domain.seen.name + " does not run";
        }
    }
    if (!expected.empty())
        return "a desktop has no domain";
    if (std::string left = hostsLeft(world); !left.empty())
        return left;
    return rolloutsLeft(world);
}

void heal(World& world)
{
    world.isHealing = true;
    world.trace.tell("world", [] { return std::string("all faults end"); });
    healAll(world);
    for (const auto& clinician : world.clinicians)
        clinician->comeToAnEnd();
    const Span limit = world.scheduler.now() + world.settings.healing;
    std::string left;
    for (;;) {
        world.runUntil(world.scheduler.now() + 10s);
        if (world.observer->violation())
            return;
        left = whatIsLeft(world);
        if (left.empty())
            break;
        if (world.scheduler.now() >= limit) {
            world.observer->report("liveness",
                std::to_string(world.settings.healing / 1min)
                    + " minutes after the last fault: " + left);
            return;
        }
        releaseAll(world);
        settleRollouts(world);
        resumeHosts(world);
    }
    world.observer->checkDurability();
}

}

Outcome simulate(const WorldSettings& settings)
{
    useSimulatedRandomness();
    Outcome outcome;
    World world(settings);
    source = &world.random;
    logSink = settings.isTold ? &world.trace : nullptr;
    Random chance(settings.seed ^ 0x5eed'fa17'5eed'fa17ULL);
    const auto faults = planFaults(chance, settings.trouble, world.brokers.size());
    if (auto prepared = world.prepare(); !prepared) {
        outcome.violation = Violation { "set-up", prepared.error().detail, Span(0) };
        return outcome;
    }
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const Fault& fault = faults[i];
        outcome.faults.push_back(std::to_string(fault.at.count() / 1000) + " s: " + fault.name
            + (fault.end ? " for " + std::to_string(fault.length.count()) + " ms" : ""));
        if (i < settings.faults.size() && !settings.faults[i])
            continue;
        world.after(fault.at, [&world, &fault] {
            if (world.isHealing)
                return;
            world.trace.tell("FAULT", [&] { return fault.name; });
            fault.begin(world);
            if (fault.end)
                world.after(fault.length, [&world, &fault] {
                    if (world.isHealing)
                        return;
                    world.trace.tell("FAULT", [&] { return "over: " + fault.name; });
                    fault.end(world);
                });
        });
    }
    // Chances of its own, so that a seed without rollouts tells the story that it told before.
    planRollouts(world, Random(settings.seed ^ 0x2011'0a75'2011'0a75ULL));
    planWriteOffs(world, Random(settings.seed ^ 0x1057'1057'1057'1057ULL));
    planDrains(world, Random(settings.seed ^ 0xd8a1'd8a1'd8a1'd8a1ULL));
    planAssignments(world, Random(settings.seed ^ 0xa551'910d'a551'910dULL));
    world.runUntil(settings.trouble);
    if (!world.observer->violation())
        heal(world);
    outcome.violation = world.observer->violation();
    outcome.hash = world.scheduler.hash();
    outcome.events = world.scheduler.count();
    outcome.leases = world.observer->leaseCount();
    outcome.simulated = world.scheduler.now();
    return outcome;
}

}
