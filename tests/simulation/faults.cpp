// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/faults.h"

#include "tests/simulation/brokerprocess.h"
#include "tests/simulation/guest.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

/// The host that chance points at.
Machine& someHost(World& world, std::uint64_t chance)
{
    return *world.hosts[chance % world.hosts.size()];
}

/// One of them, and now and then all.
template <typename Act> void atHosts(World& world, std::uint64_t chance, Act act)
{
    if (chance % 5 != 0) {
        act(someHost(world, chance / 5));
        return;
    }
    for (const auto& machine : world.hosts)
        act(*machine);
}

/// The domain that chance points at, among those that a host has now.
Machine::Domain const* someDomain(World& world, std::uint64_t chance)
{
    const auto& domains = someHost(world, chance / 7).domains();
    if (domains.empty())
        return nullptr;
    auto at = domains.begin();
    std::advance(at, static_cast<long>(chance % domains.size()));
    return &at->second;
}

/// A condition of a host, from its begin to its end.
template <typename Set, typename Clear>
Fault ofHosts(Random& r, const char* name, Span length, Set set, Clear clear)
{
    const std::uint64_t chance = r.next();
    return { .length = length,
        .name = name,
        .begin = [chance, set](World& w) { atHosts(w, chance, set); },
        .end =
            [chance, clear](World& w) {
                atHosts(w, chance, [clear](Machine& machine) {
                    clear(machine);
                    machine.troubleEnds();
                });
            } };
}

std::shared_ptr<Guest> someGuest(World& world, std::uint64_t chance)
{
    if (world.guests.empty())
        return nullptr;
    auto at = world.guests.begin();
    std::advance(at, static_cast<long>(chance % world.guests.size()));
    return at->second;
}

using Make = std::function<Fault(Random&, std::size_t brokers)>;

template <typename Set, typename Clear>
Fault lasting(const char* name, Span length, Set set, Clear clear)
{
    return { .length = length, .name = name, .begin = set, .end = clear };
}

const std::vector<Make>& kinds()
{
    static const std::vector<Make> all {
        [](Random& r, std::size_t brokers) {
            const auto index = static_cast<std::size_t>(r.next() % brokers);
            const bool loud = r.chance(0.7);
            return lasting(
                "a broker is killed", r.spread(100ms, 60s),
                [index, loud](World& w) { w.killBroker(index, loud); },
                [index](World& w) { w.startBroker(index); });
        },
        [](Random& r, std::size_t brokers) {
            // In the middle of what it does: at this call of the database or the host.
            const auto index = static_cast<std::size_t>(r.next() % brokers);
            const int calls = static_cast<int>(r.between(1, 12));
            const bool after = r.chance(0.5);
            return lasting(
                "a broker dies at a call", r.spread(5s, 30s),
                [index, calls, after](World& w) {
                    if (!w.brokers[index])
                        return;
                    w.brokers[index]->trap.callsLeft = calls;
                    w.brokers[index]->trap.afterEffect = after;
                },
                [index](World& w) {
                    if (w.brokers[index])
                        w.brokers[index]->trap.callsLeft = 0;
                    w.startBroker(index);
                });
        },
        [](Random& r, std::size_t brokers) {
            const auto index = static_cast<std::size_t>(r.next() % brokers);
            const Span length = r.spread(200ms, 90s);
            return lasting(
                "a broker is frozen", length,
                [index, length](World& w) {
                    w.allAwakeSince = std::max(w.allAwakeSince, w.scheduler.now() + length);
                    if (w.brokers[index])
                        w.scheduler.freeze(w.brokers[index]->process, w.scheduler.now() + length);
                },
                nullptr);
        },
        [](Random& r, std::size_t brokers) {
            const auto index = static_cast<std::size_t>(r.next() % brokers);
            const Span jump = r.spread(1s, 48h) * (r.chance(0.5) ? 1 : -1);
            return lasting(
                "a broker's wall clock jumps", 0ms,
                [index, jump](World& w) {
                    // Put right before the process is started the next time.
                    if (w.brokers[index])
                        w.brokers[index]->wallClock.skew += jump;
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            return lasting(
                "the database is away", r.spread(500ms, 2min),
                [](World& w) { w.database.isDown = true; },
                [](World& w) { w.database.isDown = false; });
        },
        [](Random& r, std::size_t) {
            return lasting(
                "the database's disk is full", r.spread(1s, 5min),
                [](World& w) {
                    if (w.database.memory != nullptr)
                        w.database.memory->setFull(true);
                },
                [](World& w) {
                    if (w.database.memory != nullptr)
                        w.database.memory->setFull(false);
                });
        },
        [](Random& r, std::size_t) {
            const double share = 0.01 + r.unit() * 0.2;
            return lasting(
                "calls of the database fail", r.spread(1s, 3min),
                [share](World& w) { w.database.failing = share; },
                [](World& w) { w.database.failing = 0; });
        },
        [](Random& r, std::size_t) {
            const double share = 0.01 + r.unit() * 0.2;
            return lasting(
                "the database's answers get lost", r.spread(1s, 3min),
                [share](World& w) { w.database.losing = share; },
                [](World& w) { w.database.losing = 0; });
        },
        [](Random& r, std::size_t) {
            const Span slowness = r.spread(20ms, 800ms);
            return lasting(
                "the database is slow", r.spread(1s, 1min),
                [slowness](World& w) { w.database.slowness = slowness; },
                [](World& w) { w.database.slowness = 0ms; });
        },
        [](Random& r, std::size_t) {
            const Span length = r.spread(500ms, 2min);
            return ofHosts(
                r, "the host is away", length, [](Machine& m) { m.isDown = true; },
                [](Machine& m) {
                    m.isDown = false;
                    m.tell();
                });
        },
        [](Random& r, std::size_t) {
            const Span length = r.spread(1s, 2min);
            return ofHosts(
                r, "the host hangs", length, [](Machine& m) { m.isHanging = true; },
                [](Machine& m) {
                    m.isHanging = false;
                    m.tell();
                });
        },
        [](Random& r, std::size_t) {
            const double share = 0.05 + r.unit() * 0.5;
            const Span length = r.spread(1s, 3min);
            return ofHosts(
                r, "calls of the host fail", length, [share](Machine& m) { m.failing = share; },
                [](Machine& m) { m.failing = 0; });
        },
        [](Random& r, std::size_t) {
            const double share = 0.05 + r.unit() * 0.5;
            const Span length = r.spread(1s, 3min);
            return ofHosts(
                r, "the host's answers get lost", length, [share](Machine& m) { m.losing = share; },
                [](Machine& m) { m.losing = 0; });
        },
        [](Random& r, std::size_t) {
            const Span slowness = r.spread(200ms, 9s);
            const Span length = r.spread(10s, 6min);
            return ofHosts(
                r, "the host is slow", length, [slowness](Machine& m) { m.slowness = slowness; },
                [](Machine& m) { m.slowness = 0ms; });
        },
        [](Random& r, std::size_t) {
            const Span length = r.spread(1s, 5min);
            return ofHosts(
                r, "the host's events get lost", length, [](Machine& m) { m.losesEvents = true; },
                [](Machine& m) { m.losesEvents = false; });
        },
        [](Random& r, std::size_t) {
            const Span length = r.spread(2s, 5min);
            return ofHosts(
                r, "the host loses its power", length, [](Machine& m) { m.losePower(); },
                [](Machine& m) { m.getPower(); });
        },
        [](Random& r, std::size_t) {
            // To the brokers as if it had lost its power; its desktops go on.
            const std::uint64_t chance = r.next();
            const Span length = r.spread(2s, 4min);
            return lasting(
                "a host is cut off from the brokers", length,
                [chance, length](World& w) {
                    Machine& machine = someHost(w, chance);
                    machine.isHanging = true;
                    for (const auto& [uuid, guest] : w.guests) {
                        if (guest->life().host == machine.id)
                            guest->cutUntil(w.scheduler.now() + length);
                    }
                },
                [chance](World& w) {
                    Machine& machine = someHost(w, chance);
                    machine.isHanging = false;
                    machine.troubleEnds();
                    machine.tell();
                });
        },
        [](Random& r, std::size_t) {
            return lasting(
                "a domain is destroyed outside", 0ms,
                [chance = r.next()](World& w) {
                    if (const auto* domain = someDomain(w, chance))
                        someHost(w, chance / 7).destroy(DomainUuid(domain->seen.uuid), false);
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            const auto state = r.chance(0.5) ? DomainState::shutOff : DomainState::crashed;
            return lasting(
                "a domain stops", 0ms,
                [chance = r.next(), state](World& w) {
                    if (const auto* domain = someDomain(w, chance))
                        someHost(w, chance / 7).setState(DomainUuid(domain->seen.uuid), state);
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            const bool returns = r.chance(0.7);
            const Span length = r.spread(1s, 3min);
            return lasting(
                "an agent dies", 0ms,
                [chance = r.next(), returns, length](World& w) {
                    if (const auto guest = someGuest(w, chance))
                        guest->killAgent(returns ? std::optional(length) : std::nullopt);
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            const Span length = r.spread(1s, 10min);
            return lasting(
                "an agent is cut off", 0ms,
                [chance = r.next(), length](World& w) {
                    if (const auto guest = someGuest(w, chance))
                        guest->cutUntil(w.scheduler.now() + length);
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            const Span length = r.spread(1s, 8min);
            return lasting(
                "all agents are cut off", 0ms,
                [length](World& w) {
                    for (const auto& [uuid, guest] : w.guests)
                        guest->cutUntil(w.scheduler.now() + length);
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            return lasting(
                "an agent lies", 0ms,
                [chance = r.next()](World& w) {
                    if (const auto guest = someGuest(w, chance))
                        guest->lie();
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            return lasting(
                "a session dies", 0ms,
                [chance = r.next()](World& w) {
                    if (const auto guest = someGuest(w, chance))
                        guest->endSession();
                },
                nullptr);
        },
        [](Random& r, std::size_t) {
            const double losing = 0.02 + r.unit() * 0.3;
            const double doubling = r.unit();
            const Span slowness = r.spread(10ms, 5s);
            return lasting(
                "the network is bad", r.spread(5s, 5min),
                [losing, doubling, slowness](World& w) {
                    w.network.losing = losing;
                    w.network.doubling = doubling;
                    w.network.slowness = slowness;
                },
                [](World& w) { w.network = {}; });
        },
        [](Random& r, std::size_t) {
            return lasting(
                "requests arrive twice", r.spread(10s, 5min),
                [](World& w) { w.network.doubling = 0.5; },
                [](World& w) { w.network.doubling = 0; });
        },
        [](Random& r, std::size_t) {
            const bool returns = r.chance(0.7);
            const Span length = r.spread(1s, 3min);
            return lasting(
                "what answers RDP in a desktop falls", 0ms,
                [chance = r.next(), returns, length](World& w) {
                    if (const auto guest = someGuest(w, chance))
                        guest->silenceRdp(returns ? std::optional(length) : std::nullopt);
                },
                nullptr);
        },
    };
    return all;
}

}

std::vector<Fault> planFaults(Random& random, Span trouble, std::size_t brokers)
{
    std::vector<Fault> faults;
    const double share = 0.1 + random.unit() * 0.6;
    std::vector<const Make*> chosen;
    for (const Make& kind : kinds()) {
        if (random.chance(share))
            chosen.push_back(&kind);
    }
    if (chosen.empty())
        return faults; // also a day on which nothing goes wrong is worth a look
    const auto count = random.between(1, 24);
    for (std::int64_t i = 0; i < count; ++i) {
        Random own(random.next());
        Fault fault = (*own.pick(chosen))(own, brokers);
        fault.at = own.between(Span(5s), trouble);
        faults.push_back(std::move(fault));
    }
    std::sort(
        faults.begin(), faults.end(), [](const Fault& a, const Fault& b) { return a.at < b.at; });
    return faults;
}

void healAll(World& world)
{
    Database& database = world.database;
    database.isDown = false;
    database.failing = database.losing = 0;
    database.slowness = 0ms;
    if (database.memory != nullptr)
        database.memory->setFull(false);
    for (const auto& machine : world.hosts) {
        machine->isDown = machine->isHanging = machine->losesEvents = false;
        machine->failing = machine->losing = 0;
        machine->slowness = 0ms;
        machine->hasPower = !machine->isGone;
        machine->troubleEnds();
    }
    world.network = {};
    for (const Pool& pool : world.pools)
        world.maintain(pool.id, false);
    for (std::size_t i = 0; i < world.brokers.size(); ++i) {
        if (world.brokers[i]) {
            world.scheduler.freeze(world.brokers[i]->process, world.scheduler.now());
            world.brokers[i]->trap.callsLeft = 0;
        }
        world.startBroker(i);
    }
    for (const auto& machine : world.hosts)
        machine->tell();
    for (const auto& [uuid, guest] : world.guests)
        guest->heal();
}

}
