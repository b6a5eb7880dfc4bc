// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wardesk::broker {

/// R13: what is already paid for (signed-in users, reconnects) goes before new work.
enum class Urgency { first, usual };

/// Where jobs run one after the other (or on a few threads at a time).
class Lane
{
public:
    virtual ~Lane() = default;
    /// False when the bounded queue is full (R13) or the lane has stopped: the job will not run.
    [[nodiscard]] virtual bool post(Urgency urgency, std::function<void()> job) = 0;
};

/// A bounded queue in front of threads of its own: one for the database, one for each
/// virtualisation host, as many as cores for passwords.
class ThreadLane final : public Lane
{
public:
    ThreadLane(const std::string& name, std::size_t threads, std::size_t bound);
    ~ThreadLane() override;
    [[nodiscard]] bool post(Urgency urgency, std::function<void()> job) override;
    [[nodiscard]] std::size_t waiting() const;
    /// Accepts no more, finishes what is queued, and waits for the threads.
    void stop();

private:
    void run(const std::string& name);
    [[nodiscard]] std::function<void()> take();

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_first;
    std::deque<std::function<void()>> m_usual;
    std::size_t m_bound;
    std::size_t m_passedOver = 0; ///< urgent jobs since the last usual one
    bool m_stopping = false;
    std::vector<std::thread> m_threads;
};

}
