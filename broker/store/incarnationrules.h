// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

/// What may be recorded about an incarnation, the same for every store: facts in, facts out.
/// `stale` when the number is not the newest, `conflict` when the state does not allow it.
namespace wardesk::broker::rules {

[[nodiscard]] Result<void> start(IncarnationFacts& facts, Incarnation number, WallTime now);
/// While the incarnation is being ended only the error is kept: it is no attempt to start.
[[nodiscard]] Result<void> failStart(
    IncarnationFacts& facts, Incarnation number, const std::string& error, WallTime now);
[[nodiscard]] Result<void> makeReady(IncarnationFacts& facts, Incarnation number,
    const std::string& certificateSha256, WallTime now);
[[nodiscard]] Result<void> makeUnready(IncarnationFacts& facts, Incarnation number, WallTime now);
/// Only what is ready, was never leased, is nobody's and is not set aside.
[[nodiscard]] Result<void> beginSuspending(DesktopRow& row, Incarnation number, WallTime now);
[[nodiscard]] Result<void> suspend(IncarnationFacts& facts, Incarnation number, WallTime now);
[[nodiscard]] Result<void> beginResuming(
    IncarnationFacts& facts, Incarnation number, const std::string& why, WallTime now);
[[nodiscard]] Result<void> failResume(
    IncarnationFacts& facts, Incarnation number, const std::string& error, WallTime now);
/// Nobody new comes into a shared desktop any more.
[[nodiscard]] Result<void> drain(
    IncarnationFacts& facts, const Pool& pool, Incarnation number, WallTime now);
[[nodiscard]] Result<void> beginEnding(
    DesktopRow& row, Incarnation number, EndReason reason, WallTime now);
[[nodiscard]] Result<void> end(Desktop& desktop, Incarnation number, DiskFate disk, WallTime now);
/// The facts of the next incarnation. Failures to start are counted on over incarnations. Whoever
/// has an owner goes on with its disk, and so with the image that the disk is laid over.
[[nodiscard]] Result<IncarnationFacts> next(const Desktop& desktop, const NewIncarnation& wanted);

}
