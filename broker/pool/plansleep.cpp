// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Spares that are saved to their hosts' disks.
#include "broker/pool/planner.h"

#include "broker/domain/seats.h"

#include <algorithm>

namespace wardesk::broker {

SleepPlan Planner::resumeAsWished(std::int64_t want, std::int64_t keep, std::int64_t allowed)
{
    const bool enabled = m_view.pool.enabled && m_view.kind == ImageKind::qemu;
    m_plan.wishedSuspended = enabled ? wishedSuspended(m_target, taken()) : 0;
    SleepWishes wishes;
    wishes.running = want;
    wishes.keepRunning = keep;
    // What is not seen is neither resumed nor replaced.
    const std::int64_t seats = seatsOf(m_view.pool);
    wishes.asleep = std::max<std::int64_t>(
        0, std::min(desktopsFor(m_plan.wishedSuspended, seats) - m_unseenAsleep, allowed - want));
    wishes.keepAsleep
        = enabled ? std::min(desktopsFor(m_target.keepSuspended, seats), allowed - want) : 0;
    wishes.soon = m_unseen;
    std::vector<Spare> awake;
    for (Spare& spare : m_spares) {
        const IncarnationFacts& facts = spare.desktop->incarnation;
        spare.isBack = spare.verdict == Verdict::resume;
        const bool sleeps = !spare.ending && !spare.isBack && isAsleep(facts);
        (sleeps ? m_asleep : awake).push_back(spare);
        wishes.soon += !spare.ending && (spare.isBack || facts.readyAt) ? 1 : 0;
    }
    m_spares = std::move(awake);
    std::sort(m_asleep.begin(), m_asleep.end(),
        [this](const Spare& a, const Spare& b) { return worthOf(a) < worthOf(b); });
    const bool maySave = m_view.suspendProblem.empty();
    const std::int64_t sleeping = std::ssize(m_asleep);
    const Resumed resumed = resumeSome(resumesWished(wishes, sleeping), maySave);
    const SleepPlan plan = sleepPlanOf(wishes, sleeping, resumed, maySave);
    while (std::ssize(m_asleep) > plan.staysAsleep) {
        end(*m_asleep.back().desktop, EndReason::poolShrunk);
        m_asleep.pop_back();
    }
    return plan;
}

Resumed Planner::resumeSome(std::int64_t wanted, bool maySave)
{
    SleepRoom room(m_view.pool, m_view.hosts);
    Resumed resumed;
    std::vector<Spare> others;
    for (Spare& spare : m_asleep) {
        const HostId& host = spare.desktop->host;
        const bool runs = spare.verdict == Verdict::suspend;
        const bool isWanted = resumed.done + resumed.paced < wanted;
        const bool hasTurn = runs || (m_waking < m_limits.startsAtOnce && roomOn(host) > 0);
        const bool hasMemory = runs || (isWanted && hasTurn && room.take(host));
        m_lacksMemory = m_lacksMemory || (isWanted && hasTurn && !hasMemory);
        if (isWanted && !hasTurn)
            ++resumed.paced;
        if (!(isWanted && hasTurn && hasMemory) && (maySave || !runs)) {
            others.push_back(spare);
            continue;
        }
        ++resumed.done;
        m_booting += runs ? 0 : 1; // that one is on its way is counted already
        ++m_waking;
        spare.isBack = true;
        m_spares.push_back(spare);
    }
    m_asleep = std::move(others);
    return resumed;
}

void Planner::planWaking()
{
    for (const Spare& spare : m_spares) {
        const Desktop& desktop = *spare.desktop;
        const Incarnation number = desktop.incarnation.number;
        if (spare.ending)
            continue;
        if (spare.isBack && desktop.incarnation.resumingAt)
            add(ResumeDomain { desktop.id, number });
        else if (spare.isBack)
            add(BeginResuming { desktop.id, number });
        else if (spare.verdict == Verdict::suspend || spare.verdict == Verdict::finishSuspend)
            add(SuspendDomain { desktop.id, number });
    }
}

void Planner::planSaving()
{
    if (m_view.waiting > 0 || m_holder != nullptr || !m_view.suspendProblem.empty())
        return;
    std::int64_t surplus = -m_keepRunning;
    for (const Spare& spare : m_spares)
        surplus += !spare.ending && spare.desktop->incarnation.readyAt ? 1 : 0;
    // The newest: what has been ready for longest is given out first.
    for (auto spare = m_spares.rbegin(); spare != m_spares.rend(); ++spare) {
        const Desktop& desktop = *spare->desktop;
        const bool isDue = surplus > 0 && m_lacking > 0 && m_booting < m_limits.startsAtOnce
            && roomOn(desktop.host) > 0;
        if (!isDue || spare->ending || isOutdated(desktop)
            || !maySleep(desktop.incarnation, m_now, m_limits))
            continue;
        --surplus;
        --m_lacking;
        ++m_booting;
        add(BeginSuspending { desktop.id, desktop.incarnation.number });
    }
}

}
