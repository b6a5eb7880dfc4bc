// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/unusedlease.h"

namespace wardesk::broker {

AgentOrder askWhoIsInside(const Lease& reviewed, std::chrono::seconds patience)
{
    return { .desktop = reviewed.desktop,
        .incarnation = reviewed.incarnation,
        .kind = wire::AgentCommandKind::state,
        .epoch = reviewed.epoch,
        .lease = reviewed.id,
        .user = reviewed.user,
        .seat = reviewed.seat,
        .patience = patience };
}

Result<bool> closeUnlessUsed(
    Store& store, const Lease& reviewed, wire::SessionState session, CloseReason why, WallTime now)
{
    const bool isInside
        = session == wire::SessionState::connected || session == wire::SessionState::disconnected;
    const auto current = store.findLease(reviewed.organisation, reviewed.id);
    if (!current)
        return tl::unexpected(current.error());
    // Its user has asked again meanwhile, and may be inside by now.
    if (current->closedAt || current->firstConnectedAt || current->epoch != reviewed.epoch)
        return false;
    // As its report says it, which is on the way or waits for a full disk. "Never connected" would
    // give up what a user has left on a disk of their own.
    const CloseReason reason = session == wire::SessionState::ended ? CloseReason::loggedOff : why;
    auto written = isInside ? store.recordConnected(reviewed.id, reviewed.epoch, now)
                            : store.closeLease(reviewed.id, reason, now);
    if (!written && written.error().code == Errc::conflict)
        return false; // it was connected at this very moment
    if (written && session == wire::SessionState::disconnected)
        written = store.recordDisconnected(reviewed.id, now);
    if (!written)
        return tl::unexpected(written.error());
    return !isInside;
}

Result<bool> takeReadinessBack(Store& store, const DesktopRow& row, WallTime now)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    // In a shared desktop who is inside goes on; that it takes nobody new in must be known.
    const bool isOwn = row.lease && row.lease->seat == 0;
    if (!facts.readyAt || (isOwn && row.lease->firstConnectedAt))
        return false;
    return store.recordUnready(row.desktop.id, facts.number, now).map([] { return true; });
}

}
