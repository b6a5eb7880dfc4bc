// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Desktops whose version changes.
#include "broker/pool/planner.h"

#include "broker/domain/seats.h"
#include "broker/pool/rollout.h"

#include <algorithm>

namespace wardesk::broker {

void Planner::planRollout()
{
    if (!m_rollout)
        return;
    if (const auto step = dueStep(*m_rollout, m_view.desktops, m_now)) {
        add(ChangeRollout { m_rollout->id, m_rollout->state, step->next, step->reason });
        m_rollout->state = step->next;
        m_rollout->reason = step->reason;
        if (step->next == RolloutState::running)
            m_rollout->begunAt = m_now;
    }
    m_image = imageOf(*m_rollout);
    if (!isLimited())
        return;
    const RolloutStanding standing = standingOf(*m_rollout, m_view.desktops);
    const auto newOnes = std::count_if(
        m_view.desktops.begin(), m_view.desktops.end(), [this](const DesktopRow& row) {
            const RolloutPlace place = placeOf(*m_rollout, row);
            return place == RolloutPlace::renewed || place == RolloutPlace::underWay;
        });
    m_room = std::max<std::int64_t>(0, standing.allowed - newOnes);
    m_allowed = standing.allowed;
}

bool Planner::isLimited() const
{
    return m_rollout && m_rollout->state == RolloutState::running && !m_rollout->isRollback;
}

std::optional<ImageId> Planner::nextImage()
{
    const ImageId* image = &m_image;
    if (isLimited() && m_room <= 0)
        image = &m_rollout->from;
    else if (isLimited())
        --m_room;
    return *image == m_view.pool.image ? std::nullopt : std::optional(*image);
}

std::int64_t Planner::turnsNow() const
{
    if (m_holder != nullptr || isStopped() || !m_view.pool.enabled)
        return 0;
    return isLimited() ? std::max<std::int64_t>(0, m_allowed - m_draining)
                       : static_cast<std::int64_t>(m_open.size());
}

std::int64_t Planner::wantedAnew() const
{
    const bool hasOutdated = std::any_of(
        m_open.begin(), m_open.end(), [](const OpenDesktop& one) { return one.isOutdated; });
    if (!hasOutdated || turnsNow() == 0)
        return 0;
    std::int64_t anew = 0;
    for (const OpenDesktop& one : m_open)
        anew += one.isOutdated ? 0 : one.free;
    const std::int64_t wanted
        = desktopsFor(m_plan.wished + m_view.waiting - anew, seatsOf(m_view.pool));
    const auto newSpares = std::count_if(m_spares.begin(), m_spares.end(),
        [this](const Spare& one) { return !one.ending && !isOutdated(*one.desktop); });
    return isLimited() ? std::min(wanted, newSpares + m_room) : wanted;
}

void Planner::drainOutdated(bool isFull)
{
    const auto isNewRoom = [this](const Spare& one) {
        return !one.ending && one.desktop->incarnation.readyAt && !isOutdated(*one.desktop)
            && mayStay(*one.desktop);
    };
    const bool hasNewRoom = std::any_of(m_spares.begin(), m_spares.end(), isNewRoom)
        || std::any_of(
            m_open.begin(), m_open.end(), [](const OpenDesktop& one) { return !one.isOutdated; });
    if (!hasNewRoom && !isFull)
        return;
    for (const OpenDesktop& one : m_open) {
        const Desktop& desktop = one.row->desktop;
        if (one.isTurning && openSeats(*one.row) > 0)
            add(DrainDesktop { desktop.id, desktop.incarnation.number });
    }
}

void Planner::renewImages()
{
    std::int64_t atOnce = std::max<std::int64_t>(1, m_limits.startsAtOnce);
    for (const Spare& spare : m_spares) {
        const IncarnationFacts& facts = spare.desktop->incarnation;
        const bool sleeps = !spare.isBack && isAsleep(facts);
        if (spare.ending || (!facts.readyAt && !sleeps && !isOutdated(*spare.desktop)))
            --atOnce; // on its way to being a desktop with the present image
    }
    // Those that leave take their places among the new ones first.
    std::int64_t room = m_room
        - std::count_if(
            m_spares.begin(), m_spares.end(), [](const Spare& spare) { return spare.ending; });
    const auto isReplaced = [&](const Spare& spare) {
        if (spare.ending || !isOutdated(*spare.desktop))
            return false;
        if (spare.desktop->incarnation.readyAt) {
            if (m_holder != nullptr || atOnce <= 0 || isStopped())
                return false;
            if (!isLimited() || room > 0)
                --atOnce;
        }
        if (isLimited() && --room < 0)
            return false;
        end(*spare.desktop, EndReason::imageChanged);
        return true;
    };
    // What is of no use yet goes first where not all may go.
    if (isLimited())
        std::stable_partition(m_spares.begin(), m_spares.end(),
            [](const Spare& spare) { return !spare.desktop->incarnation.readyAt; });
    m_spares.erase(std::remove_if(m_spares.begin(), m_spares.end(), isReplaced), m_spares.end());
    forceOut(room);
}

void Planner::forceOut(std::int64_t room)
{
    const auto deadline = m_rollout ? deadlineOf(*m_rollout) : std::nullopt;
    if (!deadline || m_now < *deadline || m_holder != nullptr)
        return;
    for (const DesktopRow& row : m_view.desktops) {
        if (placeOf(*m_rollout, row) != RolloutPlace::oldInUse || --room < 0)
            continue;
        for (const Lease* lease : openLeasesOf(row))
            add(CloseLease { lease->id, CloseReason::forcedRollout });
    }
}

}
