// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/rolloutrules.h"

#include "broker/domain/reasons.h"

namespace wardesk::broker::rules {

Error inUseError()
{
    return { Errc::conflict,
        "A pool uses this version, or a rollout may still go to or back to it. Give the pool "
        "another version first (wardeskctl rollout start), then retire this one." };
}

Result<void> checkBegin(const Rollout& rollout, const ImageId& present,
    const std::optional<Rollout>& open, const std::optional<RolloutId>& replaced)
{
    if (open && (!replaced || open->id != *replaced))
        return failure(Errc::conflict,
            "The pool has a rollout already. Look at it with 'wardeskctl rollout show', and end it "
            "with 'wardeskctl pool rollback' or 'wardeskctl rollout cancel'.");
    if (replaced && !open)
        return failure(Errc::stale, "the rollout that was to be rolled back has ended meanwhile");
    if (!replaced && present != rollout.from)
        return failure(Errc::stale, "the pool's image has changed meanwhile");
    return {};
}

Result<Rollout> changed(Rollout rollout, const RolloutChange& change)
{
    if (rollout.state != change.expected)
        return failure(Errc::stale,
            "The rollout is not " + nameOf(change.expected) + " any more: it is "
                + nameOf(rollout.state) + ".");
    rollout.state = change.next;
    rollout.reason = change.reason;
    rollout.changedAt = change.now;
    rollout.changedBy = change.by;
    if (change.next == RolloutState::running)
        rollout.begunAt = change.now;
    return rollout;
}

RolloutChange replacement(const Rollout& replaced, const Rollout& by)
{
    return { .id = replaced.id,
        .expected = replaced.state,
        .next = RolloutState::rolledBack,
        .reason = by.note,
        .by = by.startedBy,
        .now = by.createdAt };
}

}
