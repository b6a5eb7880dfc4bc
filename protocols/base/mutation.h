// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Seeded bugs. `if (WARDESK_MUTATED(ticketNotUsed))` stands where a rule is kept and breaks it on
/// demand, so that the simulator can show that its checks catch what they are there for. In every
/// program but the simulator the condition is the constant `false` and nothing of the bug is
/// compiled: there is no switch that could be found and turned. tests/simulation/mutants.cpp lists
/// them all.
#ifdef WARDESK_MUTANTS

namespace wardesk::mutants {

enum class Mutant {
    none,
    freeIgnored,
    freeByStatus,
    epochIgnored,
    ticketNotUsed,
    wallClockLease,
    releaseBeforeDestroy,
    staleRead,
    keyIgnored,
    eventLost,
    sameIncarnation,
    twoReconcilers,
    commitAfterCall,
    logOffAnybody,
    maintenanceIgnored,
    everyRolloutForced,
    brokenGoesOn,
    drainIgnored,
    agentsUnheard,
    writtenOffUnasked,
    accessIgnored,
    limitIgnored,
    ownerIgnored,
    grantSuspended,
    resumeUnproven,
    seatReused
};

/// The one that is on. One thread.
extern Mutant present;

}

#define WARDESK_MUTATED(mutant) (::wardesk::mutants::present == ::wardesk::mutants::Mutant::mutant)

#else

#define WARDESK_MUTATED(mutant) false

#endif
