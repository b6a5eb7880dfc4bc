// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/reasons.h"
#include "broker/domain/store.h"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

/// The life of a lease as a pure function: facts and an event in, facts and effects out. The stores
/// follow the same rules; the caller executes the effects.
namespace wardesk::broker {

// clang-format off
/// The owner asks (again) for the desktop; the epoch is a new one from the database (R3, R7).
struct LeaseAsked { Epoch epoch; std::string terminal; };
/// The broker is about to take back a lease that nobody connected to, and shuts the door first:
/// the epoch is a new one.
struct LeaseReviewed { Epoch epoch; };
/// A client reached the session with the credential of this epoch.
struct LeaseConnected { Epoch epoch; };
struct LeaseDisconnected { };
/// Evidence from the agent of this incarnation: the user logged off and nothing runs any more (R6).
struct LeaseLoggedOff { Incarnation incarnation; };
/// Evidence from the hypervisor: the domain of this incarnation is shut off or gone (R6).
struct LeaseDomainLost { Incarnation incarnation; };
struct LeaseRestartRequested { };
struct LeaseEndedByAdmin { };
/// Time passed; frees the lease only when it was never connected and `after` is over (R6).
struct LeaseTimeChecked { std::chrono::milliseconds after; };
// clang-format on

using LeaseEvent = std::variant<LeaseAsked, LeaseReviewed, LeaseConnected, LeaseDisconnected,
    LeaseLoggedOff, LeaseDomainLost, LeaseRestartRequested, LeaseEndedByAdmin, LeaseTimeChecked>;

// clang-format off
/// Make the credential and tickets of this epoch; those of lower epochs are worth nothing now.
struct IssueCredential { Epoch epoch; bool operator==(const IssueCredential&) const = default; };
/// S7: the session shows nothing to the next person at the bedside.
struct LockSession { bool operator==(const LockSession&) const = default; };
/// Tell connected clients of the lease that it ended.
struct DropClients { bool operator==(const DropClients&) const = default; };
/// The incarnation was used and must never be given to anybody else (R1).
struct EndIncarnation { DesktopId desktop; Incarnation incarnation; EndReason reason = EndReason::loggedOff; bool operator==(const EndIncarnation&) const = default; };
/// The same of one account of a shared desktop: what runs in it is ended and what is left of it
/// removed; the others go on.
struct EndSeat { DesktopId desktop; Incarnation incarnation; std::int64_t seat = 0; bool operator==(const EndSeat&) const = default; };
// clang-format on

using LeaseEffect
    = std::variant<IssueCredential, LockSession, DropClients, EndIncarnation, EndSeat>;

struct LeaseTransition
{
    Lease lease;
    std::vector<LeaseEffect> effects; ///< empty when the event changed nothing
};

/// `stale` for an epoch or incarnation that is not the lease's, `conflict` for asking for a lease
/// that has ended. Events of closing are idempotent: a closed lease stays as it is, without
/// effects.
[[nodiscard]] Result<LeaseTransition> transition(
    const Lease& lease, const LeaseEvent& event, WallTime now);

/// The lease that a grant makes; `seat` is 0 unless the pool is shared.
[[nodiscard]] Lease openLease(
    const LeaseRequest& request, const Desktop& desktop, Epoch epoch, std::int64_t seat);

/// Closes the lease for this reason; a closed one stays as it is, without effects.
[[nodiscard]] LeaseTransition closeOf(const Lease& lease, CloseReason reason, WallTime now);

}
