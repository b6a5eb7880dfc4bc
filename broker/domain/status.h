// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

#include <string>

namespace wardesk::broker {

/// What people see of a desktop. Derived from facts by this one function, never written down.
enum class DesktopStatus {
    stopped, ///< its last incarnation has ended and no new one has begun
    preparing,
    ready, ///< free: nobody has had this incarnation
    kept, ///< the same, but for its owner only
    suspended, ///< saved to its host's disk; resumed when it is wanted
    assigned, ///< leased, the first connection has not come yet
    connected,
    disconnected, ///< leased, the session goes on without a client
    recycling,
    quarantined
};

/// `lease` is the lease of this very incarnation, open or closed, or null.
/// Free is computed from leases alone (R2): an incarnation that ever had a lease is never ready
/// again.
[[nodiscard]] DesktopStatus statusOf(const Desktop& desktop, const Lease* lease);
[[nodiscard]] std::string nameOf(DesktopStatus status);
/// Of a dedicated pool: set aside after a backup was restored, kept for nobody, and what is on its
/// disk may be somebody's work. Only an administrator can say whose, or that it may go.
[[nodiscard]] bool maySomebodyMiss(const Desktop& desktop);
/// One plain sentence for people.
[[nodiscard]] std::string describe(const Desktop& desktop, const Lease* lease);

}
