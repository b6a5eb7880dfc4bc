// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/lane.h"

#include <pthread.h>

namespace wardesk::broker {

namespace {

/// After so many urgent jobs a usual one is taken, so that it is delayed but never starved.
constexpr std::size_t maxPassedOver = 8;

}

ThreadLane::ThreadLane(const std::string& name, std::size_t threads, std::size_t bound)
    : m_bound(bound)
{
    for (std::size_t index = 0; index < threads; ++index)
        m_threads.emplace_back([this, name] { run(name); });
}

ThreadLane::~ThreadLane()
{
    stop();
}

bool ThreadLane::post(Urgency urgency, std::function<void()> job)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping)
            return false;
        auto& queue = urgency == Urgency::first ? m_first : m_usual;
        // Each kind has its own bound: a flood of sign-ins cannot push reconnects out.
        if (queue.size() >= m_bound)
            return false;
        queue.push_back(std::move(job));
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

std::function<void()> ThreadLane::take()
{
    std::unique_lock lock(m_mutex);
    m_wake.wait(lock, [this] { return m_stopping || !m_first.empty() || !m_usual.empty(); });
    const bool usual = !m_usual.empty() && (m_first.empty() || m_passedOver >= maxPassedOver);
    auto& queue = usual ? m_usual : m_first;
    if (queue.empty())
        return {}; // stopping, and nothing is left to do
    m_passedOver = usual ? 0 : m_passedOver + 1;
    auto job = std::move(queue.front());
    queue.pop_front();
    return job;
}

void ThreadLane::run(const std::string& name)
{
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    while (auto job = take())
        job();
}

}
