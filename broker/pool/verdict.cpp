// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/verdict.h"

#include "broker/domain/seats.h"
#include "protocols/base/mutation.h"

#include <array>
#include <set>

namespace wardesk::broker {

namespace {

using enum Verdict;

/// Domain: running, suspended, off, missing.
using ByDomain = std::array<Verdict, 4>;
/// Lease: none, unconnected, used, closed.
using ByLease = std::array<ByDomain, 4>;

constexpr ByDomain never { quarantine, quarantine, quarantine, quarantine };

constexpr std::array<ByLease, 8> table {
    // intended: only a ready incarnation is ever granted, so a lease here is a contradiction
    ByLease { ByDomain { finishStart, quarantine, start, start }, never, never, never },
    // started
    ByLease {
        ByDomain { awaitReady, endGone, endFailed, endFailed },
        ByDomain { awaitConnection, quarantine, loseLease, loseLease },
        ByDomain { keep, quarantine, loseLease, loseLease },
        ByDomain { endUsed, endUsed, endUsed, endUsed },
    },
    // ready: nobody of ours saves a desktop that somebody has, so that is for a person to look at
    ByLease {
        ByDomain { keep, endGone, endGone, endGone },
        ByDomain { awaitConnection, quarantine, loseLease, loseLease },
        ByDomain { keep, quarantine, loseLease, loseLease },
        ByDomain { endUsed, endUsed, endUsed, endUsed },
    },
    // suspending, suspended, resuming: never one that has had a lease
    ByLease { ByDomain { suspend, finishSuspend, endGone, endGone }, never, never, never },
    ByLease { ByDomain { resume, rest, endGone, endGone }, never, never, never },
    ByLease { ByDomain { resume, resume, endFailed, endFailed }, never, never, never },
    // ending: the store refuses it while a lease is open
    ByLease {
        ByDomain { destroy, destroy, destroy, destroy },
        never,
        never,
        ByDomain { destroy, destroy, destroy, destroy },
    },
    // ended
    ByLease {
        ByDomain { destroyStray, destroyStray, destroyStray, renew },
        never,
        never,
        ByDomain { destroyStray, destroyStray, destroyStray, renew },
    },
};

/// The combination in plain words, for whoever has to look at the desktop.
std::string describeImpossible(IncarnationPhase incarnation, LeasePhase lease, DomainSeen domain)
{
    static constexpr std::array<const char*, 8> incarnations { "not started yet", "starting",
        "ready", "being saved to the disk", "saved to the disk", "being resumed", "being wiped",
        "wiped" };
    if (lease == LeasePhase::none
        || (domain == DomainSeen::suspended && lease != LeasePhase::closed))
        return std::string("it is ") + incarnations[static_cast<std::size_t>(incarnation)]
            + (lease == LeasePhase::none ? "" : ", and somebody's")
            + ", yet its domain is saved to the host's disk, which nobody of Wardesk has done; "
              "'virsh start' on the host lets it go on";
    const char* leased
        = lease == LeasePhase::closed ? "a closed lease on it" : "an open lease on it";
    return std::string("it is ") + incarnations[static_cast<std::size_t>(incarnation)]
        + ", yet there is " + leased + ", which cannot be";
}

std::string contradictionIn(const DesktopRow& row)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (facts.readyAt && !facts.startedAt)
        return "the database says that it is ready but never started";
    if (facts.suspendingAt && facts.readyAt)
        return "the database says that it is ready and saved to the disk at once";
    if (facts.suspendedAt && !facts.suspendingAt)
        return "the database says that it is saved to the disk but nobody saved it";
    if (facts.suspendingAt && !facts.endingAt && !row.desktop.owner.isEmpty())
        return "the database says that it is saved to the disk and somebody's at once";
    if (facts.endedAt && !facts.endingAt)
        return "the database says that it ended but nobody ended it";
    std::set<std::int64_t> seats;
    for (const Lease* lease : leasesOf(row)) {
        if (lease->desktop != row.desktop.id || lease->incarnation != facts.number)
            return "its lease belongs to another incarnation";
        // R1: one lease of a desktop, or one of each account.
        if (!seats.insert(lease->seat).second || (seats.contains(0) && seats.size() > 1))
            return "two leases say that they are for the same account of it";
    }
    return {};
}

Judgement judgeQuarantined(const DesktopRow& row, const Observation& observation)
{
    // The user of a desktop that was set aside is not held to it once it is really gone (R6); the
    // rest is for a person to look at.
    const LeasePhase lease = phaseOf(row.lease);
    const bool open = lease == LeasePhase::unconnected || lease == LeasePhase::used;
    const bool gone
        = observation.domain == DomainSeen::off || observation.domain == DomainSeen::missing;
    return { open && gone && contradictionIn(row).empty() ? loseLease : leave, {} };
}

}

IncarnationPhase phaseOf(const IncarnationFacts& facts)
{
    if (facts.endedAt)
        return IncarnationPhase::ended;
    if (facts.endingAt)
        return IncarnationPhase::ending;
    if (facts.readyAt)
        return IncarnationPhase::ready;
    if (facts.suspendingAt && facts.resumingAt)
        return IncarnationPhase::resuming;
    if (facts.suspendingAt)
        return facts.suspendedAt ? IncarnationPhase::suspended : IncarnationPhase::suspending;
    return facts.startedAt ? IncarnationPhase::started : IncarnationPhase::intended;
}

LeasePhase phaseOf(const std::optional<Lease>& lease)
{
    if (!lease)
        return LeasePhase::none;
    if (lease->closedAt)
        return LeasePhase::closed;
    return lease->firstConnectedAt ? LeasePhase::used : LeasePhase::unconnected;
}

Verdict verdictOf(IncarnationPhase incarnation, LeasePhase lease, DomainSeen domain)
{
    if (domain == DomainSeen::contradictory)
        return quarantine;
    return table[static_cast<std::size_t>(incarnation)][static_cast<std::size_t>(lease)]
                [static_cast<std::size_t>(domain)];
}

Judgement judge(const DesktopRow& row, const Observation& observation)
{
    if (row.desktop.quarantinedAt)
        return judgeQuarantined(row, observation);
    if (std::string contradiction = contradictionIn(row); !contradiction.empty())
        return { quarantine, std::move(contradiction) };
    const IncarnationPhase incarnation = phaseOf(row.desktop.incarnation);
    const LeasePhase lease = phaseOf(row.lease);
    const Verdict verdict = verdictOf(incarnation, lease, observation.domain);
    if (WARDESK_MUTATED(sameIncarnation) && verdict == endUsed
        && observation.domain == DomainSeen::running)
        return { keep, {} };
    if (verdict != quarantine)
        return { verdict, {} };
    return { quarantine,
        observation.domain == DomainSeen::contradictory
            ? observation.contradiction
            : describeImpossible(incarnation, lease, observation.domain) };
}

}
