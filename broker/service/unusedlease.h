// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/service/agentlinks.h"

namespace wardesk::broker {

// How a lease that nobody is known to have connected to is taken back (R6), by its user or because
// its time is over. That the database knows of no connection does not mean that there is none: the
// report of it may wait for a full disk, or its agent may be cut off from us while its user works.
// So the door is shut first (Store::reviewLease: a new epoch, no older ticket or credential opens
// it), then the agent is asked who is inside, and only its answer closes the lease.

/// The question to the agent of a lease that was just reviewed.
[[nodiscard]] AgentOrder askWhoIsInside(const Lease& reviewed, std::chrono::seconds patience);

/// Writes down what the agent has answered. True: nobody is inside, and the lease is closed; as
/// logged off when a session has ended in it, for then somebody may have been. False: its user is
/// inside, or has asked again meanwhile.
[[nodiscard]] Result<bool> closeUnlessUsed(
    Store& store, const Lease& reviewed, wire::SessionState session, CloseReason why, WallTime now);

/// Its agent says that it is not ready after all. False: that changes nothing, since it was not
/// known as ready, or somebody has used it, from whom it is not taken away because its agent has
/// doubts (R7). A lease on it that nobody has come to is given up after neverReadyAfter.
[[nodiscard]] Result<bool> takeReadinessBack(Store& store, const DesktopRow& row, WallTime now);

}
