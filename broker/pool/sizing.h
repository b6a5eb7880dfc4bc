// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/elasticity.h"
#include "broker/domain/values.h"

#include <deque>

namespace wardesk::broker {

/// What a pool is sized by at one moment: its own settings with what calendar and forecast say.
struct PoolTarget
{
    std::int64_t spare = 0;
    std::int64_t sparePercent = 0;
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::int64_t forecast = 0; ///< spares that the forecast asks for
    /// Spares that are not taken away although fewer are wished by now: see SpareMemory.
    std::int64_t keep = 0;
    std::int64_t suspended = 0; ///< spares behind those that run, saved to the host's disk
    std::int64_t suspendedPercent = 0;
    std::int64_t keepSuspended = 0; ///< the same as `keep`
    bool operator==(const PoolTarget&) const = default;
};

[[nodiscard]] PoolTarget targetOf(
    const Pool& pool, const PoolSizes& calendar, std::int64_t forecast);

/// Desktops wished beyond those in use: the largest of the number, the share of those in use, the
/// forecast, and what `min` lacks.
[[nodiscard]] std::int64_t wishedSpares(const PoolTarget& target, std::int64_t inUse);

/// Desktops wished on the disk, behind those: the larger of the number and the share of those in
/// use.
[[nodiscard]] std::int64_t wishedSuspended(const PoolTarget& target, std::int64_t inUse);

/// Which of them it is, in words.
[[nodiscard]] std::string reasonOf(const PoolTarget& target, std::int64_t inUse);

/// Against flapping: a wish that grows is followed at once, one that shrinks only after it has been
/// smaller for a while. Nothing is ever started because of it.
class SpareMemory
{
public:
    /// The most that was wished within `calm` before now.
    [[nodiscard]] std::int64_t note(
        std::int64_t wished, WallTime now, std::chrono::milliseconds calm);

private:
    struct Wish
    {
        std::int64_t spares = 0;
        WallTime last {}; ///< when it was wished last
    };
    /// Those that no later one has outdone: fewer and fewer, newer and newer.
    std::deque<Wish> m_wishes;
};

}
