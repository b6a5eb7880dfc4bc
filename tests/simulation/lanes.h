// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/lane.h"
#include "broker/service/timers.h"
#include "protocols/base/clock.h"
#include "protocols/base/mutation.h"
#include "tests/simulation/fiber.h"
#include "tests/simulation/scheduler.h"

#include <deque>
#include <map>
#include <memory>

namespace wardesk::broker::simulation {

/// The times as one process sees them. The monotonic one is the same for all; the wall's may be
/// wrong and may jump.
class ProcessClock final : public Clock
{
public:
    explicit ProcessClock(const Scheduler& scheduler)
        : m_scheduler(scheduler)
    {
    }
    [[nodiscard]] WallTime wall() const override
    {
        return WallTime(std::chrono::milliseconds(1'700'000'000'000)) + m_scheduler.now() + skew;
    }
    [[nodiscard]] MonotonicTime monotonic() const override
    {
        return MonotonicTime(std::chrono::hours(1)) + m_scheduler.now();
    }
    Span skew { 0 };

private:
    const Scheduler& m_scheduler;
};

/// The service's clock as broker/app makes it, and the place of a seeded bug.
class LeaseClock final : public Clock
{
public:
    explicit LeaseClock(const Clock& machine)
        : m_machine(machine)
        , m_steady(machine)
    {
    }
    [[nodiscard]] WallTime wall() const override
    {
        return WARDESK_MUTATED(wallClockLease) ? m_machine.wall() : m_steady.wall();
    }
    [[nodiscard]] MonotonicTime monotonic() const override { return m_machine.monotonic(); }

private:
    const Clock& m_machine;
    SteadyWallClock m_steady; // R10
};

/// The network thread of a process: jobs in the order of their posting.
class MainLane final : public Lane
{
public:
    MainLane(Scheduler& scheduler, Process process)
        : m_scheduler(scheduler)
        , m_process(process)
    {
    }
    [[nodiscard]] bool post(Urgency urgency, std::function<void()> job) override;

private:
    void run();
    Scheduler& m_scheduler;
    const Process m_process;
    std::deque<Job> m_jobs;
    bool m_scheduled = false;
};

/// A lane with one thread whose jobs may block: each runs in a fiber and waits by pause(). The
/// queue is ThreadLane's: bounded, urgent jobs first, the others never starved.
class WorkerLane final : public Lane
{
public:
    WorkerLane(Scheduler& scheduler, Random& random, Process process, std::size_t bound);
    ~WorkerLane() override;
    void setGrouping(Grouping grouping) { m_grouping = std::move(grouping); }
    [[nodiscard]] bool post(Urgency urgency, std::function<void()> job) override;
    [[nodiscard]] bool postGrouped(Urgency urgency, GroupedJob job) override;
    /// Inside a job of this lane: the time it takes to do something.
    void pause(Span span);
    /// Inside a job: never comes back, as when the process dies now.
    [[noreturn]] void stall();
    /// Ends the job that waits, while what it uses is still there.
    void kill() { m_fiber->kill(); }

private:
    void wake(Span delay);
    void next();
    void goOn();
    /// One of the two is set.
    struct Entry
    {
        Job plain;
        GroupedJob grouped;
    };
    [[nodiscard]] bool post(Urgency urgency, Entry entry);
    [[nodiscard]] bool nextIsUsual() const;
    [[nodiscard]] Entry take();
    void run(Entry entry);
    void runGroup(GroupedJob first);

    Scheduler& m_scheduler;
    Random& m_random;
    const Process m_process;
    const std::size_t m_bound;
    std::deque<Entry> m_first;
    std::deque<Entry> m_usual;
    Grouping m_grouping;
    std::size_t m_passedOver = 0;
    std::unique_ptr<Fiber> m_fiber;
    bool m_waking = false;
};

class ProcessTimers final : public Timers
{
public:
    ProcessTimers(Scheduler& scheduler, Process process)
        : m_scheduler(scheduler)
        , m_process(process)
    {
    }
    Id after(std::chrono::milliseconds delay, std::function<void()> job) override;
    void cancel(Id id) override { m_jobs.erase(id); }

private:
    Scheduler& m_scheduler;
    const Process m_process;
    std::map<Id, Job> m_jobs;
    Id m_last = 0;
};

}
