// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace wardesk::broker {

/// One-shot timers of the network thread, counted with the monotonic clock (R10). A port, so that
/// tests decide what time it is.
class Timers
{
public:
    using Id = std::uint64_t;
    virtual ~Timers() = default;
    /// Runs the job on the network thread, later, unless cancelled.
    virtual Id after(std::chrono::milliseconds delay, std::function<void()> job) = 0;
    virtual void cancel(Id id) = 0;
};

}
