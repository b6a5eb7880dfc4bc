// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/sqlstore.h"

#include <optional>

/// What the files of a grant share.
namespace wardesk::broker {

struct SqlStore::Standing
{
    bool poolEnabled = false;
    ImageId poolImage;
    PoolKind poolKind = PoolKind::floating;
    std::int64_t poolSeats = 1;
    /// As much of the pool as seats are counted by.
    [[nodiscard]] Pool pool() const
    {
        Pool pool;
        pool.kind = poolKind;
        pool.seats = poolSeats;
        return pool;
    }
    SessionLimits limits;
    std::optional<std::pair<PoolId, LeaseId>> key; ///< R9: what this key was used for
    std::optional<Lease> open; ///< the user's open lease in this pool
    bool isAdopting = false; ///< R11
    bool isSettled = false; ///< the open lease's desktop
    bool isLost = false; ///< there is an open lease, and its host is dead
    /// A retry, but not of a lease whose desktop nobody can reach.
    [[nodiscard]] bool isRepeated() const { return key && !(isLost && key->second == open->id); }
    /// While a restored database is set right there is nothing but one's own settled desktop.
    [[nodiscard]] bool isTrusted() const { return !isAdopting || (open && isSettled); }
};

/// What a grant would take, or why there is nothing to take.
struct SqlStore::Choice
{
    GrantOutcome outcome = GrantOutcome::nothingReady;
    std::optional<Desktop> desktop;
    std::int64_t seat = 0; ///< in a shared pool
    [[nodiscard]] bool isFree() const { return outcome == GrantOutcome::granted; }
    [[nodiscard]] Grant asGrant() const { return { outcome, {}, desktop, {} }; }
};

}
