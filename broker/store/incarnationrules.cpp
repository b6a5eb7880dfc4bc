// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/incarnationrules.h"

#include "broker/domain/seats.h"

namespace wardesk::broker::rules {

namespace {

Result<void> checkNewest(const IncarnationFacts& facts, Incarnation number)
{
    if (facts.number != number)
        return failure(Errc::stale, "this incarnation of the desktop is not the newest");
    return {};
}

/// For reports of a life that is over they come too late.
Result<void> checkAlive(const IncarnationFacts& facts, Incarnation number)
{
    if (Result<void> newest = checkNewest(facts, number); !newest)
        return newest;
    if (facts.endingAt || facts.endedAt)
        return failure(Errc::stale, "this incarnation of the desktop is being ended");
    return {};
}

void countFailure(IncarnationFacts& facts, const std::string& error, WallTime now)
{
    ++facts.startAttempts;
    facts.lastFailureAt = now;
    facts.lastError = error;
}

}

Result<void> start(IncarnationFacts& facts, Incarnation number, WallTime now)
{
    // A start may come back after the intent to destroy was committed: what happened, happened.
    if (Result<void> newest = checkNewest(facts, number); !newest)
        return newest;
    if (facts.endedAt)
        return failure(Errc::stale, "this incarnation of the desktop has ended");
    if (!facts.startedAt)
        facts.startedAt = now;
    return {};
}

Result<void> failStart(
    IncarnationFacts& facts, Incarnation number, const std::string& error, WallTime now)
{
    if (Result<void> newest = checkNewest(facts, number); !newest)
        return newest;
    if (facts.endedAt)
        return failure(Errc::stale, "this incarnation of the desktop has ended");
    if (facts.endingAt)
        facts.lastError = error;
    else
        countFailure(facts, error, now);
    return {};
}

Result<void> makeReady(
    IncarnationFacts& facts, Incarnation number, const std::string& certificateSha256, WallTime now)
{
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (facts.suspendingAt && !facts.resumingAt)
        return failure(Errc::conflict, "this incarnation of the desktop is saved to the disk");
    facts.suspendingAt.reset();
    facts.suspendedAt.reset();
    // The agent can be quicker than the answer of the call that started the domain.
    if (!facts.startedAt)
        facts.startedAt = now;
    if (!facts.readyAt)
        facts.readyAt = now;
    facts.unreadyAt.reset();
    facts.certificateSha256 = certificateSha256;
    facts.startAttempts = 0;
    facts.lastFailureAt.reset();
    facts.lastError.clear();
    return {};
}

Result<void> makeUnready(IncarnationFacts& facts, Incarnation number, WallTime now)
{
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (facts.readyAt) {
        facts.readyAt.reset();
        facts.unreadyAt = now;
    }
    return {};
}

Result<void> beginSuspending(DesktopRow& row, Incarnation number, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (facts.suspendingAt && !facts.resumingAt)
        return {};
    // R1: whoever was given it, if only once, may have left something in its memory.
    if (!facts.readyAt || row.lease || !row.desktop.owner.isEmpty() || row.desktop.quarantinedAt
        || facts.drainingAt)
        return failure(Errc::conflict,
            "the desktop " + row.desktop.name + " is not a free and ready one that is nobody's");
    facts.readyAt.reset();
    facts.suspendingAt = now;
    facts.suspendedAt.reset();
    facts.resumingAt.reset();
    return {};
}

Result<void> suspend(IncarnationFacts& facts, Incarnation number, WallTime now)
{
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (!facts.suspendingAt || facts.resumingAt)
        return failure(Errc::conflict, "nobody has begun to save this desktop to the disk");
    if (!facts.suspendedAt)
        facts.suspendedAt = now;
    return {};
}

Result<void> beginResuming(
    IncarnationFacts& facts, Incarnation number, const std::string& why, WallTime now)
{
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (!facts.suspendingAt)
        return failure(Errc::conflict, "this desktop is not saved to the disk");
    if (facts.resumingAt)
        return {};
    facts.resumingAt = now;
    facts.lastError = why;
    return {};
}

Result<void> failResume(
    IncarnationFacts& facts, Incarnation number, const std::string& error, WallTime now)
{
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (!facts.suspendingAt || !facts.resumingAt)
        return failure(Errc::conflict, "nobody has begun to resume this desktop");
    countFailure(facts, error, now);
    facts.endingAt = now;
    facts.endReason = EndReason::failedToStart;
    return {};
}

Result<void> drain(IncarnationFacts& facts, const Pool& pool, Incarnation number, WallTime now)
{
    if (Result<void> alive = checkAlive(facts, number); !alive)
        return alive;
    if (!isShared(pool))
        return failure(Errc::conflict,
            "the pool " + pool.name
                + " is not shared: its desktops have one session each, and are made anew after it");
    // Nobody is in one that is saved, so there is nobody to wait for.
    if (facts.suspendingAt)
        return failure(Errc::conflict, "this incarnation of the desktop is saved to the disk");
    if (!facts.drainingAt)
        facts.drainingAt = now;
    return {};
}

Result<void> beginEnding(DesktopRow& row, Incarnation number, EndReason reason, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    if (Result<void> newest = checkNewest(facts, number); !newest)
        return newest;
    if (openSeats(row) > 0)
        return failure(Errc::conflict, "the desktop " + row.desktop.name + " is in use");
    if (facts.endingAt)
        return {};
    facts.endingAt = now;
    facts.endReason = reason;
    if (reason == EndReason::failedToStart)
        countFailure(facts, "it started but did not get ready", now);
    return {};
}

Result<void> end(Desktop& desktop, Incarnation number, DiskFate disk, WallTime now)
{
    IncarnationFacts& facts = desktop.incarnation;
    if (Result<void> newest = checkNewest(facts, number); !newest)
        return newest;
    if (!facts.endingAt)
        return failure(Errc::conflict, "nobody has begun to end this incarnation of the desktop");
    if (disk == DiskFate::kept && desktop.owner.isEmpty() && !facts.endedAt)
        return failure(Errc::conflict,
            "the desktop " + desktop.name + " is nobody's any more; its disk must not stay");
    if (!facts.endedAt)
        facts.endedAt = now;
    return {};
}

Result<IncarnationFacts> next(const Desktop& desktop, const NewIncarnation& wanted)
{
    const IncarnationFacts& last = desktop.incarnation;
    if (wanted.number.value() != last.number.value() + 1)
        return failure(Errc::conflict,
            "the next incarnation of " + desktop.name + " is number "
                + std::to_string(last.number.value() + 1));
    if (!last.endedAt)
        return failure(
            Errc::conflict, "the last incarnation of " + desktop.name + " has not ended yet");
    if (desktop.quarantinedAt)
        return failure(Errc::conflict, "the desktop " + desktop.name + " is set aside");
    IncarnationFacts facts;
    facts.number = wanted.number;
    facts.domain = wanted.domain;
    facts.image = wanted.image;
    if (!desktop.owner.isEmpty()) {
        facts.disk = last.disk.isEmpty() ? last.domain : last.disk;
        facts.image = last.image;
    }
    facts.bootstrapHash = wanted.bootstrapHash;
    facts.createdAt = wanted.now;
    facts.startAttempts = last.startAttempts;
    facts.lastFailureAt = last.lastFailureAt;
    if (facts.startAttempts > 0)
        facts.lastError = last.lastError;
    return facts;
}

}
