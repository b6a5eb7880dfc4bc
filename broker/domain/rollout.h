// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "protocols/base/error.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

enum class RolloutMode {
    whenLoggedOff, ///< a desktop in use is renewed when its user has logged off
    force ///< users are warned and lose their desktop when the countdown is over
};

enum class RolloutState {
    scheduled, ///< waits for its time
    running,
    stopped, ///< by an error or an administrator: may be resumed or rolled back
    done,
    cancelled, ///< before its time
    rolledBack
};

[[nodiscard]] inline bool isOpen(RolloutState state)
{
    return state == RolloutState::scheduled || state == RolloutState::running
        || state == RolloutState::stopped;
}

/// The change of a pool from one version of its image to another. A row stays for ever.
struct Rollout
{
    RolloutId id;
    OrganisationId organisation;
    PoolId pool;
    ImageId from;
    ImageId to;
    RolloutMode mode = RolloutMode::whenLoggedOff;
    bool isRollback = false; ///< to what worked before: without a canary, and nothing stops it
    WallTime startAt {}; ///< not before
    std::chrono::minutes countdown { 15 }; ///< with `force`, from begunAt
    std::int64_t canaryPercent = 10; ///< of the pool's desktops that go first; at least one
    std::int64_t wavePercent = 25; ///< of them that follow at a time
    RolloutState state = RolloutState::running;
    std::string reason; ///< of the present state, in words
    std::string note; ///< why it was started
    std::string startedBy;
    WallTime createdAt {};
    std::optional<WallTime> begunAt; ///< running since then; a resumption counts anew
    WallTime changedAt {}; ///< in this state since
    std::string changedBy;
    bool operator==(const Rollout&) const = default;
};

/// What a desktop that begins now is made of: the pool's image while this is its last rollout.
[[nodiscard]] inline const ImageId& imageOf(const Rollout& rollout)
{
    const bool isAhead
        = rollout.state == RolloutState::running || rollout.state == RolloutState::done;
    return isAhead ? rollout.to : rollout.from;
}

/// `conflict`, with what to do, unless pools may begin to use it.
[[nodiscard]] Result<void> checkPublished(const Image& image);

struct RolloutChange
{
    RolloutId id;
    RolloutState expected = RolloutState::running; ///< `stale` when it is another
    RolloutState next = RolloutState::done;
    std::string reason;
    std::string by;
    WallTime now {};
};

/// The part of the database's port for the versions of images. A pool's image changes here and
/// nowhere else, in the transaction that changes its rollout.
class RolloutStore
{
public:
    virtual ~RolloutStore() = default;
    /// `conflict` when it is to be retired and a pool uses it, or a rollout may yet.
    [[nodiscard]] virtual Result<void> setImageState(const OrganisationId& organisation,
        const ImageId& id, ImageState state, const std::string& by, WallTime now)
        = 0;
    /// What was read of its files now. The first one that is known is what it must stay.
    [[nodiscard]] virtual Result<void> recordImageCheck(const OrganisationId& organisation,
        const ImageId& id, const std::string& contentHash, WallTime now)
        = 0;
    /// `conflict` when the pool has an open one besides `replaced` (which is then rolled back),
    /// another image than `from`, or when `to` is not published.
    [[nodiscard]] virtual Result<void> beginRollout(
        const Rollout& rollout, const std::optional<RolloutId>& replaced)
        = 0;
    [[nodiscard]] virtual Result<void> changeRollout(const RolloutChange& change) = 0;
    [[nodiscard]] virtual Result<std::optional<Rollout>> findOpenRollout(const PoolId& pool) = 0;
    /// Newest first; of all pools when none is named.
    [[nodiscard]] virtual Result<std::vector<Rollout>> listRollouts(
        const OrganisationId& organisation, const std::optional<PoolId>& pool)
        = 0;
};

}
