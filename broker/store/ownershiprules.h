// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

/// Of desktops that are kept for one user, the same for every store.
namespace wardesk::broker::rules {

/// What its owner is told when it cannot be given out at this moment.
[[nodiscard]] GrantOutcome whyNotOwn(const Desktop& own, bool hostGivesOut);
/// The desktop with its owner, when nobody has had it. From now on its disk is kept: that tells
/// it from one that is somebody's only because a grant gave it out (giveUp).
[[nodiscard]] Result<void> assign(DesktopRow& row, const Pool& pool, const UserId& user);
/// Takes the owner away, if it is the one that is meant. An incarnation that is over already has
/// to be ended once more: its disk was kept for somebody.
[[nodiscard]] Result<void> unassign(DesktopRow& row, const UserId& expectedOwner, WallTime now);
/// After a lease was closed: one click must not keep a desktop for ever. The owner goes with a
/// lease under which nobody has been inside, while nothing has been kept yet. Not when only no
/// connection is known, as of a lease that was logged off or lost: the news of it may have been
/// lost, and somebody's work with the disk. True: it is nobody's now.
[[nodiscard]] bool giveUp(DesktopRow& row);
[[nodiscard]] Error secondDesktopError();

}
