// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

namespace wardesk::broker {

/// The part of the database's port for desktops that are kept for one user (PoolKind::dedicated).
/// The first grant makes a desktop its user's; these are an administrator's.
class OwnershipStore
{
public:
    virtual ~OwnershipStore() = default;
    /// Keeps a desktop that nobody has had for this user, also when the first session on it is
    /// never used. Good when it is theirs already; `conflict` when it is somebody else's, is not
    /// free, or its pool keeps none, and when the user has another one in the pool.
    [[nodiscard]] virtual Result<void> assignDesktop(const DesktopId& id, const UserId& user) = 0;
    /// It is not this user's any more, and its incarnation is over together with what is on the
    /// disk. `conflict` when it is nobody's or somebody else's, so that a request that comes twice
    /// or late never wipes the next owner's disk, and while a session is open on it.
    [[nodiscard]] virtual Result<void> unassignDesktop(
        const DesktopId& id, const UserId& expectedOwner, WallTime now)
        = 0;
};

}
