// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world.h"

#include "broker/domain/seats.h"
#include "broker/store/storefactory.h"
#include "tests/simulation/agentconnection.h"
#include "tests/simulation/brokerprocess.h"
#include "tests/simulation/clinician.h"
#include "tests/simulation/clustermember.h"
#include "tests/simulation/dedicated.h"
#include "tests/simulation/guest.h"
#include "tests/simulation/hosting.h"
#include "tests/simulation/rollouts.h"
#include "tests/simulation/shared.h"
#include "tests/simulation/suspensions.h"

#include <cstdlib>
#include <filesystem>

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

World::World(const WorldSettings& theSettings)
    : settings(theSettings)
    , random(settings.seed)
    , scheduler(random)
    , trace(scheduler, settings.isTold)
    , database(scheduler)
    , isGrouped(random.chance(0.25))
{
    const int count = settings.brokers > 0 ? settings.brokers : 1;
    brokers.resize(static_cast<std::size_t>(count));
}

World::~World()
{
    brokers.clear(); // first: they refer to all the rest
    database.store.reset();
    std::error_code ignored;
    if (!m_folder.empty())
        std::filesystem::remove_all(m_folder, ignored);
}

Result<void> World::openDatabase()
{
    if (settings.onSqlite) {
        // A file in memory, of this world alone.
        std::string folder = "/dev/shm/wardesk-simulate-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr)
            return failure(Errc::unavailable, "no folder can be made in /dev/shm");
        m_folder = folder;
        auto opened = openSqlite(folder + "/broker.db", database.clock);
        if (!opened)
            return tl::unexpected(opened.error());
        database.store = std::move(*opened);
        return {};
    }
    auto memory = std::make_unique<MemoryStore>(database.clock);
    database.memory = memory.get();
    database.store = std::move(memory);
    return {};
}

/// Short ones, so that all of them run out; a phase of maintenance now and then.
void World::makeTimed(Pool& pool, Random& timed)
{
    const auto seconds = [&timed](Span low, Span high) {
        return std::chrono::floor<std::chrono::seconds>(timed.spread(low, high));
    };
    pool.timers = { .lock = seconds(5s, 2min),
        .disconnect = seconds(10s, 6min),
        .logOff = seconds(30s, 6min),
        .recycle = timed.chance(0.5) ? seconds(1s, 2min) : 0s };
    if (!timed.chance(0.3))
        return;
    const Span begin = timed.between(Span(10s), settings.trouble);
    after(begin, [this, id = pool.id] { maintain(id, true); });
    after(begin + timed.spread(5s, 5min), [this, id = pool.id] { maintain(id, false); });
}

void World::maintain(const PoolId& id, bool on)
{
    auto pool = database.store->findPool(organisation, id);
    if (!pool || (isHealing && on))
        return;
    pool->maintenance = on
        ? std::optional(Maintenance { .since = {}, .reason = "work", .until = {} })
        : std::nullopt;
    if (!database.store->updatePool(*pool))
        return; // its disk is full
    trace.tell("administrator", [&] { return pool->name + (on ? " is maintained" : " is open"); });
    observer->maintained(id, on);
}

/// A share, a minimum and a forecast: what they ask for must break no rule.
void World::makeElastic(Pool& pool, Random& elastic)
{
    pool.timeZone = "Europe/Berlin";
    pool.sparePercent = elastic.between(0, 100);
    pool.min = elastic.between(0, pool.max);
    pool.forecast = elastic.chance(0.5);
}

/// A calendar that holds all day, and a shift that begins in the midst of the trouble.
Result<void> World::planElastic(Store& store, const Pool& pool, Random& elastic, WallTime now)
{
    std::int64_t spare = pool.spare;
    std::int64_t max = pool.max;
    if (elastic.chance(0.5)) {
        CalendarWindow window;
        window.weekdays = 0x7F;
        window.to = std::chrono::hours(24);
        spare = elastic.between(0, 2);
        max = elastic.between(1, pool.max);
        window.sizes.spare = spare;
        window.sizes.max = max;
        if (auto set = store.replaceCalendar(organisation, pool.id, { { window }, {} }); !set)
            return set;
    }
    sparesAtRest[pool.id] = std::min(std::max(spare, pool.min), max);
    mostAtRest[pool.id] = max;
    if (!pool.forecast)
        return {};
    const WallTime start = now + elastic.between(Span(0), Span(std::chrono::minutes(10)));
    return store.replaceShifts(organisation, pool.id, { now, now + std::chrono::hours(1) },
        { { "Ward 1", start, elastic.between(1, 9) } });
}

Result<void> World::fillDatabase()
{
    Store& store = *database.store;
    const WallTime now = ProcessClock(scheduler).wall();
    const auto made = store.ensureOrganisation(organisation, "hospital");
    if (!made)
        return tl::unexpected(made.error());
    Image image;
    image.id = ImageId("image");
    image.organisation = organisation;
    image.name = "ward";
    image.version = "1";
    image.source = "/images/ward";
    image.createdAt = now;
    image.kind = kindOf(settings.seed);
    if (auto added = store.insertImage(image); !added)
        return added;
    if (auto added = addVersions(store, organisation, kindOf(settings.seed), now); !added)
        return added;
    if (auto added = addHosts(store, settings.seed, now); !added)
        return added;
    const auto count = random.between(1, 2);
    // Chances of their own, so that a seed without it tells the story that it told before.
    Random elastic(settings.seed ^ 0xe1a5'71c0'e1a5'71c0ULL);
    Random timed(settings.seed ^ 0x71de'0ff5'71de'0ff5ULL);
    for (std::int64_t i = 0; i < count; ++i) {
        Pool pool;
        pool.id = PoolId("pool-" + std::to_string(i));
        pool.organisation = organisation;
        pool.name = i == 0 ? "ward" : "office";
        pool.image = image.id;
        pool.max = random.between(1, 4);
        pool.spare = random.between(0, 2);
        pool.createdAt = now;
        if (i > 0)
            makeDedicated(pool, settings.seed);
        else
            makeShared(pool, settings.seed);
        makeSuspending(pool, settings.seed);
        sparesAtRest[pool.id]
            = pool.kind == PoolKind::shared ? desktopsAtRest(pool) : std::min(pool.spare, pool.max);
        mostAtRest[pool.id] = pool.max / seatsOf(pool);
        const bool isElastic = elastic.chance(0.25) && pool.kind == PoolKind::floating;
        if (isElastic)
            makeElastic(pool, elastic);
        if (timed.chance(0.4))
            makeTimed(pool, timed);
        placeOn(pool, settings.seed);
        if (auto added = store.insertPool(pool); !added)
            return added;
        pools.push_back(pool);
        if (!isElastic)
            continue;
        if (auto planned = planElastic(store, pool, elastic, now); !planned)
            return planned;
    }
    const auto people = random.between(2, 5);
    for (std::int64_t i = 0; i <= people; ++i) {
        User user;
        user.name = i == 0 ? "admin" : "nurse-" + std::to_string(i);
        user.id = UserId(user.name);
        user.organisation = organisation;
        user.role = i == 0 ? Role::administrator : Role::clinician;
        user.passwordHash = "plain secret";
        user.createdAt = now;
        if (auto added = store.insertUser(user); !added)
            return added;
        if (i > 0)
            clinicians.push_back(std::make_shared<Clinician>(*this, user));
    }
    return limitAccess(store);
}

/// The first pool is everybody's, the second one sometimes a group's; few sessions now and then.
Result<void> World::limitAccess(Store& store)
{
    Random limiting(settings.seed ^ 0xacce'55ed'acce'55edULL);
    UserGroup group;
    group.id = UserGroupId("some");
    group.organisation = organisation;
    group.name = "some";
    std::vector<UserId> others;
    for (const auto& clinician : clinicians)
        (limiting.chance(0.5) ? group.members : others).push_back(clinician->user().id);
    if (auto added = store.insertUserGroup(group); !added)
        return added;
    for (const Pool& pool : pools) {
        Entitlement entitlement;
        if (&pool != &pools.front() && limiting.chance(0.5)) {
            entitlement.subject = SubjectKind::group;
            entitlement.group = group.id;
            for (const UserId& other : others)
                shutOut.emplace(pool.id, other);
        }
        if (auto entitled = store.replaceEntitlements(organisation, pool.id, { entitlement });
            !entitled)
            return entitled;
        if (!limiting.chance(0.2))
            continue;
        if (auto set = store.setPoolLimit(organisation, pool.id, limiting.between(1, 2)); !set)
            return set;
    }
    return limiting.chance(0.2) ? store.setUserLimit(organisation, 1) : Result<void>();
}

void World::makeHosts()
{
    for (const HostId& id : hostsOf(settings.seed)) {
        auto machine = std::make_unique<Machine>(id, scheduler, random, *observer, trace);
        machine->onBoot = [this](Life& life, const DomainSpec& spec) {
            const auto guest = std::make_shared<Guest>(*this, life, spec);
            guests[life.uuid] = guest;
            if ((!isHealing && random.chance(0.02)) || spec.image == brokenImage)
                guest->neverBoot();
            guest->boot();
        };
        machine->onHalt = [this](Life& life, bool) {
            const auto found = guests.find(life.uuid);
            if (found == guests.end())
                return;
            const auto guest = std::move(found->second);
            guests.erase(found);
            guest->halt();
        };
        machine->onFreeze = [this](Life& life) {
            if (const auto guest = guestOf(life.uuid))
                guest->freeze();
        };
        machine->onThaw = [this](Life& life) {
            if (const auto guest = guestOf(life.uuid))
                guest->thaw();
        };
        machine->onWake = [this](const DomainUuid& uuid, std::int64_t token) {
            const auto guest = guestOf(uuid);
            return !guest || guest->wake(token);
        };
        hosts.push_back(std::move(machine));
    }
    observer->isGone = [this](const HostId& id) {
        return std::any_of(hosts.begin(), hosts.end(),
            [&id](const auto& machine) { return machine->id == id && machine->isGone; });
    };
    observer->onWrittenOff = [this](const HostId& id) {
        after(0ms, [this, id] { // whoever writes it off has pulled its plug
            for (const auto& machine : hosts) {
                if (machine->id == id && !std::exchange(machine->isGone, true))
                    machine->losePower();
            }
        });
    };
    observer->isWell = [this](const HostId& id) {
        return isWell(*this, id) && scheduler.now() - allAwakeSince > timeToHear;
    };
    observer->mayCountAsDead = [this](const HostId& id) { return mayCountAsDead(*this, id); };
}

Life* World::at(const std::string& address)
{
    for (const auto& machine : hosts) {
        if (Life* life = machine->at(address))
            return life;
    }
    return nullptr;
}

Result<void> World::prepare()
{
    if (auto opened = openDatabase(); !opened)
        return opened;
    if (auto filled = fillDatabase(); !filled)
        return filled;
    observer = std::make_unique<Observer>(scheduler, trace, *database.store);
    for (const Pool& pool : pools)
        observer->timersAre(pool.id, pool.timers);
    observer->isEntitled = [this](const PoolId& pool, const UserId& user) {
        return !shutOut.contains({ pool, user });
    };
    makeHosts();
    for (std::size_t i = 0; i < brokers.size(); ++i)
        startBroker(i);
    for (const auto& clinician : clinicians)
        clinician->begin();
    return {};
}

void World::runUntil(Span time)
{
    while (!observer->violation() && scheduler.step(time)) { }
}

Span World::latency()
{
    return random.between(0ms, 4ms) + random.between(0ms, network.slowness);
}

std::shared_ptr<Guest> World::guestOf(const DomainUuid& uuid) const
{
    const auto found = guests.find(uuid);
    return found == guests.end() ? nullptr : found->second;
}

std::size_t World::anyBroker()
{
    return static_cast<std::size_t>(random.next() % brokers.size());
}

void World::startBroker(std::size_t index)
{
    if (brokers[index])
        return;
    trace.tell("broker", [&] { return "broker " + std::to_string(index) + " starts"; });
    observer->checkDurability();
    allAwakeSince = std::max(allAwakeSince, scheduler.now());
    brokers[index] = std::make_unique<BrokerProcess>(*this, index);
    brokers[index]->start();
}

void World::killBroker(std::size_t index, bool loud)
{
    if (!brokers[index])
        return;
    trace.tell("broker", [&] { return "broker " + std::to_string(index) + " dies"; });
    const auto heard = [this, loud] { return loud ? latency() : random.between(10s, 15s); };
    const std::unique_ptr<BrokerProcess> dead = std::move(brokers[index]);
    for (const Job& onDeath : dead->takeCalls())
        after(heard(), onDeath);
    for (const auto& link : dead->links)
        link->brokerDied(heard());
    if (dead->cluster) {
        for (const auto& link : dead->cluster->links)
            link->died(*dead, heard());
    }
}

}
