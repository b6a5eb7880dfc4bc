// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolround.h"

#include "broker/domain/seats.h"
#include "broker/pool/adopt.h"
#include "broker/service/addressrange.h"
#include "broker/service/log.h"
#include "broker/service/tiles.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

template <typename T, typename... Others>
constexpr bool isOneOf = (std::is_same_v<T, Others> || ...);

/// The desktop that an action is about, if it is about one.
const DesktopId* subjectOf(const Action& action)
{
    return std::visit(
        [](const auto& known) -> const DesktopId* {
            if constexpr (requires { known.desktop; })
                return &known.desktop;
            else
                return nullptr;
        },
        action);
}

/// R11: rows of a database that is older than what runs, or is being set right, are no ground for
/// anything.
Result<void> checkRows(Store& store, Epoch seen)
{
    const auto adoption = store.findAdoption();
    if (!adoption)
        return tl::unexpected(adoption.error());
    if (*adoption)
        return failure(Errc::overloaded, "the database is being set right");
    const auto epoch = store.currentEpoch();
    if (!epoch)
        return tl::unexpected(epoch.error());
    if (*epoch < seen || store.hasGoneBack())
        return failure(Errc::unavailable, "the database has gone back");
    return {};
}

}

Result<std::int64_t> addressesLeft(
    Store& store, const Pool& pool, std::int64_t desktops, const PoolKeeperSettings& settings)
{
    const std::string& first = settings.firstAddress;
    const std::string& last = settings.lastAddress;
    const std::int64_t all = countAddresses(first, last);
    if (all - desktops >= pool.max)
        return all - desktops; // or more: some may have an address of an earlier range
    const auto addresses = store.listAddresses();
    if (!addresses)
        return tl::unexpected(addresses.error());
    return all - std::count_if(addresses->begin(), addresses->end(), [&](const std::string& one) {
        return contains(first, last, one);
    });
}

void PoolKeeper::Round::noteDestroyed(const DomainUuid& uuid)
{
    std::erase_if(
        *view.domains, [&uuid](const ObservedDomain& domain) { return domain.uuid == uuid; });
}

void PoolKeeper::Round::noteStarted(const DomainSpec& spec, const HostId& on)
{
    noteDestroyed(spec.uuid);
    view.domains->push_back({ .uuid = spec.uuid,
        .name = spec.name,
        .state = DomainState::running,
        .desktop = spec.desktop,
        .pool = spec.pool,
        .incarnation = spec.incarnation,
        .epoch = spec.epoch,
        .host = on });
}

void PoolKeeper::Round::noteState(const DomainUuid& uuid, DomainState state)
{
    for (ObservedDomain& domain : *view.domains) {
        if (domain.uuid == uuid)
            domain.state = state;
    }
}

const DesktopRow& PoolKeeper::Round::row(const DesktopId& id) const
{
    const auto found = std::ranges::find(
        view.desktops, id, [](const DesktopRow& row) { return row.desktop.id; });
    return view.desktops.at(static_cast<std::size_t>(found - view.desktops.begin()));
}

const DesktopRow& PoolKeeper::Round::row(const LeaseId& lease) const
{
    const auto found = std::ranges::find_if(
        view.desktops, [&lease](const DesktopRow& row) { return has(row, lease); });
    return view.desktops.at(static_cast<std::size_t>(found - view.desktops.begin()));
}

const Lease& PoolKeeper::Round::lease(const LeaseId& id) const
{
    const std::vector<const Lease*> leases = leasesOf(row(id));
    return **std::ranges::find_if(leases, [&id](const Lease* one) { return one->id == id; });
}

bool PoolKeeper::Round::has(const DesktopRow& row, const LeaseId& lease)
{
    return std::ranges::any_of(
        leasesOf(row), [&lease](const Lease* one) { return one->id == lease; });
}

bool PoolKeeper::Round::carriesOn(const Action& action) const
{
    return std::visit(
        [this](const auto& known) {
            using Known = std::decay_t<decltype(known)>;
            constexpr bool isNextStep = isOneOf<Known, DestroyDomain, BeginIncarnation, StartDomain,
                RemoveDesktop, SuspendDomain, ResumeDomain>;
            if constexpr (isNextStep)
                return touched.contains(known.desktop);
            else // what a rollout's step is decided from would be gone by the next look
                return isOneOf<Known, ChangeRollout>;
        },
        action);
}

std::optional<Fence> PoolKeeper::fenceOf(const RoundPtr& round)
{
    return round->claim ? std::optional(round->claim->fence()) : std::nullopt;
}

PoolClaimPtr PoolKeeper::claimOf(const RoundPtr& round)
{
    return round->claim;
}

bool PoolKeeper::isLost(const RoundPtr& round) const
{
    return round->isLost || (round->claim && !round->claim->holds(m_shell.clock.monotonic()));
}

void PoolKeeper::abandon(const RoundPtr& round)
{
    if (round->whole) {
        round->whole->isLost = true;
        finishPart(round);
        return;
    }
    const PoolId pool = round->view.pool.id;
    logEvent(LogLevel::warning, "pool.abandoned",
        { { "pool", pool.value() }, { "why", "another broker does its work now" } });
    PoolState& state = m_pools[pool];
    state.running = false;
    state.again = false;
    state.message.clear();
    wakeHere(pool); // it may be ours again, by a new claim
}

void PoolKeeper::release()
{
    m_held = false;
    for (auto& [pool, state] : m_pools) {
        if (state.again && !state.running)
            wake(pool);
    }
    tick();
}

void PoolKeeper::run(const PoolId& pool)
{
    if (m_held) {
        m_pools[pool].running = false;
        m_pools[pool].again = true;
        return;
    }
    struct Read
    {
        PoolView view;
        ReadBasisPtr basis;
        SiteLoad load;
        std::vector<Host> hosts;
    };
    const PoolClaimPtr claim = m_claims != nullptr ? m_claims->find(pool) : nullptr;
    onStore(
        m_shell, Urgency::usual,
        [pool, settings = m_settings, seen = m_adoption->seen(), before = m_pools[pool].basis,
            now = m_shell.clock.wall()](Store& store) -> Result<std::optional<Read>> {
            if (const auto good = checkRows(store, seen); !good)
                return tl::unexpected(good.error());
            const auto pools = store.listPools();
            if (!pools)
                return tl::unexpected(pools.error());
            for (const Pool& candidate : *pools) {
                if (candidate.id != pool)
                    continue;
                const auto basis = readBasis(store, candidate, settings.limits, now, before);
                if (!basis)
                    return tl::unexpected(basis.error());
                auto rollout = store.findOpenRollout(pool);
                if (!rollout)
                    return tl::unexpected(rollout.error());
                auto rows = store.listDesktops(pool);
                if (!rows)
                    return tl::unexpected(rows.error());
                const auto load = store.siteLoad(pool);
                if (!load)
                    return tl::unexpected(load.error());
                const auto left = addressesLeft(store, candidate, load->desktops, settings);
                if (!left)
                    return tl::unexpected(left.error());
                Read read;
                PoolView& view = read.view;
                view.pool = candidate;
                view.desktops = std::move(*rows);
                view.addressesLeft = *left;
                view.rollout = std::move(*rollout);
                for (const auto& [host, one] : load->hosts)
                    view.bootingElsewhere[host] = one.booting;
                const auto image = store.findImage(candidate.image);
                if (!image)
                    return tl::unexpected(image.error());
                view.kind = image->kind;
                auto hosts = store.listHosts();
                if (!hosts)
                    return tl::unexpected(hosts.error());
                read.load = *load;
                read.hosts = std::move(*hosts);
                read.basis = *basis;
                return std::optional(std::move(read));
            }
            return std::optional<Read>();
        },
        [this, pool, claim, forgotten = m_pools[pool].forgotten, busy = m_pools[pool].busy](
            Result<std::optional<Read>> view) {
            if (view && !*view) { // deleted
                m_pools.erase(pool);
                return;
            }
            auto round = std::make_shared<Round>();
            round->claim = claim;
            round->busy = busy;
            if (!view) {
                round->view.pool.id = pool;
                round->failed = true;
                m_adoption->recheck();
                finish(round);
                return;
            }
            round->view = std::move((*view)->view);
            round->basis = (*view)->basis;
            PoolState& state = m_pools[pool];
            if (state.forgotten == forgotten)
                state.basis = round->basis;
            round->view.waiting = m_waiting.count(pool, m_shell.clock.monotonic());
            if (m_shell.clock.monotonic() < state.suspendAgainAt)
                round->view.suspendProblem = state.suspendProblem;
            m_hosts.sync((*view)->hosts);
            round->view.hosts = hostViews((*view)->hosts, (*view)->load, m_hosts.sights());
            // The rows first, then the hosts: a domain that was started in between is no surprise,
            // while a row without its domain would look like a desktop that was lost.
            m_hosts.look(
                Hosts::Patience::brief,
                [this, round](HostsSeen seen) { plan(round, std::move(seen)); },
                [this, pool] { wakeHere(pool); });
        });
}

void PoolKeeper::plan(const RoundPtr& round, HostsSeen seen)
{
    if (seen.isAny)
        round->view.domains = std::move(seen.domains);
    for (HostView& view : round->view.hosts) {
        const auto sight = seen.sights.find(view.host.id);
        view.sight = sight == seen.sights.end() ? HostSight::away : sight->second;
        // A part of an earlier round is still at it, or was when the rows were read: they and what
        // the host shows do not fit together.
        const auto& busy = m_pools[round->view.pool.id].busy;
        const bool isBusy = busy.contains(view.host.id) || round->busy.contains(view.host.id);
        if (view.sight == HostSight::seen && isBusy)
            view.sight = HostSight::busy;
        else if (view.sight != HostSight::seen && view.host.deadAt)
            view.sight = HostSight::dead;
        if (view.sight != HostSight::seen && round->view.domains)
            std::erase_if(*round->view.domains,
                [&view](const ObservedDomain& domain) { return domain.host == view.host.id; });
    }
    if (isLost(round)) {
        abandon(round);
        return;
    }
    if (round->view.domains && findNewerLife(round->view.desktops, *round->view.domains)) {
        m_adoption->recheck();
        round->failed = true;
        finish(round);
        return;
    }
    aim(round);
    Plan made = reconcile(round->view, m_shell.clock.wall(), m_settings.limits);
    noteSize(round, made);
    warnUsers(round);
    PoolState& state = m_pools[round->view.pool.id];
    if (state.message != made.message) {
        if (!made.message.empty())
            logEvent(LogLevel::warning, "pool.message",
                { { "pool", round->view.pool.name }, { "message", made.message } });
        if (m_relay != nullptr)
            m_relay->poolMessage(round->view.pool.id, made.message);
    }
    state.message = std::move(made.message);
    tellTimers(round);
    round->actions = std::move(made.actions);
    split(round);
    step(round);
}

void PoolKeeper::aim(const RoundPtr& round)
{
    if (round->basis->isPlain)
        return; // its settings are all there is
    PoolView& view = round->view;
    view.target = targetAt(view.pool, round->basis->basis, m_shell.clock.wall());
    view.target->keep = m_pools[view.pool.id].keep;
    view.target->keepSuspended = m_pools[view.pool.id].keepSuspended;
}

void PoolKeeper::noteSize(const RoundPtr& round, Plan& made)
{
    PoolState& state = m_pools[round->view.pool.id];
    if (made.message.empty())
        made.message = round->basis->problem;
    const WallTime now = m_shell.clock.wall();
    const auto& calm = m_settings.limits.calm;
    if (!round->view.target) {
        state.keep = 0;
        state.keepSuspended = 0;
    } else if (round->view.domains) {
        state.keep = state.memory.note(made.wished, now, calm);
        state.keepSuspended = state.suspendedMemory.note(made.wishedSuspended, now, calm);
    }
}

void PoolKeeper::step(const RoundPtr& round)
{
    if (isLost(round)) {
        abandon(round);
        return;
    }
    if (m_held) {
        round->next = round->actions.size();
        round->waiting.clear();
    }
    if (round->next >= round->actions.size()) {
        if (!round->waiting.empty())
            startParts(round);
        else if (round->acted && !round->failed && !round->touched.empty())
            carryOn(round);
        else
            finish(round);
        return;
    }
    const Action action = round->actions[round->next++];
    if (const DesktopId* subject = subjectOf(action))
        round->touched.insert(*subject);
    std::visit([this, &round](const auto& known) { act(round, known); }, action);
}

void PoolKeeper::carryOn(const RoundPtr& round)
{
    onStore(
        m_shell, Urgency::usual,
        [pool = round->view.pool.id](Store& store) { return store.listDesktops(pool); },
        [this, round](Result<std::vector<DesktopRow>> rows) {
            round->actions.clear();
            round->next = 0;
            if (rows) {
                round->view.desktops = std::move(*rows);
                Plan made = reconcile(round->view, m_shell.clock.wall(), m_settings.limits);
                std::copy_if(made.actions.begin(), made.actions.end(),
                    std::back_inserter(round->actions),
                    [&round](const Action& action) { return round->carriesOn(action); });
            }
            round->touched.clear();
            split(round);
            step(round);
        });
}

void PoolKeeper::done(const RoundPtr& round, const char* what, const Result<void>& result)
{
    if (!result) {
        round->failed = true;
        logEvent(LogLevel::warning, what,
            { { "pool", round->view.pool.name },
                { "outcome", std::string(wireCode(result.error().code)) },
                { "why", result.error().detail } });
        // The database knows better than our clock: the rest of the plan is not ours to carry out.
        if (round->claim && result.error().code == Errc::stale) {
            round->next = round->actions.size();
            round->waiting.clear();
        }
    } else {
        round->acted = true;
    }
    step(round);
}

void PoolKeeper::finish(const RoundPtr& round)
{
    if (round->whole) {
        finishPart(round);
        return;
    }
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
    } else if (const PoolCounts counts = countDesktops(round->view.desktops); round->failed
               || counts.preparing + counts.keptNotReady > 0 || round->view.waiting > 0
               || isRolloutDueSoon(round)) {
        wakeLater(pool);
    }
}

}
