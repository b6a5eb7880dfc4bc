// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/observe.h"

#include <string>

namespace wardesk::broker {

enum class IncarnationPhase {
    intended,
    started,
    ready,
    suspending, ///< to be saved to the host's disk
    suspended,
    resuming, ///< to run again, until its agent has proved readiness anew
    ending,
    ended
};
enum class LeasePhase { none, unconnected, used, closed };

/// What one desktop needs by itself, before the pool's size is looked at.
enum class Verdict {
    keep,
    start, ///< when its turn has come
    finishStart, ///< its domain runs already: complete the row
    awaitReady, ///< keep, or end it when the time for that is over
    suspend, ///< go on saving it, or let it run again when it is wanted by now
    finishSuspend, ///< it is saved: complete the row
    rest, ///< saved; resumed when it is wanted
    resume, ///< it is to run: again, or on
    awaitConnection, ///< keep, or close the lease when nobody ever connected
    endFailed,
    endGone,
    endUsed,
    loseLease, ///< the leased desktop is gone: close the lease and end the incarnation
    destroy, ///< also when the domain is gone: what it has left on the host goes
    renew, ///< next incarnation, or removal when it is one too many
    destroyStray,
    quarantine,
    leave ///< set aside: nothing is done to it and nothing follows from it
};

struct Judgement
{
    Verdict verdict = Verdict::keep;
    std::string reason; ///< of a quarantine
};

[[nodiscard]] IncarnationPhase phaseOf(const IncarnationFacts& facts);
[[nodiscard]] LeasePhase phaseOf(const std::optional<Lease>& lease);
/// The table of DESIGN.md.
[[nodiscard]] Verdict verdictOf(IncarnationPhase incarnation, LeasePhase lease, DomainSeen domain);
[[nodiscard]] Judgement judge(const DesktopRow& row, const Observation& observation);

}
