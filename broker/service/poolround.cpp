// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolround.h"

#include "broker/service/addressrange.h"
#include "broker/service/log.h"
#include "broker/service/tiles.h"

namespace wardesk::broker {

void PoolKeeper::run(const PoolId& pool)
{
    onStore(
        m_shell, Urgency::usual,
        [pool, first = m_settings.firstAddress, last = m_settings.lastAddress](
            Store& store) -> Result<std::optional<PoolView>> {
            const auto pools = store.listPools();
            if (!pools)
                return tl::unexpected(pools.error());
            const auto all = store.listDesktops();
            if (!all)
                return tl::unexpected(all.error());
            for (const Pool& candidate : *pools) {
                if (candidate.id != pool)
                    continue;
                PoolView view;
                view.pool = candidate;
                view.addressesLeft = countAddresses(first, last);
                for (const DesktopRow& row : *all) {
                    if (contains(first, last, row.desktop.address))
                        --view.addressesLeft;
                    if (row.desktop.pool == pool)
                        view.desktops.push_back(row);
                }
                return std::optional(std::move(view));
            }
            return std::optional<PoolView>();
        },
        [this, pool](Result<std::optional<PoolView>> view) {
            if (view && !*view) { // deleted
                m_pools.erase(pool);
                return;
            }
            auto round = std::make_shared<Round>();
            if (!view) {
                round->view.pool.id = pool;
                round->failed = true;
                finish(round);
                return;
            }
            round->view = std::move(**view);
            round->view.waiting = m_waiting.count(pool, m_shell.clock.monotonic());
            // The rows first, then the host: a domain that was started in between is no surprise,
            // while a row without its domain would look like a desktop that was lost.
            onHost([](Hypervisor& host) { return host.list(); },
                [this, round](Result<std::vector<ObservedDomain>> domains) {
                    plan(round, std::move(domains));
                });
        });
}

void PoolKeeper::plan(const RoundPtr& round, Result<std::vector<ObservedDomain>> domains)
{
    if (domains) {
        round->view.domains = std::move(*domains);
        noteHostProblem({});
    } else {
        noteHostProblem(domains.error().detail);
        // tick() looks again every few seconds until the host is back.
        m_shell.timers.cancel(m_tickTimer);
        m_tickTimer = m_shell.timers.after(std::chrono::seconds(3), [this] { tick(); });
    }
    Plan made = reconcile(round->view, m_shell.clock.wall(), m_settings.limits);
    PoolState& state = m_pools[round->view.pool.id];
    if (state.message != made.message && !made.message.empty())
        logEvent(LogLevel::warning, "pool.message",
            { { "pool", round->view.pool.name }, { "message", made.message } });
    state.message = std::move(made.message);
    round->actions = std::move(made.actions);
    step(round);
}

void PoolKeeper::step(const RoundPtr& round)
{
    if (round->next >= round->actions.size()) {
        finish(round);
        return;
    }
    const Action action = round->actions[round->next++];
    std::visit([this, &round](const auto& known) { act(round, known); }, action);
}

void PoolKeeper::done(const RoundPtr& round, const char* what, const Result<void>& result)
{
    if (!result) {
        round->failed = true;
        logEvent(LogLevel::warning, what,
            { { "pool", round->view.pool.name },
                { "outcome", std::string(wireCode(result.error().code)) },
                { "why", result.error().detail } });
    } else {
        round->acted = true;
    }
    step(round);
}

void PoolKeeper::finish(const RoundPtr& round)
{
    const PoolId pool = round->view.pool.id;
    PoolState& state = m_pools[pool];
    state.running = false;
    const bool acted = round->acted && !round->failed;
    if (round->acted)
        m_events.desktopsChanged(round->view.pool.organisation);
    // What failed is tried again after a pause, never in a tight loop.
    if (state.again || acted) {
        state.again = false;
        wake(pool);
    } else if (round->failed || countDesktops(round->view.desktops).preparing > 0
        || round->view.waiting > 0) {
        wakeLater(pool);
    }
}

}
