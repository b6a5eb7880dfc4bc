// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <chrono>
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
    /// What a job leaves to be said; called with the outcome of the commit of what it wrote.
    using Completion = std::function<void(const Result<void>& committed)>;
    /// May be run more than once: what it wrote before was undone then.
    using GroupedJob = std::function<Completion()>;

    virtual ~Lane() = default;
    /// False when the bounded queue is full (R13) or the lane has stopped: the job will not run.
    [[nodiscard]] virtual bool post(Urgency urgency, std::function<void()> job) = 0;
    /// The same for a job whose completion waits until the group that it ran in is durable. A lane
    /// without groups runs it alone.
    [[nodiscard]] virtual bool postGrouped(Urgency urgency, GroupedJob job);
};

/// How a lane commits several jobs with one sync. Called on the lane's threads.
struct Grouping
{
    std::function<Result<void>()> begin;
    /// Nothing was kept after an error, unless it is `unavailable`: then nobody knows.
    std::function<Result<void>()> commit;
    std::size_t most = 256; ///< jobs in one group
    /// How long a group waits for as many as the last one had; it does not wait at all when that
    /// had one job, and never for more than is queued when this is zero.
    std::chrono::microseconds window { 2000 };
    /// How long it takes in what is queued: the first job's answer waits for the last one's.
    std::chrono::microseconds longest { 10000 };
};

/// A bounded queue in front of threads of its own: one for the database, one for each
/// virtualisation host, as many as cores for passwords.
class ThreadLane final : public Lane
{
public:
    /// Threads of low priority (`niceness` above 0) leave the processors to the other lanes' work.
    ThreadLane(const std::string& name, std::size_t threads, std::size_t bound, int niceness = 0);
    ~ThreadLane() override;
    /// Before the first job.
    void setGrouping(Grouping grouping);
    [[nodiscard]] bool post(Urgency urgency, std::function<void()> job) override;
    [[nodiscard]] bool postGrouped(Urgency urgency, GroupedJob job) override;
    [[nodiscard]] std::size_t waiting() const;
    /// Accepts no more, finishes what is queued, and waits for the threads.
    void stop();

private:
    using Time = std::chrono::steady_clock::time_point;
    /// One of the two is set.
    struct Entry
    {
        std::function<void()> plain;
        GroupedJob grouped;
    };

    void run(const std::string& name, int niceness);
    [[nodiscard]] bool post(Urgency urgency, Entry entry);
    [[nodiscard]] bool nextIsUsual() const;
    [[nodiscard]] Entry pop();
    [[nodiscard]] Entry take();
    /// One more for the group that is being collected; waits for it until then.
    [[nodiscard]] GroupedJob takeGrouped(Time until);
    /// Gives how many jobs were in it; `last` is how many the one before had.
    std::size_t runGroup(GroupedJob first, std::size_t last);

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<Entry> m_first;
    std::deque<Entry> m_usual;
    std::size_t m_bound;
    std::size_t m_passedOver = 0; ///< urgent jobs since the last usual one
    bool m_stopping = false;
    Grouping m_grouping;
    std::vector<std::thread> m_threads;
};

}
