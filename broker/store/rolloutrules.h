// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/rollout.h"

/// What all stores agree on about images' versions and rollouts.
namespace wardesk::broker::rules {

/// Of a pool with this image and this open rollout.
[[nodiscard]] Result<void> checkBegin(const Rollout& rollout, const ImageId& present,
    const std::optional<Rollout>& open, const std::optional<RolloutId>& replaced);
[[nodiscard]] Error inUseError();

/// The rollout after the change; `stale` when it is in another state by now.
[[nodiscard]] Result<Rollout> changed(Rollout rollout, const RolloutChange& change);
/// The end of what a rollback takes the place of.
[[nodiscard]] RolloutChange replacement(const Rollout& replaced, const Rollout& by);

}
