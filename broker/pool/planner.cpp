// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What each desktop needs by itself.
#include "broker/pool/planner.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "broker/pool/rollout.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace wardesk::broker {

Planner::Planner(const PoolView& view, WallTime now, const Limits& limits)
    : m_view(view)
    , m_now(now)
    , m_limits(limits)
    , m_seen(seenOf(view))
    , m_holder(holderOf(m_seen, limits))
    , m_target(view.target.value_or(targetOf(view.pool, {}, 0)))
    , m_rollout(view.rollout)
    , m_image(view.pool.image)
{
}

Plan Planner::make(const std::vector<ObservedDomain>& domains)
{
    Observations observed = observe(m_view.pool, m_view.desktops, domains);
    for (const HostView& one : m_view.hosts)
        m_hosts.emplace(one.host.id, &one);
    planRollout();
    std::move(observed.strays.begin(), observed.strays.end(), std::back_inserter(m_plan.actions));
    for (std::size_t i = 0; i < m_view.desktops.size(); ++i) {
        const DesktopRow& row = m_view.desktops[i];
        if (sightOf(row.desktop) == HostSight::seen)
            planRow(row, judge(row, observed.desktops[i]));
        else
            countUnseen(row);
    }
    planSize();
    planWaking();
    planStarts();
    planSaving();
    if (m_holder != nullptr) {
        m_plan.message = "held: " + m_holder->name + " failed to start "
            + std::to_string(m_holder->incarnation.startAttempts)
            + " times in a row; it is tried again after growing pauses";
        if (!m_holder->incarnation.lastError.empty())
            m_plan.message += ". The last error: " + m_holder->incarnation.lastError;
    }
    if (m_plan.message.empty() && m_lacksMemory)
        m_plan.message = "suspended desktops are wanted, but their hosts have no memory left "
                         "to resume them";
    if (m_plan.message.empty() && !m_view.suspendProblem.empty())
        m_plan.message = suspendTrouble(m_view.suspendProblem);
    if (m_plan.message.empty() && isStopped())
        m_plan.message = "its rollout to a new version is stopped"
            + (m_rollout->reason.empty() ? std::string() : ": " + m_rollout->reason);
    return std::move(m_plan);
}

const HostView* Planner::hostIn(const PoolView& view, const HostId& id)
{
    const auto found = std::find_if(view.hosts.begin(), view.hosts.end(),
        [&id](const HostView& one) { return one.host.id == id; });
    return found == view.hosts.end() ? nullptr : &*found;
}

RowList Planner::seenOf(const PoolView& view)
{
    RowList seen = listOf(view.desktops);
    if (!view.hosts.empty())
        std::erase_if(seen, [&view](const DesktopRow* row) {
            const HostView* host = hostIn(view, row->desktop.host);
            return host == nullptr || host->sight != HostSight::seen;
        });
    return seen;
}

HostSight Planner::sightOf(const Desktop& desktop) const
{
    if (m_view.hosts.empty())
        return HostSight::seen;
    const auto found = m_hosts.find(desktop.host);
    return found == m_hosts.end() ? HostSight::away : found->second->sight;
}

bool Planner::mayStay(const Desktop& desktop) const
{
    const auto found = m_hosts.find(desktop.host);
    return found == m_hosts.end() || found->second->host.mode == HostMode::active;
}

void Planner::countUnseen(const DesktopRow& row)
{
    const Desktop& desktop = row.desktop;
    const IncarnationFacts& facts = desktop.incarnation;
    const HostSight sight = sightOf(desktop);
    if (sight == HostSight::dead)
        return;
    const bool staysThere = mayStay(desktop);
    if (desktop.quarantinedAt) {
        ++m_setAside;
    } else if (row.lease && !row.lease->closedAt) {
        m_leased += openSeats(row);
        // In a shared one others may be given its free seats meanwhile.
        const std::int64_t free = staysThere ? freeSeats(m_view.pool, row) : 0;
        m_unseenSeats += free;
        m_roomLater += staysThere ? roomIn(m_view.pool, row) - free : 0;
    } else if (!desktop.owner.isEmpty()) {
        ++m_keptForOwners;
    } else if (staysThere) {
        // A busy host answers in a moment: nothing is begun elsewhere because of that.
        // What is saved to its disk is still there when it is back, and takes its place in
        // `max`.
        const bool isThere = facts.readyAt || isAsleep(facts);
        const bool isFree = isThere && !facts.endingAt && !row.lease;
        if (isFree || sight == HostSight::busy)
            ++(isAsleep(facts) ? m_unseenAsleep : m_unseen);
    }
}

void Planner::end(const Desktop& desktop, EndReason reason)
{
    add(BeginEnding { desktop.id, desktop.incarnation.number, reason });
}

void Planner::spare(const Desktop& desktop, Verdict verdict, bool ending)
{
    if (desktop.owner.isEmpty())
        m_spares.push_back({ &desktop, verdict, ending });
    else
        keepForOwner(desktop, verdict, ending);
}

void Planner::keepForOwner(const Desktop& desktop, Verdict verdict, bool ending)
{
    ++m_keptForOwners;
    if (!mayStay(desktop)) {
        if (!ending)
            end(desktop, EndReason::hostDrained);
        return;
    }
    if (verdict == Verdict::renew && m_view.pool.enabled)
        add(BeginIncarnation { desktop.id, Incarnation(desktop.incarnation.number.value() + 1),
            desktop.incarnation.image });
    else if (verdict == Verdict::start || verdict == Verdict::finishStart)
        m_starting.push_back({ &desktop, verdict, ending });
}

void Planner::planRow(const DesktopRow& row, const Judgement& judgement)
{
    const Desktop& desktop = row.desktop;
    const IncarnationFacts& facts = desktop.incarnation;
    switch (judgement.verdict) {
    case Verdict::leave:
        ++m_setAside;
        return;
    case Verdict::quarantine:
        ++m_setAside;
        add(QuarantineDesktop { desktop.id, judgement.reason });
        return;
    case Verdict::keep:
        if (row.lease && isShared(m_view.pool)) {
            planShared(row);
            return;
        }
        if (row.lease && isDrainOver(desktop)) {
            add(CloseLease { row.lease->id, CloseReason::hostDrained });
            end(desktop, EndReason::hostDrained);
            spare(desktop, judgement.verdict, true);
            return;
        }
        if (!row.lease) {
            spare(desktop, judgement.verdict, false);
            return;
        }
        ++m_leased;
        if (isLogOffDue(*row.lease, m_view.pool.timers, m_now))
            add(LogOffSession { row.lease->id });
        return;
    case Verdict::start:
    case Verdict::finishStart:
        spare(desktop, judgement.verdict, false);
        return;
    case Verdict::awaitReady: {
        const WallTime since = facts.unreadyAt ? *facts.unreadyAt : *facts.startedAt;
        const bool late = isOver(since, m_limits.readyWithin, m_now);
        if (late)
            end(desktop, facts.unreadyAt ? EndReason::becameUnready : EndReason::failedToStart);
        else if (!facts.unreadyAt)
            ++m_booting;
        spare(desktop, judgement.verdict, late);
        return;
    }
    case Verdict::suspend:
    case Verdict::finishSuspend: {
        const bool late = isOver(*facts.suspendingAt, m_limits.readyWithin, m_now);
        if (late)
            end(desktop, EndReason::becameUnready);
        else
            ++m_booting; // it costs its host as much
        spare(desktop, judgement.verdict, late);
        return;
    }
    case Verdict::rest:
        spare(desktop, judgement.verdict, false);
        return;
    case Verdict::resume: {
        const bool late
            = facts.resumingAt && isOver(*facts.resumingAt, m_limits.readyWithin, m_now);
        if (late)
            end(desktop, EndReason::failedToStart);
        m_booting += late ? 0 : 1;
        m_waking += late ? 0 : 1;
        spare(desktop, judgement.verdict, late);
        return;
    }
    case Verdict::awaitConnection: {
        if (isShared(m_view.pool)) {
            planShared(row);
            return;
        }
        const auto reason = whyToGiveBack(desktop, *row.lease, m_now, m_limits);
        if (!reason) {
            ++m_leased;
            return;
        }
        add(CloseLease { row.lease->id, *reason });
        end(desktop, endReasonOf(*reason));
        spare(desktop, judgement.verdict, true);
        return;
    }
    case Verdict::endFailed:
        // A desktop that had been ready and is gone did not fail to start.
        end(desktop, facts.unreadyAt ? EndReason::domainGone : EndReason::failedToStart);
        spare(desktop, judgement.verdict, true);
        return;
    case Verdict::endGone:
        end(desktop, EndReason::domainGone);
        spare(desktop, judgement.verdict, true);
        return;
    case Verdict::endUsed:
        if (rests(row)) {
            if (!isOpenToNew(row))
                ++m_resting;
            return;
        }
        end(desktop, endReasonOf(row.lease->closeReason.value_or(CloseReason::endedByAdmin)));
        spare(desktop, judgement.verdict, true);
        return;
    case Verdict::loseLease:
        for (Action& closing : loseAll(row))
            m_plan.actions.push_back(std::move(closing));
        if (desktop.quarantinedAt) {
            ++m_setAside;
            return;
        }
        end(desktop, EndReason::domainGone);
        spare(desktop, judgement.verdict, true);
        return;
    case Verdict::destroy:
        add(destroyed(desktop));
        spare(desktop, judgement.verdict, true);
        return;
    case Verdict::destroyStray:
        add(DestroyStray { facts.domain, desktop.host });
        spare(desktop, judgement.verdict, true);
        return;
    case Verdict::renew:
        spare(desktop, judgement.verdict, true);
        return;
    }
}

DestroyDomain Planner::destroyed(const Desktop& desktop) const
{
    const IncarnationFacts& facts = desktop.incarnation;
    DestroyDomain action { desktop.id, facts.number, facts.domain };
    if (!desktop.owner.isEmpty())
        action.disk = DiskFate::kept;
    else if (m_view.pool.kind == PoolKind::dedicated)
        action.removes = facts.disk.isEmpty() ? facts.domain : facts.disk;
    return action;
}

void Planner::planShared(const DesktopRow& row)
{
    SeatsPlan seats = planSeats(row, m_view.pool, isDrainOver(row.desktop), m_now, m_limits);
    m_plan.actions.insert(m_plan.actions.end(), seats.actions.begin(), seats.actions.end());
    m_draining += row.desktop.incarnation.drainingAt ? 1 : 0;
    const bool isOpen = isOpenToNew(row);
    if (!isOpen && seats.staying == 0) {
        ++m_resting; // its end is the next plan's
        return;
    }
    // A lease that is taken back is there until its agent has agreed, and its seat afterwards.
    m_leased += seats.staying;
    m_roomLater += openSeats(row) - seats.staying;
    if (!isOpen && mayStay(row.desktop))
        m_roomLater += roomIn(m_view.pool, row);
}

bool Planner::isOpenToNew(const DesktopRow& row)
{
    if (!isShared(m_view.pool) || !mayStay(row.desktop))
        return false;
    const std::int64_t free = freeSeats(m_view.pool, row);
    if (free > 0)
        m_open.push_back({ &row, free, isOutdated(row.desktop), false });
    return free > 0;
}

bool Planner::rests(const DesktopRow& row) const
{
    const auto until = restsUntil(*row.lease, m_view.pool.timers);
    const bool hasRoom = isShared(m_view.pool) && mayStay(row.desktop)
        && freeSeats(m_view.pool, row) > 0 && !isOutdated(row.desktop);
    return until && (m_view.waiting == 0 || hasRoom) && m_now < *until;
}

bool Planner::isDrainOver(const Desktop& desktop) const
{
    const auto found = m_hosts.find(desktop.host);
    return !mayStay(desktop) && found->second->host.drainBy
        && m_now >= *found->second->host.drainBy;
}

}
