// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// How many desktops there are to be, and which are started.
#include "broker/pool/planner.h"

#include "broker/domain/seats.h"
#include "protocols/base/counted.h"

#include <algorithm>
#include <tuple>

namespace wardesk::broker {

Planner::Worth Planner::worthOf(const Spare& spare) const
{
    const IncarnationFacts& facts = spare.desktop->incarnation;
    return { spare.ending, isOutdated(*spare.desktop), !facts.readyAt, !spare.isBack,
        !facts.startedAt, facts.startAttempts, facts.createdAt, spare.desktop->id };
}

void Planner::leaveHosts()
{
    const auto leaves = [this](const Spare& one) {
        if (mayStay(*one.desktop))
            return false;
        if (one.verdict == Verdict::renew)
            add(RemoveDesktop { one.desktop->id });
        else if (!one.ending)
            end(*one.desktop, EndReason::hostDrained);
        return true;
    };
    m_spares.erase(std::remove_if(m_spares.begin(), m_spares.end(), leaves), m_spares.end());
}

void Planner::planSize()
{
    leaveHosts();
    const bool enabled = m_view.pool.enabled;
    // In a shared pool all of this counts sessions, and in the end desktops for them; elsewhere
    // that is the same.
    const std::int64_t seats = seatsOf(m_view.pool);
    chooseTurning(m_open, turnsNow());
    const std::int64_t allowed
        = std::max<std::int64_t>(0,
              m_target.max - taken() - possibleSeats(m_open) - m_unseenSeats - m_roomLater
                  - (m_setAside + m_resting + m_unseenAsleep) * seats)
        / seats;
    m_plan.inUse = m_leased;
    m_plan.wished = enabled ? wishedSpares(m_target, taken()) : 0;
    const std::int64_t open = countedSeats(m_open) + m_unseenSeats;
    const std::int64_t wanted = enabled
        ? std::max(desktopsFor(m_plan.wished + m_view.waiting - open, seats), wantedAnew())
        : 0;
    const std::int64_t want = std::min(wanted, allowed);
    // Between the two nothing is started and nothing taken away.
    const std::int64_t keep = enabled
        ? std::min(std::max(wanted, desktopsFor(m_target.keep - open, seats)), allowed)
        : 0;
    drainOutdated(want == 0 && wanted > 0);

    const SleepPlan sleep = resumeAsWished(want, keep, allowed);
    m_lacking = sleep.lacking;
    m_keepRunning = std::max(want, keep);
    const auto have = static_cast<std::int64_t>(m_spares.size());
    std::sort(m_spares.begin(), m_spares.end(),
        [this](const Spare& a, const Spare& b) { return worthOf(a) < worthOf(b); });
    std::vector<Spare> kept;
    for (std::size_t i = 0; i < m_spares.size(); ++i) {
        // Nothing begins anew that hosts which are not seen have already; what there is stays,
        // because nobody knows whether they still have it.
        const auto rank = static_cast<std::int64_t>(i) + (m_spares[i].ending ? m_unseen : 0);
        if (rank < sleep.wake || (rank < sleep.keepAwake && isUnderWay(m_spares[i])))
            kept.push_back(m_spares[i]);
        else
            shrink(m_spares[i]);
    }
    m_spares = std::move(kept);
    m_spares.insert(m_spares.end(), m_asleep.begin(), m_asleep.end());
    renewImages();
    for (const Spare& spare : m_spares) {
        const Desktop& desktop = *spare.desktop;
        if (spare.verdict == Verdict::renew)
            add(BeginIncarnation {
                desktop.id, Incarnation(desktop.incarnation.number.value() + 1), nextImage() });
    }

    const std::int64_t missing = std::max<std::int64_t>(0, sleep.wake - have - m_unseen);
    std::string noPlace;
    if (m_holder == nullptr && missing > 0) {
        const std::int64_t added = std::min(missing, m_view.addressesLeft);
        Placement placement(m_view.pool, m_view.kind, m_view.hosts, countsByHost());
        for (std::int64_t i = 0; i < added && noPlace.empty(); ++i) {
            if (const auto host = placement.next())
                add(AddDesktop { nextImage(), *host });
            else
                noPlace = placement.why();
        }
    }
    m_plan.message = sizeMessage(allowed, missing);
    if (m_plan.message.empty())
        m_plan.message = noPlace;
}

std::map<HostId, std::int64_t> Planner::countsByHost() const
{
    std::map<HostId, std::int64_t> counts;
    for (const DesktopRow& row : m_view.desktops)
        ++counts[row.desktop.host];
    return counts;
}

bool Planner::isUnderWay(const Spare& spare)
{
    return !spare.ending && spare.verdict != Verdict::start;
}

void Planner::shrink(const Spare& spare)
{
    if (spare.verdict == Verdict::renew)
        add(RemoveDesktop { spare.desktop->id });
    else if (!spare.ending)
        end(*spare.desktop, EndReason::poolShrunk);
}

void Planner::planStarts()
{
    std::vector<const Desktop*> due;
    m_starting.insert(m_starting.end(), m_spares.begin(), m_spares.end());
    for (const Spare& spare : m_starting) {
        const Desktop& desktop = *spare.desktop;
        if (spare.verdict == Verdict::finishStart) {
            add(StartDomain { desktop.id, desktop.incarnation.number });
            ++m_booting;
        } else if (spare.verdict == Verdict::start && mayStart(desktop, m_now, m_limits)) {
            due.push_back(&desktop);
        }
    }
    // Those that have failed least recently first, so that one bad desktop is not the only one
    // that is ever tried.
    std::stable_sort(due.begin(), due.end(), [](const Desktop* a, const Desktop* b) {
        return a->incarnation.lastFailureAt < b->incarnation.lastFailureAt;
    });
    std::int64_t atOnce = m_limits.startsAtOnce;
    if (m_holder != nullptr)
        atOnce = mayProbe(m_seen, m_now, m_limits) ? 1 : 0;
    std::int64_t free = std::max<std::int64_t>(0, atOnce - m_booting);
    std::int64_t begun = 0;
    std::map<HostId, std::int64_t> freeOn;
    for (const Desktop* desktop : due) {
        const HostId& host = desktop->host;
        const auto [room, isNew] = freeOn.emplace(host, 0);
        if (isNew)
            room->second = roomOn(host);
        if (free <= 0 || room->second <= 0)
            continue;
        --free;
        --room->second;
        ++begun;
        add(StartDomain { desktop->id, desktop->incarnation.number });
    }
    m_booting += begun;
}

std::int64_t Planner::roomOn(const HostId& host) const
{
    const auto elsewhere = m_view.bootingElsewhere.find(host);
    return std::max(m_limits.startsPerHost, m_limits.startsAtOnce) - m_booting
        - (elsewhere == m_view.bootingElsewhere.end() ? 0 : elsewhere->second);
}

std::string Planner::sizeMessage(std::int64_t allowed, std::int64_t missing) const
{
    if (!m_view.pool.enabled)
        return "disabled: no desktops are prepared";
    if (allowed == 0) {
        if (m_target.max == 0)
            return "at its maximum: no desktops are allowed";
        if (isShared(m_view.pool))
            return fullMessage();
        if (m_setAside + m_resting + m_keptForOwners > 0)
            return "at its maximum: " + std::to_string(m_leased) + " in use, "
                + (m_keptForOwners > 0 ? std::to_string(m_keptForOwners) + " kept for their users, "
                                       : "")
                + (m_setAside > 0 ? std::to_string(m_setAside) + " set aside, " : "")
                + (m_resting > 0 ? std::to_string(m_resting) + " resting, " : "")
                + std::to_string(m_target.max) + " allowed";
        if (m_leased == 1)
            return "at its maximum: its one desktop is in use";
        return "at its maximum: all " + std::to_string(m_leased) + " desktops are in use";
    }
    if (missing > m_view.addressesLeft)
        return "no free address is left on its network";
    return {};
}

std::string Planner::fullMessage() const
{
    const std::int64_t room = possibleSeats(m_open);
    if (room > 0)
        return {}; // there is nothing to say while whoever comes gets in
    return "at its maximum: " + std::to_string(m_leased) + " sessions are open and "
        + std::to_string(m_target.max) + " allowed, and a desktop has room for "
        + std::to_string(seatsOf(m_view.pool))
        + (m_draining > 0 ? "; " + counted(m_draining, "desktop takes", "desktops take")
                    + " nobody in any more until made anew (an old version, or released after "
                      "being set aside)"
                          : "");
}

}
