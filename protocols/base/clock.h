// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <mutex>

namespace wardesk {

/// Wall time, for display, certificates and rows that people read; milliseconds since 1970 in
/// storage and on the wire.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
/// What limits and deadlines count with (R10): never set back.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

/// Handed to whatever needs the time, so that tests and the simulator decide what time it is.
/// Thread-safe.
class Clock
{
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] virtual MonotonicTime monotonic() const = 0;
};

class SystemClock final : public Clock
{
public:
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] MonotonicTime monotonic() const override;
};

/// The wall clock for limits, deadlines and rows that are compared with it (R10). It starts from
/// the source's wall clock and moves with its monotonic one: when somebody sets the clock of the
/// machine, no time is "over" at once and none begins again. It follows what was set, a thousandth
/// of the time that passes at most: with more, a start right after a long time of following would
/// count limits of minutes short. Not for certificates and one-time codes, which must agree with
/// the world.
class SteadyWallClock final : public Clock
{
public:
    explicit SteadyWallClock(const Clock& source);
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] MonotonicTime monotonic() const override;

private:
    const Clock& m_source;
    mutable std::mutex m_mutex;
    mutable std::chrono::sys_time<std::chrono::microseconds> m_wall;
    mutable MonotonicTime m_seen;
};

}
