// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/lanes.h"

#include <cstdlib>

namespace wardesk::broker::simulation {

namespace {

/// Stacks are expensive to make and are handed on. One thread only.
std::vector<std::unique_ptr<Fiber>>& idleFibers()
{
    static std::vector<std::unique_ptr<Fiber>> fibers;
    return fibers;
}

std::unique_ptr<Fiber> borrowFiber()
{
    auto& idle = idleFibers();
    if (idle.empty())
        return std::make_unique<Fiber>();
    auto fiber = std::move(idle.back());
    idle.pop_back();
    return fiber;
}

/// ThreadLane's.
constexpr std::size_t maxPassedOver = 8;

}

bool MainLane::post(Urgency, std::function<void()> job)
{
    m_jobs.push_back(std::move(job));
    if (!m_scheduled) {
        m_scheduled = true;
        m_scheduler.after(Span(0), m_process, [this] { run(); });
    }
    return true;
}

void MainLane::run()
{
    // What is posted meanwhile comes after what else is due now.
    for (std::size_t left = m_jobs.size(); left > 0; --left) {
        const Job job = std::move(m_jobs.front());
        m_jobs.pop_front();
        job();
    }
    m_scheduled = !m_jobs.empty();
    if (m_scheduled)
        m_scheduler.after(Span(0), m_process, [this] { run(); });
}

WorkerLane::WorkerLane(Scheduler& scheduler, Random& random, Process process, std::size_t bound)
    : m_scheduler(scheduler)
    , m_random(random)
    , m_process(process)
    , m_bound(bound)
    , m_fiber(borrowFiber())
{
}

WorkerLane::~WorkerLane()
{
    kill();
    idleFibers().push_back(std::move(m_fiber));
}

bool WorkerLane::post(Urgency urgency, std::function<void()> job)
{
    return post(urgency, Entry { std::move(job), {} });
}

bool WorkerLane::postGrouped(Urgency urgency, GroupedJob job)
{
    return post(urgency, Entry { {}, std::move(job) });
}

bool WorkerLane::post(Urgency urgency, Entry entry)
{
    auto& queue = urgency == Urgency::first ? m_first : m_usual;
    if (queue.size() >= m_bound)
        return false;
    queue.push_back(std::move(entry));
    wake(Span(0));
    return true;
}

void WorkerLane::wake(Span delay)
{
    if (m_waking || m_fiber->isBusy())
        return;
    m_waking = true;
    m_scheduler.after(delay, m_process, [this] { next(); });
}

bool WorkerLane::nextIsUsual() const
{
    return !m_usual.empty() && (m_first.empty() || m_passedOver >= maxPassedOver);
}

WorkerLane::Entry WorkerLane::take()
{
    const bool usual = nextIsUsual();
    auto& queue = usual ? m_usual : m_first;
    m_passedOver = usual ? 0 : m_passedOver + 1;
    Entry entry = std::move(queue.front());
    queue.pop_front();
    return entry;
}

void WorkerLane::run(Entry entry)
{
    if (entry.plain)
        entry.plain();
    else if (m_grouping.begin)
        runGroup(std::move(entry.grouped));
    else
        entry.grouped()({});
}

/// As ThreadLane does, but for the waiting: what is queued already comes into the group.
void WorkerLane::runGroup(GroupedJob first)
{
    std::vector<GroupedJob> jobs;
    std::vector<Completion> completions;
    const bool begun = m_grouping.begin().has_value();
    jobs.push_back(std::move(first));
    while (begun) {
        completions.push_back(jobs.back()());
        if (m_first.empty() && m_usual.empty())
            break;
        if (!(nextIsUsual() ? m_usual.front() : m_first.front()).grouped)
            break;
        jobs.push_back(take().grouped);
    }
    const Result<void> committed = begun ? m_grouping.commit() : Result<void> {};
    if (begun && (committed || committed.error().code == Errc::unavailable)) {
        for (const Completion& completion : completions)
            completion(committed);
        return;
    }
    for (const GroupedJob& job : jobs)
        job()({});
}

void WorkerLane::next()
{
    m_waking = false;
    m_fiber->start([this, entry = take()]() mutable { run(std::move(entry)); });
    goOn();
}

void WorkerLane::goOn()
{
    if (!m_fiber->isBusy() && !(m_first.empty() && m_usual.empty()))
        wake(Span(m_random.between(0, 1)));
}

void WorkerLane::pause(Span span)
{
    m_scheduler.after(span, m_process, [this] {
        m_fiber->resume();
        goOn();
    });
    m_fiber->wait();
}

void WorkerLane::stall()
{
    m_fiber->wait();
    std::abort(); // nobody resumes it; killing it throws
}

Timers::Id ProcessTimers::after(std::chrono::milliseconds delay, std::function<void()> job)
{
    const Id id = ++m_last;
    m_jobs.emplace(id, std::move(job));
    m_scheduler.after(delay, m_process, [this, id] {
        const auto found = m_jobs.find(id);
        if (found == m_jobs.end())
            return;
        const Job due = std::move(found->second);
        m_jobs.erase(found);
        due();
    });
    return id;
}

}
