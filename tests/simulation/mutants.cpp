// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/mutants.h"

namespace wardesk::mutants {

Mutant present = Mutant::none;

}

namespace wardesk::broker::simulation {

using mutants::Mutant;

const std::array<SeededBug, 25>& seededBugs()
{
    static constexpr std::array<SeededBug, 25> all { {
        { Mutant::freeIgnored, "free-ignored", "R2", "store: MemoryStore::freeDesktopIn",
            "the condition \"is free\" is dropped: a leased desktop is given to the next user" },
        { Mutant::freeByStatus, "free-by-status", "R2", "store: MemoryStore::freeDesktopIn",
            "a desktop counts as free when no client is connected to it" },
        { Mutant::epochIgnored, "epoch-ignored", "R3", "store: MemoryStore::redeemTicket",
            "a ticket is good although the session has moved to another terminal" },
        { Mutant::ticketNotUsed, "ticket-not-used", "S1", "store: MemoryStore::redeemTicket",
            "a ticket is not marked as used" },
        { Mutant::wallClockLease, "wall-clock-lease", "R10", "app: the clock of the service",
            "the time until a lease is given back is taken from the wall clock" },
        { Mutant::releaseBeforeDestroy, "release-before-destroy", "R4",
            "service: PoolKeeper::act(DestroyDomain)",
            "an incarnation is recorded as ended before its domain is destroyed" },
        { Mutant::staleRead, "stale-read", "R6", "service: PoolKeeper::act(CloseLease)",
            "a lease is closed by what was read when the plan was made" },
        { Mutant::keyIgnored, "key-ignored", "R9", "store: MemoryStore::grant",
            "the idempotency key of a request is not looked at" },
        { Mutant::eventLost, "event-lost", "R6", "service: AgentReports::keepForLater",
            "a report that the database did not take is forgotten" },
        { Mutant::sameIncarnation, "same-incarnation", "R1",
            "pool: judge, store: MemoryStore::freeDesktopIn",
            "a used desktop is kept and given on without a new incarnation" },
        { Mutant::twoReconcilers, "two-reconcilers", "R5", "service: PoolKeeper::wake",
            "a pool is reconciled twice at the same time" },
        { Mutant::commitAfterCall, "commit-after-call", "R4",
            "service: PoolKeeper::act(BeginEnding)",
            "the domain is destroyed first and the intent committed after it" },
        { Mutant::logOffAnybody, "log-off-anybody", "R6", "service: PoolKeeper::askToLogOff",
            "a timer's log-off does not ask whether somebody is connected" },
        { Mutant::maintenanceIgnored, "maintenance-ignored", "maintenance",
            "store: MemoryStore::freeDesktopIn", "a pool in maintenance gives out fresh desktops" },
        { Mutant::everyRolloutForced, "every-rollout-forced", "R7", "pool: deadlineOf",
            "a rollout ends leases although nobody has forced it" },
        { Mutant::brokenGoesOn, "broken-goes-on", "liveness", "pool: dueStep",
            "a version whose desktops fail does not stop its rollout" },
        { Mutant::drainIgnored, "drain-ignored", "drain", "store: MemoryStore::givesOut",
            "a host that is drained gives out its desktops" },
        { Mutant::agentsUnheard, "agents-unheard", "R7", "service: Hosts::judge",
            "a host counts as dead although agents on it speak" },
        { Mutant::writtenOffUnasked, "written-off-unasked", "R7",
            "service: HostAdministration::checkLost", "a host that is well is written off" },
        { Mutant::accessIgnored, "access-ignored", "A7", "service: Connections::connect",
            "who is not entitled to a pool is given its desktops" },
        { Mutant::limitIgnored, "limit-ignored", "limits", "store: MemoryStore::grant",
            "more sessions are opened than there may be at the same time" },
        { Mutant::ownerIgnored, "owner-ignored", "R1", "store: MemoryStore::freeDesktopIn",
            "a desktop that is kept for its user is given to another" },
        { Mutant::grantSuspended, "grant-suspended", "suspended",
            "store: MemoryStore::freeDesktopIn", "a desktop is given out while it is on the disk" },
        { Mutant::resumeUnproven, "resume-unproven", "suspended",
            "service: AgentReports::writeReadiness",
            "a desktop that was resumed is ready by what its agent knew before" },
        { Mutant::seatReused, "seat-reused", "R1", "store: MemoryStore::seatFor",
            "an account of a shared desktop is given to the next user after a log-off" },
    } };
    return all;
}

const SeededBug* findBug(std::string_view name)
{
    for (const SeededBug& bug : seededBugs()) {
        if (bug.name == name)
            return &bug;
    }
    return nullptr;
}

}
