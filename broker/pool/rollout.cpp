// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/rollout.h"

#include "protocols/base/mutation.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// A pool of a thousand desktops always has some that are just being renewed after a log-off.
constexpr std::int64_t tolerated = 10; // one in so many may be under way when a rollout ends

std::int64_t shareOf(std::int64_t total, std::int64_t percent)
{
    return std::max<std::int64_t>(1, (total * percent + 99) / 100);
}

std::string withError(std::string words, const IncarnationFacts& facts)
{
    return facts.lastError.empty() ? words : words + ": " + facts.lastError;
}

std::optional<std::string> failureOf(const Rollout& rollout, const DesktopRow& row)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    const std::string& name = row.desktop.name;
    const auto isOfNow = [&rollout](const std::optional<WallTime>& at) {
        return at && rollout.begunAt && *at >= *rollout.begunAt;
    };
    // A failure of an earlier life of the desktop is carried over, and says nothing of this one.
    if (isOfNow(facts.lastFailureAt) && *facts.lastFailureAt >= facts.createdAt)
        return withError(name + " failed to start with the new version", facts);
    if (isOfNow(facts.endingAt) && facts.endReason == EndReason::failedToStart)
        return withError(name + " did not get ready with the new version", facts);
    if (isOfNow(facts.endingAt) && facts.endReason == EndReason::becameUnready)
        return name + " was ready with the new version, and then was not any more";
    if (row.lease && isOfNow(row.lease->closedAt)
        && row.lease->closeReason == CloseReason::desktopLost)
        return name + " stopped while somebody used the new version on it";
    return std::nullopt;
}

}

RolloutPlace placeOf(const Rollout& rollout, const DesktopRow& row)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (row.desktop.quarantinedAt)
        return RolloutPlace::aside;
    if (!row.desktop.owner.isEmpty() && facts.image != rollout.to)
        return RolloutPlace::kept;
    if (facts.endingAt || facts.endedAt || (row.lease && row.lease->closedAt))
        return RolloutPlace::leaving;
    if (facts.image == rollout.to)
        // What is saved to the disk has been ready.
        return facts.readyAt || facts.suspendingAt || row.lease ? RolloutPlace::renewed
                                                                : RolloutPlace::underWay;
    return row.lease ? RolloutPlace::oldInUse : RolloutPlace::oldFree;
}

RolloutStanding standingOf(const Rollout& rollout, const std::vector<DesktopRow>& desktops)
{
    RolloutStanding standing;
    for (const DesktopRow& row : desktops) {
        const RolloutPlace place = placeOf(rollout, row);
        const bool isOld = row.desktop.incarnation.image != rollout.to;
        const bool isCounted = place != RolloutPlace::aside && place != RolloutPlace::kept;
        standing.total += isCounted ? 1 : 0;
        standing.kept += place == RolloutPlace::kept ? 1 : 0;
        standing.renewed += place == RolloutPlace::renewed ? 1 : 0;
        standing.underWay += place == RolloutPlace::underWay ? 1 : 0;
        standing.oldInUse += place == RolloutPlace::oldInUse ? 1 : 0;
        if (place == RolloutPlace::oldFree)
            ++standing.oldFree;
        else if (place == RolloutPlace::leaving)
            ++(isOld ? standing.oldFree : standing.underWay);
    }
    if (rollout.isRollback) {
        standing.allowed = standing.total;
        return standing;
    }
    standing.canary = shareOf(standing.total, rollout.canaryPercent);
    standing.wave = shareOf(standing.total, rollout.wavePercent);
    standing.allowed = standing.canary;
    if (standing.isProven()) {
        const std::int64_t waves = (standing.renewed - standing.canary) / standing.wave + 1;
        standing.allowed += waves * standing.wave;
    }
    return standing;
}

std::optional<std::string> failureOf(
    const Rollout& rollout, const std::vector<DesktopRow>& desktops)
{
    for (const DesktopRow& row : desktops) {
        // A disk with a user's work on it may be the cause, not the version.
        const bool hasKept = !row.desktop.incarnation.disk.isEmpty();
        if (row.desktop.incarnation.image != rollout.to || row.desktop.quarantinedAt || hasKept)
            continue;
        if (auto why = failureOf(rollout, row))
            return why;
    }
    return std::nullopt;
}

std::optional<RolloutStep> dueStep(
    const Rollout& rollout, const std::vector<DesktopRow>& desktops, WallTime now)
{
    if (rollout.state == RolloutState::scheduled && now >= rollout.startAt)
        return RolloutStep { RolloutState::running, "its time has come" };
    if (rollout.state != RolloutState::running)
        return std::nullopt;
    if (!rollout.isRollback && !WARDESK_MUTATED(brokenGoesOn)) {
        if (auto why = failureOf(rollout, desktops))
            return RolloutStep { RolloutState::stopped, std::move(*why) };
    }
    const RolloutStanding standing = standingOf(rollout, desktops);
    const bool isOver = standing.oldInUse == 0 && standing.oldFree == 0 && standing.total > 0
        && standing.isProven() && standing.underWay * tolerated <= standing.total;
    if (!isOver)
        return std::nullopt;
    return RolloutStep { RolloutState::done,
        standing.kept == 0 ? "all desktops have the new version"
                           : "all desktops have the new version but "
                + std::to_string(standing.kept) + " that are kept for their users" };
}

std::optional<WallTime> deadlineOf(const Rollout& rollout)
{
    if ((rollout.mode != RolloutMode::force && !WARDESK_MUTATED(everyRolloutForced))
        || rollout.state != RolloutState::running || !rollout.begunAt)
        return std::nullopt;
    return *rollout.begunAt + rollout.countdown;
}

}
