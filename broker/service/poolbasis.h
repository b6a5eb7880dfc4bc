// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/pool/outlook.h"
#include "broker/pool/reconcile.h"

#include <memory>

namespace wardesk::broker {

/// What was read and reckoned for a pool's size, with the time of it.
struct ReadBasis
{
    PoolBasis basis;
    WallTime readAt {};
    std::string problem; ///< why calendar and forecast are not used; empty when all is well
    /// Nothing of it changes anything: the pool's plain settings are all there is.
    bool isPlain = true;
};

using ReadBasisPtr = std::shared_ptr<const ReadBasis>;

/// In a job of the database. The calendar is read every time; what is reckoned from weeks of
/// sign-ins is taken from `before` while that is young. What cannot be used (a time zone that this
/// machine does not know) is a problem and no error: the pool goes on with its plain settings.
[[nodiscard]] Result<ReadBasisPtr> readBasis(
    Store& store, const Pool& pool, const Limits& limits, WallTime now, const ReadBasisPtr& before);

}
