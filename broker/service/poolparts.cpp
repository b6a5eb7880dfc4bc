// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// A round on several hosts: one part for each, none waits for another.
#include "broker/service/poolround.h"

#include <algorithm>
#include <utility>

namespace wardesk::broker {

namespace {

/// R12: so long a round waits for a part that is alone at work, then it goes on without it.
constexpr std::chrono::milliseconds patienceWithParts { 40 };

}

std::optional<HostId> PoolKeeper::Round::hostOf(const Action& action) const
{
    return std::visit(
        [this](const auto& known) -> std::optional<HostId> {
            const auto hostOfRow = [this](const auto& isIt) -> std::optional<HostId> {
                const auto row = std::find_if(view.desktops.begin(), view.desktops.end(), isIt);
                return row == view.desktops.end() ? std::nullopt : std::optional(row->desktop.host);
            };
            using Known = std::decay_t<decltype(known)>;
            if constexpr (std::is_same_v<Known,
                              DestroyStray> || std::is_same_v<Known, ReportUnknown>) {
                return known.host;
            } else if constexpr (requires { known.desktop; }) {
                return hostOfRow(
                    [&](const DesktopRow& row) { return row.desktop.id == known.desktop; });
            } else if constexpr (requires { known.lease; }) {
                return hostOfRow([&](const DesktopRow& row) { return has(row, known.lease); });
            } else {
                return std::nullopt;
            }
        },
        action);
}

void PoolKeeper::Round::setSight(const HostId& of, HostSight sight)
{
    for (HostView& one : view.hosts) {
        if (one.host.id == of)
            one.sight = sight;
    }
}

void PoolKeeper::split(const RoundPtr& round)
{
    if (round->whole || round->view.hosts.size() < 2)
        return;
    std::vector<Action> common;
    for (std::size_t i = round->next; i < round->actions.size(); ++i) {
        Action& action = round->actions[i];
        if (const auto host = round->hostOf(action))
            round->waiting[*host].push_back(std::move(action));
        else
            common.push_back(std::move(action));
    }
    round->actions = std::move(common);
    round->next = 0;
}

void PoolKeeper::startParts(const RoundPtr& round)
{
    const auto waiting = std::exchange(round->waiting, {});
    PoolState& state = m_pools[round->view.pool.id];
    for (const auto& [host, actions] : waiting) {
        auto part = std::make_shared<Round>();
        part->view = round->view;
        part->claim = round->claim;
        part->basis = round->basis;
        part->actions = actions;
        part->whole = round;
        part->host = host;
        for (HostView& other : part->view.hosts) {
            if (other.host.id != host && other.sight == HostSight::seen)
                other.sight = HostSight::busy;
        }
        if (part->view.domains)
            std::erase_if(*part->view.domains,
                [&host = host](const ObservedDomain& domain) { return domain.host != host; });
        round->parts[host] = std::move(part);
        state.busy.insert(host);
    }
    leaveBehind(round);
    for (const auto& [host, part] : std::map(round->parts))
        step(part);
}

/// When nothing but what hangs is left, the round is over without it.
void PoolKeeper::leaveBehind(const RoundPtr& round)
{
    m_shell.timers.cancel(round->partsTimer);
    round->partsTimer = m_shell.timers.after(patienceWithParts, [this, round] {
        for (const auto& [host, part] : std::exchange(round->parts, {})) {
            part->isLeft = true;
            round->setSight(host, HostSight::busy);
        }
        step(round);
    });
}

void PoolKeeper::finishPart(const RoundPtr& part)
{
    const RoundPtr whole = part->whole;
    const PoolId pool = whole->view.pool.id;
    m_pools[pool].busy.erase(part->host);
    if (part->isLeft) {
        if (part->acted)
            m_events.desktopsChanged(part->view.pool.organisation);
        if (part->failed)
            wakeLater(pool);
        else
            wakeHere(pool);
        return;
    }
    whole->acted = whole->acted || part->acted;
    whole->failed = whole->failed || part->failed;
    if (whole->view.domains && part->view.domains) { // as this part has changed them
        std::erase_if(*whole->view.domains,
            [&part](const ObservedDomain& domain) { return domain.host == part->host; });
        whole->view.domains->insert(
            whole->view.domains->end(), part->view.domains->begin(), part->view.domains->end());
    }
    whole->parts.erase(part->host);
    if (!whole->parts.empty()) {
        leaveBehind(whole);
        return;
    }
    m_shell.timers.cancel(whole->partsTimer);
    step(whole);
}

}
