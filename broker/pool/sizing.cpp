// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/sizing.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

std::int64_t percentOf(std::int64_t inUse, std::int64_t percent)
{
    return (inUse * percent + 99) / 100;
}

std::int64_t shareOf(const PoolTarget& target, std::int64_t inUse)
{
    return percentOf(inUse, target.sparePercent);
}

}

PoolTarget targetOf(const Pool& pool, const PoolSizes& calendar, std::int64_t forecast)
{
    PoolTarget target;
    // The pool's own maximum holds whatever the calendar says: it is what the hardware allows.
    target.max = std::min(calendar.max.value_or(pool.max), pool.max);
    target.spare = calendar.spare.value_or(pool.spare);
    target.sparePercent = calendar.sparePercent.value_or(pool.sparePercent);
    target.min = calendar.min.value_or(pool.min);
    target.forecast = pool.forecast ? forecast : 0;
    target.suspended = calendar.suspended.value_or(pool.suspended);
    target.suspendedPercent = calendar.suspendedPercent.value_or(pool.suspendedPercent);
    return target;
}

std::int64_t wishedSpares(const PoolTarget& target, std::int64_t inUse)
{
    return std::max({ target.spare, shareOf(target, inUse), target.forecast, target.min - inUse });
}

std::int64_t wishedSuspended(const PoolTarget& target, std::int64_t inUse)
{
    return std::max(target.suspended, percentOf(inUse, target.suspendedPercent));
}

std::string reasonOf(const PoolTarget& target, std::int64_t inUse)
{
    const std::int64_t wished = wishedSpares(target, inUse);
    if (wished == target.spare)
        return "spare " + std::to_string(target.spare);
    if (wished == target.forecast)
        return "forecast";
    if (wished == shareOf(target, inUse))
        return std::to_string(target.sparePercent) + " % of " + std::to_string(inUse) + " in use";
    return "min " + std::to_string(target.min) + " less " + std::to_string(inUse) + " in use";
}

std::int64_t SpareMemory::note(std::int64_t wished, WallTime now, std::chrono::milliseconds calm)
{
    while (!m_wishes.empty() && m_wishes.back().spares <= wished)
        m_wishes.pop_back();
    m_wishes.push_back({ wished, now });
    // A clock that was set back: nothing has proved to be over.
    for (Wish& wish : m_wishes)
        wish.last = std::min(wish.last, now);
    while (m_wishes.size() > 1 && now - m_wishes.front().last >= calm)
        m_wishes.pop_front();
    return m_wishes.front().spares;
}

}
