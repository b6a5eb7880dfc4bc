// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/lease/leasemachine.h"

namespace wardesk::broker {

namespace {

LeaseTransition unchanged(const Lease& lease)
{
    return { lease, {} };
}

LeaseTransition closed(const Lease& lease, CloseReason reason, WallTime now)
{
    LeaseTransition result { lease, {} };
    result.lease.closedAt = now;
    result.lease.closeReason = reason;
    result.lease.connectedAt.reset();
    result.effects.emplace_back(DropClients {});
    // In a shared desktop others may be inside: it is the pool's question when that one ends.
    if (lease.seat > 0)
        result.effects.emplace_back(EndSeat { lease.desktop, lease.incarnation, lease.seat });
    else
        result.effects.emplace_back(
            EndIncarnation { lease.desktop, lease.incarnation, endReasonOf(reason) });
    return result;
}

Result<LeaseTransition> closedOnEvidence(
    const Lease& lease, Incarnation seen, CloseReason reason, WallTime now)
{
    if (seen != lease.incarnation)
        return failure(Errc::stale, "the report is about another incarnation of the desktop");
    return closed(lease, reason, now);
}

struct Visitor
{
    const Lease& lease;
    WallTime now;

    Result<LeaseTransition> operator()(const LeaseAsked& event) const
    {
        if (event.epoch <= lease.epoch)
            return failure(Errc::stale, "a newer request for this desktop was granted already");
        LeaseTransition result { lease, {} };
        result.lease.epoch = event.epoch;
        result.lease.terminal = event.terminal;
        // Whoever asks is not away: the time until the log-off begins anew, also when the news of
        // the connection is lost.
        if (result.lease.disconnectedAt)
            result.lease.disconnectedAt = now;
        result.effects.emplace_back(IssueCredential { event.epoch });
        return result;
    }

    Result<LeaseTransition> operator()(const LeaseReviewed& event) const
    {
        if (lease.firstConnectedAt || event.epoch <= lease.epoch)
            return failure(Errc::stale, "somebody has come to this desktop after all");
        LeaseTransition result { lease, {} };
        result.lease.epoch = event.epoch;
        return result;
    }

    Result<LeaseTransition> operator()(const LeaseConnected& event) const
    {
        // Not "lower": an epoch above the lease's was never given to this lease either.
        if (event.epoch != lease.epoch)
            return failure(Errc::stale, "a newer connection to this desktop was asked for");
        LeaseTransition result { lease, {} };
        if (!lease.firstConnectedAt)
            result.lease.firstConnectedAt = now;
        result.lease.connectedAt = now;
        result.lease.disconnectedAt.reset();
        return result;
    }

    Result<LeaseTransition> operator()(const LeaseDisconnected&) const
    {
        if (!lease.connectedAt)
            return unchanged(lease);
        LeaseTransition result { lease, {} };
        result.lease.connectedAt.reset();
        result.lease.disconnectedAt = now;
        result.effects.emplace_back(LockSession {});
        return result;
    }

    Result<LeaseTransition> operator()(const LeaseLoggedOff& event) const
    {
        return closedOnEvidence(lease, event.incarnation, CloseReason::loggedOff, now);
    }

    Result<LeaseTransition> operator()(const LeaseDomainLost& event) const
    {
        return closedOnEvidence(lease, event.incarnation, CloseReason::desktopLost, now);
    }

    Result<LeaseTransition> operator()(const LeaseRestartRequested&) const
    {
        return closed(lease, CloseReason::restarted, now);
    }

    Result<LeaseTransition> operator()(const LeaseEndedByAdmin&) const
    {
        return closed(lease, CloseReason::endedByAdmin, now);
    }

    Result<LeaseTransition> operator()(const LeaseTimeChecked& event) const
    {
        // R6: once somebody was connected, only evidence ends the lease. A clock that was set back
        // makes the difference negative and frees nothing.
        if (lease.firstConnectedAt || now - lease.grantedAt < event.after)
            return unchanged(lease);
        return closed(lease, CloseReason::neverConnected, now);
    }
};

/// What is left to say about a lease that has ended.
struct AfterTheEnd
{
    const Lease& lease;

    Result<LeaseTransition> operator()(const LeaseAsked&) const
    {
        return failure(Errc::conflict, "this lease has ended");
    }
    Result<LeaseTransition> operator()(const LeaseReviewed&) const
    {
        return failure(Errc::stale, "this lease has ended");
    }
    Result<LeaseTransition> operator()(const LeaseConnected&) const
    {
        return failure(Errc::stale, "this lease has ended");
    }
    template <typename Event> Result<LeaseTransition> operator()(const Event&) const
    {
        return unchanged(lease);
    }
};

}

Result<LeaseTransition> transition(const Lease& lease, const LeaseEvent& event, WallTime now)
{
    if (lease.closedAt)
        return std::visit(AfterTheEnd { lease }, event);
    return std::visit(Visitor { lease, now }, event);
}

Lease openLease(const LeaseRequest& request, const Desktop& desktop, Epoch epoch, std::int64_t seat)
{
    Lease lease;
    lease.id = request.newLease;
    lease.organisation = request.organisation;
    lease.pool = request.pool;
    lease.desktop = desktop.id;
    lease.incarnation = desktop.incarnation.number;
    lease.seat = seat;
    lease.user = request.user;
    lease.epoch = epoch;
    lease.terminal = request.terminal;
    lease.grantedAt = request.now;
    return lease;
}

LeaseTransition closeOf(const Lease& lease, CloseReason reason, WallTime now)
{
    return lease.closedAt ? unchanged(lease) : closed(lease, reason, now);
}

}
