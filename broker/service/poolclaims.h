// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "protocols/base/clock.h"

#include <atomic>
#include <memory>
#include <utility>

namespace wardesk::broker {

/// This broker's right to do the work of one pool. It ends by itself, by the monotonic clock, when
/// the database has not renewed it in time; the same right in the database (the fence) outlives a
/// clock that stood still. Thread-safe: also asked on the host's lane right before a call.
class PoolClaim
{
public:
    PoolClaim(Fence fence, MonotonicTime validUntil)
        : m_fence(std::move(fence))
        , m_validUntil(validUntil.time_since_epoch().count())
    {
    }
    [[nodiscard]] const Fence& fence() const { return m_fence; }
    [[nodiscard]] bool holds(MonotonicTime now) const
    {
        return now.time_since_epoch().count() < m_validUntil.load();
    }
    void renew(MonotonicTime validUntil) { m_validUntil = validUntil.time_since_epoch().count(); }
    void end() { m_validUntil = 0; }

private:
    const Fence m_fence;
    std::atomic<MonotonicTime::rep> m_validUntil;
};

using PoolClaimPtr = std::shared_ptr<const PoolClaim>;

/// Which pools this broker works on. A port, so that one broker alone needs none.
class PoolClaims
{
public:
    virtual ~PoolClaims() = default;
    /// Null when the pool is another's, or nobody's yet.
    [[nodiscard]] virtual PoolClaimPtr find(const PoolId& pool) const = 0;
};

}
