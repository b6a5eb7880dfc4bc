// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Desktops whose version changes.
#include "broker/pool/planner.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/reasons.h"
#include "broker/pool/rollout.h"

#include <algorithm>
#include <iterator>
#include <tuple>

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
        if (placeOf(*m_rollout, row) == RolloutPlace::oldInUse && --room >= 0)
            add(CloseLease { row.lease->id, CloseReason::forcedRollout });
    }
}

}
