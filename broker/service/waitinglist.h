// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/clock.h"

#include <cstdint>
#include <map>

namespace wardesk::broker {

/// Users who were told "preparing" and ask again every half second. Who stops asking is forgotten,
/// so that a closed client does not make the pool grow. Main lane only.
class WaitingList
{
public:
    void add(const PoolId& pool, const UserId& user, MonotonicTime now)
    {
        m_pools[pool][user] = now;
    }
    void remove(const PoolId& pool, const UserId& user)
    {
        const auto users = m_pools.find(pool);
        if (users != m_pools.end() && users->second.erase(user) > 0 && users->second.empty())
            m_pools.erase(users);
    }
    [[nodiscard]] std::int64_t count(const PoolId& pool, MonotonicTime now)
    {
        const auto users = m_pools.find(pool);
        if (users == m_pools.end())
            return 0;
        std::erase_if(users->second, [now](const auto& user) { return user.second + life < now; });
        return static_cast<std::int64_t>(users->second.size());
    }

private:
    static constexpr std::chrono::seconds life { 10 };
    std::map<PoolId, std::map<UserId, MonotonicTime>> m_pools;
};

}
