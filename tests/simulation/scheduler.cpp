// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/scheduler.h"

#include <algorithm>
#include <utility>

namespace wardesk::broker::simulation {

namespace {

constexpr auto isLater
    = [](const auto& a, const auto& b) { return a.at != b.at ? a.at > b.at : a.tie > b.tie; };
/// Ties of thawed events are counted up from 0 and so come before all others.
constexpr std::uint64_t firstTie = 1ULL << 40U;

}

Scheduler::Scheduler(Random& random)
    : m_random(random)
{
}

void Scheduler::mix(std::uint64_t value)
{
    m_hash = (m_hash ^ value) * 1099511628211ULL;
    m_hash ^= m_hash >> 29U;
}

Process Scheduler::birth()
{
    m_lives.push_back({});
    return { static_cast<std::uint32_t>(m_lives.size() - 1), 0 };
}

void Scheduler::kill(Process process)
{
    m_lives[process.index].alive = false;
}

bool Scheduler::isAlive(Process process) const
{
    return m_lives[process.index].alive;
}

void Scheduler::freeze(Process process, Span until)
{
    m_lives[process.index].frozenUntil = until.count();
}

void Scheduler::push(std::int64_t at, std::uint64_t tie, std::uint32_t slot)
{
    m_heap.push_back({ at, tie, slot });
    std::push_heap(m_heap.begin(), m_heap.end(), isLater);
}

void Scheduler::after(Span delay, Process process, Job job)
{
    std::uint32_t slot = 0;
    if (m_free.empty()) {
        slot = static_cast<std::uint32_t>(m_slots.size());
        m_slots.push_back({ process, std::move(job) });
    } else {
        slot = m_free.back();
        m_free.pop_back();
        m_slots[slot] = { process, std::move(job) };
    }
    push((m_now + std::max(delay, Span(0))).count(), firstTie + (m_random.next() >> 24U), slot);
}

bool Scheduler::step(Span limit)
{
    for (;;) {
        if (m_heap.empty() || m_heap.front().at > limit.count()) {
            m_now = std::max(m_now, limit);
            return false;
        }
        std::pop_heap(m_heap.begin(), m_heap.end(), isLater);
        const Entry entry = m_heap.back();
        m_heap.pop_back();
        m_now = std::max(m_now, Span(entry.at));
        const Life& life = m_lives[m_slots[entry.slot].process.index];
        if (life.alive && life.frozenUntil > m_now.count()) {
            push(life.frozenUntil, ++m_thawed, entry.slot);
            continue;
        }
        const Job job = std::move(m_slots[entry.slot].job);
        const bool alive = life.alive;
        m_slots[entry.slot].job = nullptr;
        m_free.push_back(entry.slot);
        if (!alive)
            continue;
        ++m_count;
        mix(static_cast<std::uint64_t>(entry.at) * 31U + m_slots[entry.slot].process.index);
        job();
        return true;
    }
}

}
