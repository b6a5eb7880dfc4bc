// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/reconcile.h"

namespace wardesk::broker {

/// True when `span` has passed since `since`. A clock that was set back proves nothing has passed.
[[nodiscard]] bool isOver(WallTime since, std::chrono::milliseconds span, WallTime now);

/// The pause after so many failures in a row: doubled by each, up to the longest.
[[nodiscard]] std::chrono::milliseconds pauseAfter(std::int64_t failures, const Limits& limits);

/// Rows of a pool, or some of them, where they are: a large pool's are not copied for each plan.
using RowList = std::vector<const DesktopRow*>;
[[nodiscard]] RowList listOf(const std::vector<DesktopRow>& desktops);

/// The desktop whose failures stop the whole pool from starting more, or null. A desktop that fails
/// while others of the pool become ready fails alone and holds nobody.
[[nodiscard]] const Desktop* holderOf(const RowList& desktops, const Limits& limits);

/// Whether the held pool may make one attempt now, to see if the cause is gone.
[[nodiscard]] bool mayProbe(const RowList& desktops, WallTime now, const Limits& limits);

/// When it may make the next one; nothing when it may now.
[[nodiscard]] std::optional<WallTime> nextProbe(
    const RowList& desktops, WallTime now, const Limits& limits);

/// Whether this desktop's own pause is over.
[[nodiscard]] bool mayStart(const Desktop& desktop, WallTime now, const Limits& limits);

}
