// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/lane.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

/// After so many urgent jobs a usual one is taken, so that it is delayed but never starved.
constexpr std::size_t maxPassedOver = 8;

}

bool Lane::postGrouped(Urgency urgency, GroupedJob job)
{
    return post(urgency, [job = std::move(job)] { job()({}); });
}

ThreadLane::ThreadLane(
    const std::string& name, std::size_t threads, std::size_t bound, int niceness)
    : m_bound(bound)
{
    for (std::size_t index = 0; index < threads; ++index)
        m_threads.emplace_back([this, name, niceness] { run(name, niceness); });
}

ThreadLane::~ThreadLane()
{
    stop();
}

void ThreadLane::setGrouping(Grouping grouping)
{
    const std::lock_guard lock(m_mutex);
    m_grouping = std::move(grouping);
}

bool ThreadLane::post(Urgency urgency, std::function<void()> job)
{
    return post(urgency, Entry { std::move(job), {} });
}

bool ThreadLane::postGrouped(Urgency urgency, GroupedJob job)
{
    return post(urgency, Entry { {}, std::move(job) });
}

bool ThreadLane::post(Urgency urgency, Entry entry)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping)
            return false;
        auto& queue = urgency == Urgency::first ? m_first : m_usual;
        // Each kind has its own bound: a flood of sign-ins cannot push reconnects out.
        if (queue.size() >= m_bound)
            return false;
        queue.push_back(std::move(entry));
    }
    m_wake.notify_one();
    return true;
}

std::size_t ThreadLane::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return m_first.size() + m_usual.size();
}

void ThreadLane::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads) {
        if (thread.joinable())
            thread.join();
    }
}

bool ThreadLane::nextIsUsual() const
{
    return !m_usual.empty() && (m_first.empty() || m_passedOver >= maxPassedOver);
}

ThreadLane::Entry ThreadLane::pop()
{
    const bool usual = nextIsUsual();
    auto& queue = usual ? m_usual : m_first;
    m_passedOver = usual ? 0 : m_passedOver + 1;
    Entry entry = std::move(queue.front());
    queue.pop_front();
    return entry;
}

ThreadLane::Entry ThreadLane::take()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_stopping || !m_first.empty() || !m_usual.empty(); });
    if (m_first.empty() && m_usual.empty())
        return {}; // stopping, and nothing is left to do
    return pop();
}

Lane::GroupedJob ThreadLane::takeGrouped(Time until)
{
    std::unique_lock lock(m_mutex);
    m_wake.wait_until(
        lock, until, [this] { return m_stopping || !m_first.empty() || !m_usual.empty(); });
    if (m_first.empty() && m_usual.empty())
        return {};
    const Entry& next = nextIsUsual() ? m_usual.front() : m_first.front();
    return next.grouped ? pop().grouped : GroupedJob {};
}

std::size_t ThreadLane::runGroup(GroupedJob first, std::size_t last)
{
    const Time start = std::chrono::steady_clock::now();
    const Time patience = start + m_grouping.window;
    const Time end = start + m_grouping.longest;
    std::vector<GroupedJob> jobs;
    std::vector<Completion> completions;
    const bool begun = m_grouping.begin().has_value();
    jobs.push_back(std::move(first));
    while (begun) {
        completions.push_back(jobs.back()());
        const Time now = std::chrono::steady_clock::now();
        if (jobs.size() >= m_grouping.most || now >= end)
            break;
        // As many as came together last time are likely to come again: it is worth a moment.
        GroupedJob next = takeGrouped(jobs.size() < last ? patience : now);
        if (!next)
            break;
        jobs.push_back(std::move(next));
    }
    const Result<void> committed = begun ? m_grouping.commit() : Result<void> {};
    if (begun && (committed || committed.error().code == Errc::unavailable)) {
        for (const Completion& completion : completions)
            completion(committed);
        return jobs.size();
    }
    // Nothing of the group was kept. One of its jobs may be the cause, and others, such as a
    // reconnect on a full disk (R14), can succeed: each is run again alone.
    for (const GroupedJob& job : jobs)
        job()({});
    return 1;
}

void ThreadLane::run(const std::string& name, int niceness)
{
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    if (niceness > 0) // on Linux of this thread alone
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    for (std::size_t group = 1;;) {
        Entry entry = take();
        if (entry.plain)
            entry.plain();
        else if (!entry.grouped)
            return;
        else if (m_grouping.begin)
            group = runGroup(std::move(entry.grouped), group);
        else
            entry.grouped()({});
    }
}

}
