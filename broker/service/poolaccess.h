// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/pool/access.h"
#include "broker/service/tiles.h"

#include <string>
#include <vector>

namespace wardesk::broker {

/// Where somebody asks from.
struct Asker
{
    UserId user;
    std::string terminal; ///< as told; may be empty
};

/// The user's open leases, where they are known already.
using Sessions = std::optional<std::vector<Lease>>;

/// A7: whether this user may open this pool here and now. In a job of the database.
[[nodiscard]] Result<Access> readAccess(
    Store& store, const Pool& pool, const Asker& who, const Sessions& own, WallTime now);

/// Why not, for the user: `notFound` for who is not entitled, so that nobody learns what pools
/// there are; otherwise `forbidden` with where or when, or `unavailable`.
[[nodiscard]] Error refusalOf(const Pool& pool, const Access& access, WallTime now);

/// For GrantOutcome's two limits.
[[nodiscard]] Error refusalOf(
    const Pool& pool, GrantOutcome limit, const SessionLimits& limits, std::int64_t sessionsOfUser);

/// The tile as this user may see it, of a pool that he is entitled to or has a session in.
[[nodiscard]] wire::DesktopTile tileFor(const PoolNow& seen, const Asker& who, const Access& access,
    const SessionLimits& limits, std::int64_t sessionsOfUser);

/// Sentences for somebody who asks what becomes of a pool.
struct AccessWords
{
    std::vector<std::string> now;
    std::vector<std::string> todo;
};
[[nodiscard]] AccessWords explainAccess(const Pool& pool,
    const std::vector<Entitlement>& entitlements, std::int64_t sessionLimit,
    std::int64_t openSessions);

/// Of those that have an open lease.
[[nodiscard]] std::int64_t countOpen(const std::vector<DesktopRow>& rows);

}
