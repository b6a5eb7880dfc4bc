// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolkeeper.h"

#include "broker/service/addressrange.h"
#include "broker/service/hostadministration.h"
#include "broker/service/log.h"
#include "broker/service/tiles.h"
#include "protocols/base/mutation.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds usualInterval { 30 }; // R5
constexpr std::chrono::seconds soon { 2 };

std::string awayWords(const std::string& problem)
{
    return "no virtualisation host answers (" + problem + ")";
}

}

PoolKeeper::PoolKeeper(Shell& shell, Hosts& hosts, AgentLinks& agents, EventHub& events,
    const HostState& hostState, PoolKeeperSettings settings)
    : m_shell(shell)
    , m_hosts(hosts)
    , m_agents(agents)
    , m_events(events)
    , m_hostState(hostState)
    , m_settings(std::move(settings))
{
}

void PoolKeeper::start()
{
    m_hosts.start([this] { tick(); });
    tick();
}

void PoolKeeper::tick()
{
    if (m_ticking) {
        m_tickAgain = true; // what is told now may have happened after this look
        return;
    }
    m_ticking = true;
    m_tickAgain = false;
    m_shell.timers.cancel(m_tickTimer);
    struct Rows
    {
        std::vector<Pool> pools;
        std::vector<Host> hosts;
    };
    onStore(
        m_shell, Urgency::usual,
        [now = m_shell.clock.wall(), organisation = m_shell.organisation](
            Store& store) -> Result<Rows> {
            std::ignore = store.purge(now); // a full disk is told by the health watch
            auto pools = store.listPools();
            if (!pools)
                return tl::unexpected(pools.error());
            auto hosts = store.listHosts();
            if (!hosts)
                return tl::unexpected(hosts.error());
            finishDrains(store, organisation, *hosts, now);
            return Rows { std::move(*pools), std::move(*hosts) };
        },
        [this](const Result<Rows>& rows) {
            m_ticking = false;
            m_shell.timers.cancel(m_tickTimer);
            m_tickTimer
                = m_shell.timers.after(m_tickAgain ? std::chrono::milliseconds(0)
                                                   : std::chrono::milliseconds(usualInterval),
                    [this] { tick(); });
            if (!rows)
                return;
            m_hosts.sync(rows->hosts);
            for (const Pool& pool : rows->pools)
                wakeHere(pool.id);
            reportUnknown(rows->pools);
        });
}

void PoolKeeper::reportUnknown(const std::vector<Pool>& pools)
{
    m_hosts.look(Hosts::Patience::brief, [this, pools](const HostsSeen& seen) {
        for (const Action& action : reportUnknownPools(pools, seen.domains)) {
            if (const auto* unknown = std::get_if<ReportUnknown>(&action))
                alarmOnce(*unknown);
        }
    });
}

void PoolKeeper::alarmOnce(const ReportUnknown& unknown)
{
    if (m_reported.insert(unknown.uuid).second)
        logEvent(LogLevel::alarm, "domain.unknown",
            { { "domain", unknown.uuid.value() }, { "what", unknown.text } });
}

bool PoolKeeper::isOurs(const PoolId& pool) const
{
    return m_claims == nullptr || m_claims->find(pool) != nullptr;
}

void PoolKeeper::wake(const PoolId& pool)
{
    if (isOurs(pool))
        wakeHere(pool);
    else if (m_relay != nullptr)
        m_relay->wake(pool);
}

void PoolKeeper::wakeHere(const PoolId& pool)
{
    if (!isOurs(pool))
        return; // whoever takes it begins with a round
    PoolState& state = m_pools[pool];
    if (state.running && !WARDESK_MUTATED(twoReconcilers)) {
        state.again = true;
        return;
    }
    state.running = true;
    run(pool);
}

void PoolKeeper::wakeLater(const PoolId& pool)
{
    PoolState& state = m_pools[pool];
    if (state.timed)
        return;
    state.timed = true;
    m_shell.timers.after(soon, [this, pool] {
        m_pools[pool].timed = false;
        wakeHere(pool);
    });
}

void PoolKeeper::userWaits(const PoolId& pool, const UserId& user)
{
    userWaitsHere(pool, user);
    if (m_relay != nullptr && !isOurs(pool))
        m_relay->userWaits(pool, user);
}

void PoolKeeper::userWaitsHere(const PoolId& pool, const UserId& user)
{
    const MonotonicTime now = m_shell.clock.monotonic();
    const std::int64_t before = m_waiting.count(pool, now);
    m_waiting.add(pool, user, now);
    if (m_waiting.count(pool, now) != before)
        wakeHere(pool);
}

void PoolKeeper::userServed(const PoolId& pool, const UserId& user)
{
    userServedHere(pool, user);
    // The holder may count this user from a time when the work was here.
    if (m_relay != nullptr)
        m_relay->userServed(pool, user);
}

void PoolKeeper::userServedHere(const PoolId& pool, const UserId& user)
{
    m_waiting.remove(pool, user);
}

void PoolKeeper::noteMessage(const PoolId& pool, const std::string& message)
{
    m_elsewhere[pool] = message;
}

void PoolKeeper::forgetBasis(const PoolId& pool)
{
    const auto found = m_pools.find(pool);
    if (found == m_pools.end())
        return;
    found->second.basis.reset();
    ++found->second.forgotten;
}

std::string PoolKeeper::messageOf(const PoolId& pool) const
{
    if (!isOurs(pool)) {
        const auto told = m_elsewhere.find(pool);
        return told == m_elsewhere.end() ? std::string() : told->second;
    }
    if (!m_hostState.problem.empty())
        return awayWords(m_hostState.problem);
    const auto found = m_pools.find(pool);
    if (found == m_pools.end())
        return {};
    return found->second.message.empty() ? found->second.preparing : found->second.message;
}

std::string PoolKeeper::refusal() const
{
    const auto refused = m_adoption->refusal();
    return refused ? refused->detail : std::string();
}

std::map<PoolId, std::string> PoolKeeper::messages() const
{
    std::map<PoolId, std::string> told;
    for (const auto& [pool, state] : m_pools) {
        if (!state.message.empty() && isOurs(pool))
            told[pool] = state.message;
    }
    return told;
}

}
