// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/domain/store.h"

/// What adopt() writes into a row. The times of what was lost are not known: they are `now`.
namespace wardesk::broker {

/// The desktop with the incarnation that this domain is; without a lease, and not set aside: what
/// was the matter with an earlier incarnation is over.
[[nodiscard]] DesktopRow rowFrom(
    const ObservedDomain& domain, const DesktopRow* known, const ImageId& image, WallTime now);

/// The lease that the agent tells of: the same id, user and epoch.
void remakeLease(DesktopRow& row, const AgentWord& word, WallTime now);
/// The database's lease, with what the agent knows better.
void refreshLease(DesktopRow& row, const AgentWord& word, WallTime now);
void closeAsLoggedOff(DesktopRow& row, const AgentWord& word, WallTime now);
/// Its lease is over because its desktop is (R6: the host says so).
void loseLease(DesktopRow& row, WallTime now);
/// From here the incarnation can only be destroyed.
void endForLoss(DesktopRow& row, WallTime now);
void retireRow(DesktopRow& row, WallTime now);

}
