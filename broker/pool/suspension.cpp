// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/suspension.h"

#include "broker/pool/pacing.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

std::int64_t positive(std::int64_t number)
{
    return std::max<std::int64_t>(0, number);
}

}

std::int64_t resumesWished(const SleepWishes& wishes, std::int64_t sleeping)
{
    return std::min(positive(wishes.running - wishes.soon), sleeping);
}

SleepPlan sleepPlanOf(
    const SleepWishes& wishes, std::int64_t sleeping, const Resumed& resumed, bool maySave)
{
    // Those that are wanted and cannot be resumed yet stay, however few are wished on the disk.
    const std::int64_t wantedYet = positive(resumesWished(wishes, sleeping) - resumed.done);
    SleepPlan plan;
    plan.staysAsleep
        = std::min(sleeping - resumed.done, std::max(wishes.asleep, wishes.keepAsleep) + wantedYet);
    plan.lacking = positive(wishes.asleep - plan.staysAsleep);
    plan.wake = wishes.running - resumed.paced + (maySave ? plan.lacking : 0);
    plan.keepAwake = std::max(wishes.keepRunning, wishes.running + plan.lacking);
    return plan;
}

SleepRoom::SleepRoom(const Pool& pool, const std::vector<HostView>& hosts)
    : m_each(pool.memoryMiB)
{
    for (const HostView& view : hosts) {
        if (const auto limit = memoryLimit(view.host))
            m_left.emplace(view.host.id, *limit - view.load.memoryMiB);
    }
}

bool SleepRoom::take(const HostId& host)
{
    const auto found = m_left.find(host);
    if (found == m_left.end())
        return true;
    if (found->second < m_each)
        return false;
    found->second -= m_each;
    return true;
}

std::string suspendTrouble(const std::string& why)
{
    return "desktops that are to be suspended go on running: " + why
        + "; it is tried again after a while";
}

bool isAsleep(const IncarnationFacts& facts)
{
    return facts.suspendingAt && !facts.resumingAt && !facts.endingAt;
}

bool maySleep(const IncarnationFacts& facts, WallTime now, const Limits& limits)
{
    if (!facts.readyAt || facts.endingAt || facts.drainingAt)
        return false;
    return !facts.resumingAt || isOver(*facts.resumingAt, limits.calm, now);
}

}
