// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/verdict.h"
#include "protocols/base/mutation.h"

#include <array>

namespace wardesk::broker {

namespace {

using enum Verdict;

/// Domain: running, off, missing.
using ByDomain = std::array<Verdict, 3>;
/// Lease: none, unconnected, used, closed.
using ByLease = std::array<ByDomain, 4>;

constexpr ByDomain never { quarantine, quarantine, quarantine };

constexpr std::array<ByLease, 5> table {
    // intended: only a ready incarnation is ever granted, so a lease here is a contradiction
    ByLease { ByDomain { finishStart, start, start }, never, never, never },
    // started
    ByLease {
        ByDomain { awaitReady, endFailed, endFailed },
        ByDomain { awaitConnection, loseLease, loseLease },
        ByDomain { keep, loseLease, loseLease },
        ByDomain { endUsed, endUsed, endUsed },
    },
    // ready
    ByLease {
        ByDomain { keep, endGone, endGone },
        ByDomain { awaitConnection, loseLease, loseLease },
        ByDomain { keep, loseLease, loseLease },
        ByDomain { endUsed, endUsed, endUsed },
    },
    // ending: the store refuses it while a lease is open
    ByLease {
        ByDomain { destroy, destroy, destroy },
        never,
        never,
        ByDomain { destroy, destroy, destroy },
    },
    // ended
    ByLease {
        ByDomain { destroyStray, destroyStray, renew },
        never,
        never,
        ByDomain { destroyStray, destroyStray, renew },
    },
};

/// The combination in plain words, for whoever has to look at the desktop.
std::string describeImpossible(IncarnationPhase incarnation, LeasePhase lease)
{
    static constexpr std::array<const char*, 5> incarnations { "not started yet", "starting",
        "ready", "being wiped", "wiped" };
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
    if (facts.endedAt && !facts.endingAt)
        return "the database says that it ended but nobody ended it";
    if (row.lease
        && (row.lease->desktop != row.desktop.id || row.lease->incarnation != facts.number))
        return "its lease belongs to another incarnation";
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
        observation.domain == DomainSeen::contradictory ? observation.contradiction
                                                        : describeImpossible(incarnation, lease) };
}

}
