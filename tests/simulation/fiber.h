// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

namespace wardesk::broker::simulation {

/// A job with a stack of its own, so that blocking code (a call of the database, of the host) can
/// wait in the middle of a function while the rest of the world goes on, all in one thread.
class Fiber
{
public:
    Fiber();
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Runs the job until it waits or ends. Only when nothing runs in this fiber.
    void start(std::function<void()> job);
    void resume();
    /// Ends the job where it waits, as the death of its process does. Its variables are destroyed.
    void kill();
    [[nodiscard]] bool isBusy() const;

    /// The one that runs now, or null.
    [[nodiscard]] static Fiber* current();
    /// Inside the job: back to whoever started or resumed it.
    void wait();

private:
    struct Context;
    void enter();
    void leave();
    void run();
    void trampoline();
    std::unique_ptr<Context> m_context;
};

}
