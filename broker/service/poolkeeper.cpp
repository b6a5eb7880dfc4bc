// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolkeeper.h"

#include "broker/service/addressrange.h"
#include "broker/service/log.h"
#include "broker/service/tiles.h"
#include "protocols/base/mutation.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds usualInterval { 30 }; // R5
constexpr std::chrono::seconds hostAwayInterval { 3 };
constexpr std::chrono::seconds soon { 2 };

std::string awayWords(const std::string& problem)
{
    return "the virtualisation host does not answer (" + problem + ")";
}

}

PoolKeeper::PoolKeeper(Shell& shell, Lane& hostLane, Hypervisor& host, AgentLinks& agents,
    EventHub& events, HostState& hostState, PoolKeeperSettings settings)
    : m_shell(shell)
    , m_hostLane(hostLane)
    , m_host(host)
    , m_agents(agents)
    , m_events(events)
    , m_hostState(hostState)
    , m_settings(std::move(settings))
{
}

void PoolKeeper::start()
{
    m_host.onChange([this] {
        std::ignore = m_shell.main.post(Urgency::usual, [this] {
            logEvent(LogLevel::info, "host.changed");
            tick();
        });
    });
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
    onStore(
        m_shell, Urgency::usual,
        [now = m_shell.clock.wall()](Store& store) -> Result<std::vector<Pool>> {
            std::ignore = store.purge(now); // a full disk is told by the health watch
            return store.listPools();
        },
        [this](const Result<std::vector<Pool>>& pools) {
            if (pools) {
                for (const Pool& pool : *pools)
                    wakeHere(pool.id);
            }
            onHost([](Hypervisor& host) { return host.probe(); },
                [this](const Result<std::string>& probed) {
                    m_ticking = false;
                    noteHost(probed);
                    m_tickTimer
                        = m_shell.timers.after(probed ? std::chrono::milliseconds(usualInterval)
                                                      : std::chrono::milliseconds(hostAwayInterval),
                            [this] { tick(); });
                });
        });
    reportUnknown();
}

void PoolKeeper::noteHost(const Result<std::string>& probed)
{
    m_hostState.known = true;
    if (!probed) {
        noteHostProblem(probed.error().detail);
        return;
    }
    m_hostState.description = *probed;
    if (!m_hostState.problem.empty()) {
        noteHostProblem({});
        m_tickAgain = true; // what could not be done meanwhile is done now
    }
}

void PoolKeeper::noteHostProblem(const std::string& problem)
{
    if (m_hostState.problem == problem)
        return;
    if (problem.empty())
        logEvent(LogLevel::info, "host.back", { { "host", m_hostState.description } });
    else
        logEvent(LogLevel::alarm, "host.away", { { "why", problem } });
    m_hostState.problem = problem;
}

void PoolKeeper::reportUnknown()
{
    onStore(
        m_shell, Urgency::usual, [](Store& store) { return store.listPools(); },
        [this](Result<std::vector<Pool>> pools) {
            if (!pools)
                return;
            onHost([](Hypervisor& host) { return host.list(); },
                [this, pools = std::move(*pools)](
                    const Result<std::vector<ObservedDomain>>& domains) {
                    if (!domains)
                        return;
                    for (const Action& action : reportUnknownPools(pools, *domains)) {
                        if (const auto* unknown = std::get_if<ReportUnknown>(&action))
                            alarmOnce(*unknown);
                    }
                });
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
