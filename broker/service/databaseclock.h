// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/clock.h"

#include <atomic>

namespace wardesk::broker {

/// R10: the database's time as it was told last, plus the monotonic time since. Brokers whose own
/// clocks differ agree on when a ticket or a token ends. Until the database has spoken it is the
/// clock underneath. Thread-safe.
class DatabaseClock final : public Clock
{
public:
    explicit DatabaseClock(const Clock& underneath)
        : m_underneath(underneath)
    {
    }
    [[nodiscard]] WallTime wall() const override
    {
        if (!m_learnt)
            return m_underneath.wall();
        return WallTime(m_underneath.monotonic().time_since_epoch()
            + std::chrono::milliseconds(m_offset.load()));
    }
    [[nodiscard]] MonotonicTime monotonic() const override { return m_underneath.monotonic(); }
    /// The database said `database` between these two moments.
    void learn(WallTime database, MonotonicTime asked, MonotonicTime answered)
    {
        const auto middle = asked.time_since_epoch() + (answered - asked) / 2;
        m_offset = (database.time_since_epoch() - middle).count();
        m_learnt = true;
    }

private:
    const Clock& m_underneath;
    std::atomic<std::int64_t> m_offset { 0 };
    std::atomic<bool> m_learnt { false };
};

}
