// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What a round does about sessions that are left alone (the timers of a pool).
#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "broker/service/audit.h"
#include "broker/service/log.h"
#include "broker/service/poolround.h"
#include "broker/service/sessiontimers.h"
#include "protocols/base/mutation.h"
#include "protocols/base/span.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds patienceWithAgents { 5 };

AgentOrder orderFor(const Lease& lease, wire::AgentCommandKind kind)
{
    return { .desktop = lease.desktop,
        .incarnation = lease.incarnation,
        .kind = kind,
        .epoch = lease.epoch,
        .lease = lease.id,
        .user = lease.user,
        .seat = lease.seat,
        .patience = patienceWithAgents };
}

}

void PoolKeeper::tellTimers(const RoundPtr& round)
{
    const LifeTimers& timers = round->view.pool.timers;
    auto& known = m_pools[round->view.pool.id].timers;
    const bool isChanged = known && *known != timers;
    known = timers;
    if (!isChanged)
        return;
    for (const DesktopRow& row : round->view.desktops) {
        if (!m_agents.isConnected(row.desktop.id, row.desktop.incarnation.number))
            continue;
        for (const Lease* lease : openLeasesOf(row)) {
            AgentOrder order = orderFor(*lease, wire::AgentCommandKind::timers);
            order.timers = sessionTimersOf(timers);
            m_agents.command(
                order, [name = row.desktop.name](const Result<wire::AgentReport>& told) {
                    if (!told) // it learns them when its user comes back
                        logEvent(LogLevel::warning, "session.timers",
                            { { "desktop", name }, { "why", told.error().detail } });
                });
        }
    }
}

void PoolKeeper::act(const RoundPtr& round, const LogOffSession& action)
{
    AuditNote note = brokerNote(round->view.pool.organisation, "lease.logOff", {});
    std::optional<Lease> lease;
    for (const DesktopRow& row : round->view.desktops) {
        for (const Lease* one : openLeasesOf(row)) {
            if (one->id != action.lease)
                continue;
            lease = *one;
            note.object = row.desktop.name;
        }
    }
    // Unreachable is never ended (R7): it is asked again while the time is over.
    if (!lease || m_loggingOff.contains(action.lease)
        || !m_agents.isConnected(lease->desktop, lease->incarnation)) {
        step(round);
        return;
    }
    const LifeTimers timers = round->view.pool.timers;
    note.detail
        = "nobody was connected for " + spanText(timers.logOff) + ", lease " + action.lease.value();
    onPoolStore(
        round,
        [lease = *lease, timers, now = m_shell.clock.wall()](Store& store) -> Result<bool> {
            const auto current = store.findLease(lease.organisation, lease.id);
            if (!current)
                return tl::unexpected(current.error());
            // Its user may be on the way since the rows were read.
            return current->epoch == lease.epoch && isLogOffDue(*current, timers, now);
        },
        [this, round, lease = *lease, note](const Result<bool>& isDue) {
            if (isDue && *isDue)
                askToLogOff(lease, note);
            step(round);
        });
}

void PoolKeeper::askToLogOff(const Lease& lease, const AuditNote& note)
{
    m_loggingOff.insert(lease.id);
    m_agents.command(orderFor(lease,
                         WARDESK_MUTATED(logOffAnybody) ? wire::AgentCommandKind::logoff
                                                        : wire::AgentCommandKind::logoffUnused),
        [this, id = lease.id, note](const Result<wire::AgentReport>& obeyed) {
            m_loggingOff.erase(id);
            if (!obeyed) {
                logEvent(LogLevel::info, "session.kept",
                    { { "desktop", note.object }, { "why", obeyed.error().detail } });
                return;
            }
            onStore(
                m_shell, Urgency::usual,
                [note, now = m_shell.clock.wall()](
                    Store& store) { return writeAudit(store, note, nullptr, now); },
                [](const Result<void>&) {});
        });
}

}
