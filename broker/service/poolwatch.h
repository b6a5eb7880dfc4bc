// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"

namespace wardesk::broker {

/// How the rest of the service asks for a pool to be looked at.
class PoolWatch
{
public:
    virtual ~PoolWatch() = default;
    /// Reconcile this pool soon; many wishes become one.
    virtual void wake(const PoolId& pool) = 0;
    /// A user was told to wait for a desktop of this pool (or has got one).
    virtual void userWaits(const PoolId& pool, const UserId& user) = 0;
    virtual void userServed(const PoolId& pool, const UserId& user) = 0;
};

}
