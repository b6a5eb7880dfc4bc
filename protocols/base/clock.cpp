// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/clock.h"

#include <algorithm>

namespace wardesk {

WallTime SystemClock::wall() const
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonic() const
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now());
}

SteadyWallClock::SteadyWallClock(const Clock& source)
    : m_source(source)
    , m_wall(source.wall())
    , m_seen(source.monotonic())
{
}

WallTime SteadyWallClock::wall() const
{
    using std::chrono::microseconds;
    const std::lock_guard lock(m_mutex);
    const MonotonicTime now = m_source.monotonic();
    const microseconds passed = now - m_seen;
    m_seen = now;
    m_wall += passed;
    const microseconds most = passed / 1000;
    m_wall += std::clamp<microseconds>(m_source.wall() - m_wall, -most, most);
    return std::chrono::floor<std::chrono::milliseconds>(m_wall);
}

MonotonicTime SteadyWallClock::monotonic() const
{
    return m_source.monotonic();
}

}
