// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/membership.h"

#include "broker/service/log.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// A broker that is away for longer is no longer told to agents as somebody to go to.
constexpr std::chrono::hours knownFor { 24 };
constexpr std::chrono::milliseconds afterProblem { 500 };

}

struct Membership::Beat
{
    BrokerRecord self;
    WallTime databaseTime {};
    MonotonicTime asked {}; ///< for the time
    MonotonicTime answered {};
    MonotonicTime claimed {}; ///< just before the claims were renewed: they last at least from here
    std::vector<BrokerRecord> alive;
    std::vector<BrokerRecord> known;
    std::vector<Fence> claims;
};

Membership::Membership(Shell& shell, Lane& lane, Store& store, DatabaseClock& clock,
    BrokerRecord self, MembershipTimes times)
    : m_shell(shell)
    , m_lane(lane)
    , m_store(store)
    , m_clock(clock)
    , m_self(std::move(self))
    , m_times(times)
{
}

Membership::~Membership() = default;

template <typename Job, typename Finish> void Membership::onLane(Job job, Finish finish)
{
    Store& store = m_store;
    detail::runOn(
        m_shell, m_lane, Urgency::first,
        [&store, job = std::move(job)]() mutable { return job(store); }, std::move(finish));
}

void Membership::start()
{
    look();
}

Result<Membership::Beat> Membership::beat(
    Store& store, BrokerRecord self, const MembershipTimes& times, const Clock& clock)
{
    Beat beat;
    beat.self = std::move(self);
    if (beat.self.epoch == Epoch()) {
        auto registered = store.registerBroker(beat.self);
        if (!registered)
            return tl::unexpected(registered.error());
        beat.self = std::move(*registered);
    }
    beat.asked = clock.monotonic();
    const auto now = store.heartbeat(beat.self.id, beat.self.epoch);
    beat.answered = clock.monotonic();
    if (!now)
        return tl::unexpected(now.error());
    beat.databaseTime = *now;
    beat.claimed = clock.monotonic();
    auto claims = store.claimPools(beat.self.id, beat.self.epoch, times.claimLife);
    if (!claims)
        return tl::unexpected(claims.error());
    beat.claims = std::move(*claims);
    auto alive = store.listBrokers(times.claimLife);
    if (!alive)
        return tl::unexpected(alive.error());
    beat.alive = std::move(*alive);
    auto known = store.listBrokers(knownFor);
    if (!known)
        return tl::unexpected(known.error());
    beat.known = std::move(*known);
    return beat;
}

void Membership::look()
{
    if (m_leaving)
        return;
    if (m_looking) {
        m_lookAgain = true;
        return;
    }
    m_looking = true;
    m_lookAgain = false;
    m_shell.timers.cancel(m_timer);
    const MonotonicTime begun = m_shell.clock.monotonic();
    onLane([self = m_self, times = m_times, &clock = m_shell.clock](
               Store& store) { return beat(store, self, times, clock); },
        [this, begun](const Result<Beat>& beat) {
            m_looking = false;
            if (m_leaving)
                return;
            if (beat) {
                learn(*beat);
                const MonotonicTime now = m_shell.clock.monotonic();
                const auto every = now < m_hurryUntil ? m_times.beatInHurry : m_times.beat;
                again(m_lookAgain ? std::chrono::milliseconds(0) : every - (now - begun));
                return;
            }
            const Error& error = beat.error();
            if (error.code == Errc::stale) {
                // Two processes with one name, or a record that was removed by hand: whoever
                // registered last is the one, and the other must be seen to have lost.
                loseAll("this broker's registration was replaced");
                logEvent(LogLevel::alarm, "broker.replaced", { { "broker", m_self.name } });
                m_self.epoch = Epoch();
                again(m_times.pauseWhenReplaced);
                return;
            }
            if (m_problem != error.detail)
                logEvent(LogLevel::alarm, "broker.noBeat", { { "why", error.detail } });
            m_problem = error.detail;
            again(afterProblem); // what is held ends by itself if this goes on
        });
}

void Membership::again(std::chrono::milliseconds pause)
{
    m_timer
        = m_shell.timers.after(std::max(pause, std::chrono::milliseconds(0)), [this] { look(); });
}

void Membership::learn(const Beat& beat)
{
    if (!m_problem.empty())
        logEvent(LogLevel::info, "broker.beats");
    m_problem.clear();
    if (m_self.epoch != beat.self.epoch)
        logEvent(LogLevel::info, "broker.registered",
            { { "broker", m_self.name }, { "epoch", std::to_string(beat.self.epoch.value()) } });
    m_self = beat.self;
    m_clock.learn(beat.databaseTime, beat.asked, beat.answered);
    std::set<BrokerId> alive { m_self.id };
    for (const BrokerRecord& broker : beat.alive)
        alive.insert(broker.id);
    const auto differ = [](const BrokerRecord& a, const BrokerRecord& b) {
        return a.id != b.id || a.epoch != b.epoch;
    };
    const bool changed = alive != m_alive
        || !std::equal(beat.known.begin(), beat.known.end(), m_known.begin(), m_known.end(),
            [&](const auto& a, const auto& b) { return !differ(a, b); });
    for (const BrokerId& id : m_alive) {
        if (!alive.contains(id))
            logEvent(LogLevel::alarm, "broker.away", { { "broker", id.value() } });
    }
    for (const BrokerId& id : alive) {
        if (!m_alive.contains(id) && id != m_self.id)
            logEvent(LogLevel::info, "broker.there", { { "broker", id.value() } });
    }
    m_alive = std::move(alive);
    m_known = beat.known;
    learnClaims(beat);
    if (changed && onBrokers)
        onBrokers();
}

void Membership::learnClaims(const Beat& beat)
{
    const MonotonicTime until = beat.claimed + m_times.claimLife;
    std::map<PoolId, std::shared_ptr<PoolClaim>> before = std::move(m_claims);
    m_claims.clear();
    std::vector<PoolId> taken;
    for (const Fence& fence : beat.claims) {
        const auto found = before.find(fence.pool);
        if (found != before.end() && found->second->fence() == fence) {
            found->second->renew(until);
            m_claims[fence.pool] = found->second;
            before.erase(found);
            continue;
        }
        m_claims[fence.pool] = std::make_shared<PoolClaim>(fence, until);
        taken.push_back(fence.pool);
        logEvent(LogLevel::info, "pool.taken",
            { { "pool", fence.pool.value() }, { "epoch", std::to_string(fence.epoch.value()) } });
    }
    for (const auto& [pool, claim] : before) {
        claim->end();
        if (m_claims.contains(pool))
            continue; // lost and taken again meanwhile: the round of the old claim ends
        logEvent(LogLevel::info, "pool.lost", { { "pool", pool.value() } });
        if (onLost)
            onLost(pool);
    }
    for (const PoolId& pool : taken) {
        if (onTaken)
            onTaken(pool);
    }
}

void Membership::loseAll(const char* why)
{
    const auto claims = std::move(m_claims);
    m_claims.clear();
    for (const auto& [pool, claim] : claims) {
        claim->end();
        logEvent(LogLevel::warning, "pool.lost", { { "pool", pool.value() }, { "why", why } });
        if (onLost)
            onLost(pool);
    }
}

void Membership::hurry()
{
    m_hurryUntil = m_shell.clock.monotonic() + m_times.hurry;
    look();
}

void Membership::leave(std::function<void()> done)
{
    m_leaving = true;
    m_shell.timers.cancel(m_timer);
    loseAll("this broker is stopping");
    onLane(
        [self = m_self](Store& store) -> Result<void> {
            if (self.epoch == Epoch())
                return {};
            std::ignore = store.releasePools(self.id);
            return store.unregisterBroker(self.id, self.epoch);
        },
        [done = std::move(done)](const Result<void>&) { done(); });
}

PoolClaimPtr Membership::find(const PoolId& pool) const
{
    const auto found = m_claims.find(pool);
    if (found == m_claims.end() || !found->second->holds(m_shell.clock.monotonic()))
        return nullptr;
    return found->second;
}

std::vector<PoolId> Membership::held() const
{
    std::vector<PoolId> pools;
    for (const auto& [pool, claim] : m_claims) {
        if (claim->holds(m_shell.clock.monotonic()))
            pools.push_back(pool);
    }
    return pools;
}

void Membership::find(const BrokerId& broker, Epoch epoch, Done<BrokerRecord> done)
{
    const auto among = [broker, epoch](const std::vector<BrokerRecord>& records) {
        return std::find_if(records.begin(), records.end(),
            [&](const BrokerRecord& r) { return r.id == broker && r.epoch == epoch; });
    };
    const auto found = among(m_known);
    if (found != m_known.end()) {
        done(*found);
        return;
    }
    onLane(
        [among, life = m_times.claimLife](Store& store) -> Result<BrokerRecord> {
            const auto records = store.listBrokers(life);
            if (!records)
                return tl::unexpected(records.error());
            const auto there = among(*records);
            if (there == records->end())
                return failure(Errc::unauthenticated, "There is no such broker.");
            return *there;
        },
        std::move(done));
}

}
