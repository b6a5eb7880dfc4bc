// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/ownershiprules.h"

#include "broker/domain/status.h"
#include "broker/store/storerules.h"

namespace wardesk::broker::rules {

namespace {

void keepDisk(IncarnationFacts& facts)
{
    if (facts.disk.isEmpty())
        facts.disk = facts.domain;
}

}

GrantOutcome whyNotOwn(const Desktop& own, bool hostGivesOut)
{
    return own.quarantinedAt || own.hostDeadAt || !hostGivesOut ? GrantOutcome::ownAway
                                                                : GrantOutcome::ownPreparing;
}

Result<void> assign(DesktopRow& row, const Pool& pool, const UserId& user)
{
    Desktop& desktop = row.desktop;
    if (pool.kind != PoolKind::dedicated)
        return failure(Errc::conflict,
            "the pool " + pool.name
                + " makes its desktops anew after each use; only those of a dedicated pool can be "
                  "kept for somebody");
    if (desktop.owner == user) {
        keepDisk(desktop.incarnation);
        return {};
    }
    if (!desktop.owner.isEmpty())
        return failure(Errc::conflict,
            "the desktop " + desktop.name + " is kept for somebody else; take it away first");
    // What has been used by anybody else is never kept for this user (R1).
    const bool isUnclaimed = maySomebodyMiss(desktop);
    if (row.lease && !(isUnclaimed && row.lease->user == user))
        return failure(Errc::conflict, "the desktop " + desktop.name + " has been used");
    if (isUnclaimed) {
        desktop.owner = user;
        keepDisk(desktop.incarnation);
        return {};
    }
    // The disk that is kept from now on must be there.
    if (desktop.quarantinedAt || !desktop.incarnation.readyAt || desktop.incarnation.endingAt)
        return failure(Errc::conflict,
            "the desktop " + desktop.name + " is not ready; choose one that is, or try again");
    desktop.owner = user;
    keepDisk(desktop.incarnation);
    return {};
}

Result<void> unassign(DesktopRow& row, const UserId& expectedOwner, WallTime now)
{
    Desktop& desktop = row.desktop;
    IncarnationFacts& facts = desktop.incarnation;
    if (desktop.owner.isEmpty())
        return failure(Errc::conflict, "'" + desktop.name + "' is kept for nobody");
    if (desktop.owner != expectedOwner)
        return failure(
            Errc::conflict, "'" + desktop.name + "' is kept for another user now; look again");
    if (row.lease && !row.lease->closedAt)
        return failure(
            Errc::conflict, "the desktop " + desktop.name + " is in use; end its session first");
    desktop.owner = {};
    facts.endedAt.reset();
    facts.endingAt = facts.endingAt.value_or(now);
    facts.endReason = EndReason::unassigned;
    return {};
}

bool giveUp(DesktopRow& row)
{
    Desktop& desktop = row.desktop;
    const IncarnationFacts& facts = desktop.incarnation;
    const bool wasUnused = row.lease && row.lease->closedAt && row.lease->closeReason
        && isForUnused(*row.lease->closeReason) && !row.lease->firstConnectedAt;
    // What has ended for its owner has left its disk.
    const bool keepsNothing = facts.disk.isEmpty() && !facts.endedAt;
    if (!wasUnused || !keepsNothing || desktop.owner != row.lease->user)
        return false;
    desktop.owner = {};
    return true;
}

Error secondDesktopError()
{
    return { Errc::conflict, "this user has a desktop in the pool already" };
}

}
