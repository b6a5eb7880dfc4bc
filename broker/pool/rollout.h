// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/rollout.h"
#include "broker/domain/store.h"

#include <optional>
#include <string>
#include <vector>

/// How a pool goes from one version of its image to another: which desktops may have the new one by
/// now, and when it is over. Everything follows from the rows; nothing is remembered beside them.
namespace wardesk::broker {

/// Where a desktop stands in a rollout.
enum class RolloutPlace {
    aside, ///< set aside: not counted
    kept, ///< old version, and somebody's own: not counted, because its disk is laid over it
    renewed, ///< new version, and it has proved itself: ready, or in somebody's hands
    underWay, ///< new version, not ready yet
    leaving, ///< on its way out: what comes after it is decided when it begins
    oldInUse,
    oldFree
};

[[nodiscard]] RolloutPlace placeOf(const Rollout& rollout, const DesktopRow& row);

struct RolloutStanding
{
    std::int64_t total = 0; ///< desktops that are not set aside and not kept
    std::int64_t renewed = 0;
    std::int64_t underWay = 0;
    std::int64_t oldInUse = 0;
    std::int64_t kept = 0; ///< besides the total: with the old version as long as they have owners
    std::int64_t oldFree = 0; ///< those that are leaving with the old version among them
    std::int64_t canary = 0; ///< so many go first
    std::int64_t wave = 0; ///< so many follow at a time
    std::int64_t allowed
        = 0; ///< desktops that may have the new version now, those that do included
    [[nodiscard]] bool isProven() const { return renewed >= canary; }
};

[[nodiscard]] RolloutStanding standingOf(
    const Rollout& rollout, const std::vector<DesktopRow>& desktops);

/// Why the new version is not good, in words: the first failure of one of its desktops since the
/// rollout began (or was resumed).
[[nodiscard]] std::optional<std::string> failureOf(
    const Rollout& rollout, const std::vector<DesktopRow>& desktops);

struct RolloutStep
{
    RolloutState next = RolloutState::running;
    std::string reason;
};

/// The change of state that is due now, if any.
[[nodiscard]] std::optional<RolloutStep> dueStep(
    const Rollout& rollout, const std::vector<DesktopRow>& desktops, WallTime now);

/// When the desktops in use with the old version are taken away; nothing unless it is forced.
[[nodiscard]] std::optional<WallTime> deadlineOf(const Rollout& rollout);

}
