// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/database.h"
#include "tests/simulation/host.h"

#include <memory>
#include <string>
#include <vector>

#include <set>

namespace wardesk::broker::simulation {

class BrokerProcess;
class Clinician;
class Guest;

/// What is wrong with the network between brokers and everybody else.
struct Network
{
    double losing = 0; ///< share of requests, and of answers, that never arrive
    double doubling = 0; ///< share of connect requests that arrive a second time, perhaps late
    Span slowness { 0 };
};

struct WorldSettings
{
    std::uint64_t seed = 1;
    bool isTold = false;
    int brokers = 0; ///< 0: the seed decides
    bool onSqlite = false;
    Span trouble = std::chrono::minutes(20); ///< the phase with faults
    /// At most, until all must be well again. A repeated request may come nine minutes late, is
    /// given up after five, and what was made for it is kept for ten.
    Span healing = std::chrono::minutes(25);
    std::vector<bool> faults; ///< which of the planned ones happen; all beyond its end do
};

/// One simulated hospital. One thread; everything in it follows from the seed.
class World
{
public:
    explicit World(const WorldSettings& theSettings);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Builds the hospital and its brokers.
    [[nodiscard]] Result<void> prepare();
    /// Until that time, or until something is wrong.
    void runUntil(Span time);

    void after(Span delay, Job job) { scheduler.after(delay, nature, std::move(job)); }
    [[nodiscard]] Span latency();
    [[nodiscard]] std::shared_ptr<Guest> guestOf(const DomainUuid& uuid) const;
    /// What answers at this address, on whichever host; null: nothing.
    [[nodiscard]] Life* at(const std::string& address);
    [[nodiscard]] bool hasHostRows() const { return hosts.size() > 1; }
    /// A living broker to speak to, or the index of a dead one if chance will have it so.
    [[nodiscard]] std::size_t anyBroker();

    void startBroker(std::size_t index);
    /// `loud`: its peers learn of it at once, otherwise only by their own time-outs.
    void killBroker(std::size_t index, bool loud);

    const WorldSettings settings;
    Random random;
    Scheduler scheduler;
    Trace trace;
    Database database;
    const bool isGrouped; ///< the brokers commit in groups
    std::unique_ptr<Observer> observer;
    std::vector<std::unique_ptr<Machine>> hosts; ///< one without a row, or several
    Network network;
    std::vector<std::unique_ptr<BrokerProcess>> brokers; ///< null while it is dead
    std::map<DomainUuid, std::shared_ptr<Guest>> guests; ///< of the domains that run
    std::vector<std::shared_ptr<Clinician>> clinicians;
    std::vector<Pool> pools;
    std::set<std::pair<PoolId, UserId>> shutOut; ///< who is not entitled to which
    std::map<PoolId, std::int64_t> sparesAtRest; ///< when nobody uses or expects anything
    std::map<PoolId, std::int64_t> mostAtRest; ///< desktops in all
    OrganisationId organisation { "org" };
    bool isHealing = false;
    Span allAwakeSince { 0 }; ///< since then no broker has slept or begun
    /// Of who leaves a session alone: of their own, as those of faults are.
    Random idleness { settings.seed ^ 0x1d1e'1d1e'1d1e'1d1eULL };
    /// As an administrator does it.
    void maintain(const PoolId& pool, bool on);

private:
    std::string m_folder; ///< of SQLite's files
    [[nodiscard]] Result<void> openDatabase();
    void makeTimed(Pool& pool, Random& timed);
    static void makeElastic(Pool& pool, Random& elastic);
    [[nodiscard]] Result<void> planElastic(
        Store& store, const Pool& pool, Random& elastic, WallTime now);
    [[nodiscard]] Result<void> fillDatabase();
    [[nodiscard]] Result<void> limitAccess(Store& store);
    void makeHosts();
};

}
