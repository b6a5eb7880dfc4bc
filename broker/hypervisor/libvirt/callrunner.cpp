// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/callrunner.h"

#include "broker/hypervisor/libvirt/pipesignal.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace wardesk::broker {

/// One thread and the one call that it has. Guarded by the state's mutex.
struct CallRunner::Lane
{
    std::function<void()> work;
    bool busy = false;
    bool ends = false; ///< the thread ends when it is idle
    bool abandoned = false;
    Clock::time_point since;
    unsigned long long finished = 0; ///< calls that have come to their end
};

struct CallRunner::State
{
    std::mutex mutex;
    std::condition_variable changed;
    Clock::duration giveUpAfter {};
    int maxAbandoned = 0;
    int abandoned = 0;
    bool stopped = false;
    std::shared_ptr<Lane> lane;

    static void serve(const std::shared_ptr<State>& state, const std::shared_ptr<Lane>& lane);
    static void openLane(const std::shared_ptr<State>& state);
    void giveUpIfStuck(const std::shared_ptr<State>& self, Clock::time_point now);
};

void CallRunner::State::serve(
    const std::shared_ptr<State>& state, const std::shared_ptr<Lane>& lane)
{
    std::unique_lock lock(state->mutex);
    for (;;) {
        state->changed.wait(lock, [&] { return lane->work || lane->ends; });
        if (!lane->work)
            break;
        {
            const auto work = std::exchange(lane->work, nullptr);
            lock.unlock();
            work();
        } // what the call owned is destroyed here, without the lock
        lock.lock();
        lane->busy = false;
        ++lane->finished;
        state->changed.notify_all();
    }
    if (lane->abandoned)
        --state->abandoned;
}

void CallRunner::State::openLane(const std::shared_ptr<State>& state)
{
    state->lane = std::make_shared<Lane>();
    std::thread([state, lane = state->lane] {
        blockPipeSignal();
        serve(state, lane);
    }).detach();
}

void CallRunner::State::giveUpIfStuck(const std::shared_ptr<State>& self, Clock::time_point now)
{
    if (!lane->busy || now - lane->since < giveUpAfter || abandoned >= maxAbandoned)
        return;
    lane->abandoned = true;
    lane->ends = true;
    ++abandoned;
    openLane(self);
    changed.notify_all();
}

CallRunner::CallRunner(Clock::duration giveUpAfter, int maxAbandoned)
    : m_state(std::make_shared<State>())
{
    m_state->giveUpAfter = giveUpAfter;
    m_state->maxAbandoned = maxAbandoned;
    State::openLane(m_state);
}

CallRunner::~CallRunner()
{
    stop();
    const std::lock_guard lock(m_state->mutex);
    m_state->lane->ends = true;
    m_state->changed.notify_all();
}

bool CallRunner::run(std::function<void()> work, Clock::time_point deadline)
{
    State& state = *m_state;
    std::unique_lock lock(state.mutex);
    state.giveUpIfStuck(m_state, Clock::now());
    const bool free = state.changed.wait_until(
        lock, deadline, [&] { return state.stopped || !state.lane->busy; });
    if (!free || state.stopped)
        return false;
    const std::shared_ptr<Lane> lane = state.lane;
    const auto number = lane->finished;
    lane->work = std::move(work);
    lane->busy = true;
    lane->since = Clock::now();
    state.changed.notify_all();
    state.changed.wait_until(
        lock, deadline, [&] { return state.stopped || lane->finished != number; });
    return lane->finished != number;
}

void CallRunner::stop()
{
    const std::lock_guard lock(m_state->mutex);
    m_state->stopped = true;
    m_state->changed.notify_all();
}

}
