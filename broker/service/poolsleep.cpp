// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Spares that are saved to their host's disk and resumed when they are wanted.
#include "broker/service/log.h"
#include "broker/service/poolround.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// What has failed is tried again after a while, not with every desktop that becomes ready.
constexpr std::chrono::minutes suspendPause { 5 };
/// Most likely all of them are like that, until the image is built anew.
constexpr std::chrono::minutes slowResumePause { 10 };
constexpr std::size_t mostResumed = 4096;

/// Nobody knows what has become of the call: it is made again.
bool isUncertain(const Error& error)
{
    return error.code == Errc::timeout || error.code == Errc::unavailable
        || error.code == Errc::preparing || error.code == Errc::overloaded;
}

void logSleep(const char* what, const Desktop& desktop, const Result<void>& result)
{
    logEvent(result ? LogLevel::info : LogLevel::warning, what,
        { { "desktop", desktop.name },
            { "incarnation", std::to_string(desktop.incarnation.number.value()) },
            { "outcome", result ? "done" : result.error().detail } });
}

}

void PoolKeeper::act(const RoundPtr& round, const BeginSuspending& action)
{
    onPoolStore(
        round,
        [action, now = m_shell.clock.wall()](Store& store) {
            return store.beginSuspending(action.desktop, action.incarnation, now);
        },
        [this, round, action](const Result<void>& begun) {
            if (!begun && begun.error().code == Errc::conflict) {
                step(round); // somebody has been given it meanwhile
                return;
            }
            if (begun)
                m_agents.drop(
                    action.desktop, action.incarnation, "the desktop is saved to the disk");
            done(round, "desktop.suspend", begun);
        });
}

void PoolKeeper::act(const RoundPtr& round, const SuspendDomain& action)
{
    const Desktop& desktop = round->row(action.desktop).desktop;
    onPoolHost(
        round, desktop.host,
        [uuid = desktop.incarnation.domain](Hypervisor& host) { return host.suspend(uuid); },
        [this, round, desktop](const Result<void>& saved) { suspended(round, desktop, saved); });
}

void PoolKeeper::suspended(const RoundPtr& round, const Desktop& desktop, const Result<void>& saved)
{
    if (!saved && round->claim && saved.error().code == Errc::stale) {
        abandon(round);
        return;
    }
    logSleep("desktop.suspend", desktop, saved);
    const Incarnation number = desktop.incarnation.number;
    if (!saved && isUncertain(saved.error())) {
        round->failed = true;
        step(round);
        return;
    }
    if (saved) {
        round->noteState(desktop.incarnation.domain, DomainState::suspended);
        m_agents.drop(desktop.id, number, "the desktop is saved to the disk");
    } else {
        pauseSuspending(round, saved.error().detail, suspendPause);
    }
    onPoolStore(
        round,
        [id = desktop.id, number, saved, now = m_shell.clock.wall()](Store& store) {
            // It goes on running: but it may have stood still for a while, so its clock is set and
            // its agent proves readiness like that of one which was resumed.
            return saved ? store.recordSuspended(id, number, now)
                         : store.beginResuming(id, number, saved.error().detail, now);
        },
        [this, round](const Result<void>& recorded) { done(round, "desktop.suspend", recorded); });
}

void PoolKeeper::pauseSuspending(
    const RoundPtr& round, const std::string& why, std::chrono::minutes pause)
{
    PoolState& state = m_pools[round->view.pool.id];
    state.suspendProblem = why;
    state.suspendAgainAt = m_shell.clock.monotonic() + pause;
}

std::map<PoolId, std::string> PoolKeeper::suspendProblems() const
{
    std::map<PoolId, std::string> problems;
    for (const auto& [pool, state] : m_pools) {
        if (!state.suspendProblem.empty() && m_shell.clock.monotonic() < state.suspendAgainAt)
            problems.emplace(pool, state.suspendProblem);
    }
    return problems;
}

void PoolKeeper::noteSlowResume(const RoundPtr& round, const BeginEnding& action)
{
    const Desktop& desktop = round->row(action.desktop).desktop;
    const IncarnationFacts& facts = desktop.incarnation;
    if (action.reason != EndReason::failedToStart || !facts.suspendingAt || !facts.resumingAt)
        return;
    const std::string why = desktop.name
        + " was resumed and did not get ready in time; is its image built with an agent of this "
          "version?";
    logEvent(LogLevel::warning, "desktop.resume", { { "desktop", desktop.name }, { "why", why } });
    pauseSuspending(round, why, slowResumePause);
}

void PoolKeeper::act(const RoundPtr& round, const BeginResuming& action)
{
    onPoolStore(
        round,
        [action, why = round->view.suspendProblem, now = m_shell.clock.wall()](Store& store) {
            return store.beginResuming(action.desktop, action.incarnation, why, now);
        },
        [this, round](const Result<void>& begun) { done(round, "desktop.resume", begun); });
}

void PoolKeeper::act(const RoundPtr& round, const ResumeDomain& action)
{
    const Desktop& desktop = round->row(action.desktop).desktop;
    const DomainUuid& uuid = desktop.incarnation.domain;
    const WallTime token = desktop.incarnation.resumingAt.value();
    const auto told = m_resumed.find(uuid);
    const auto seen = std::ranges::find(*round->view.domains, uuid, &ObservedDomain::uuid);
    if (told != m_resumed.end() && told->second == token && seen != round->view.domains->end()
        && seen->state == DomainState::running) {
        // Its agent is waited for. Nothing was done with it, so the round does not go on for it:
        // the next plan would ask for the same once more, and the round would never end.
        round->touched.erase(action.desktop);
        step(round);
        return;
    }
    onPoolHost(
        round, desktop.host,
        [uuid, token = token.time_since_epoch().count()](
            Hypervisor& host) { return host.resume(uuid, token); },
        [this, round, desktop](const Result<void>& runs) { resumed(round, desktop, runs); });
}

void PoolKeeper::resumed(const RoundPtr& round, const Desktop& desktop, const Result<void>& runs)
{
    if (!runs && round->claim && runs.error().code == Errc::stale) {
        abandon(round);
        return;
    }
    logSleep("desktop.resume", desktop, runs);
    const DomainUuid& uuid = desktop.incarnation.domain;
    if (runs) {
        round->noteState(uuid, DomainState::running);
        // Some are of desktops that others have ended; who is told twice takes no harm.
        if (m_resumed.size() >= mostResumed)
            m_resumed.clear();
        m_resumed[uuid] = desktop.incarnation.resumingAt.value();
        done(round, "desktop.resume", runs);
        return;
    }
    if (isUncertain(runs.error())) {
        round->failed = true;
        step(round);
        return;
    }
    pauseSuspending(round, "one could not be resumed: " + runs.error().detail, suspendPause);
    onPoolStore(
        round,
        [id = desktop.id, number = desktop.incarnation.number,
            why = "it could not be resumed: " + runs.error().detail, now = m_shell.clock.wall()](
            Store& store) { return store.recordResumeFailure(id, number, why, now); },
        [this, round](const Result<void>& recorded) { done(round, "desktop.resume", recorded); });
}

}
