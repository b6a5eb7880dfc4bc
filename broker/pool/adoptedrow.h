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

/// What is said of the only session of a desktop that is one user's.
[[nodiscard]] SeatWord sessionOf(const AgentWord& word);
/// Somebody has been given it: it runs, and what was to become of a free one is over.
void noteInUse(DesktopRow& row, const AgentWord& word, WallTime now);
/// The lease that the agent tells of: the same id, user and epoch.
[[nodiscard]] Lease leaseFrom(const DesktopRow& row, const SeatWord& word, WallTime now);
/// The database's lease, with what the agent knows better.
void refreshLease(Lease& lease, const SeatWord& word, WallTime now);
void closeAsLoggedOff(Lease& lease, const SeatWord& word, WallTime now);
/// Its leases are over because the desktop is (R6: the host says so).
void loseLeases(DesktopRow& row, WallTime now);
/// From here the incarnation can only be destroyed.
void endForLoss(DesktopRow& row, WallTime now);
/// Of a shared desktop: whoever is in it goes on, and then it is made anew.
void drainForLoss(DesktopRow& row, WallTime now);
void retireRow(DesktopRow& row, WallTime now);

}
