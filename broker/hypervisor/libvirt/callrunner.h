// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace wardesk::broker {

/// Runs blocking calls one at a time on a thread of its own and waits for each until a deadline.
///
/// A call that does not end in time stays on its thread, and later calls time out behind it. When
/// it has been there for `giveUpAfter`, the thread is left to itself (it ends with the call) and a
/// new one takes over; at most `maxAbandoned` threads at a time are left so, then everything times
/// out until one returns. Thread-safe.
class CallRunner
{
public:
    using Clock = std::chrono::steady_clock;
    explicit CallRunner(Clock::duration giveUpAfter, int maxAbandoned = 3);
    /// Waits for no call: a stuck one goes on by itself.
    ~CallRunner();
    CallRunner(const CallRunner&) = delete;
    CallRunner& operator=(const CallRunner&) = delete;

    /// True when `work` has run. False: the deadline has passed or stop() was called; `work` may
    /// still be running, or never run. So it must own all that it touches.
    [[nodiscard]] bool run(std::function<void()> work, Clock::time_point deadline);
    /// Every run(), waiting or to come, returns false from now on.
    void stop();

private:
    struct Lane;
    struct State;
    std::shared_ptr<State> m_state;
};

}
