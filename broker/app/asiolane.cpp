// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/asiolane.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unordered_map>

namespace wardesk::broker {

AsioLane::AsioLane(boost::asio::io_context& io)
    : m_io(io)
{
}

bool AsioLane::post(Urgency, std::function<void()> job)
{
    boost::asio::post(m_io, std::move(job));
    return true;
}

struct AsioTimers::State
{
    explicit State(boost::asio::io_context& context)
        : io(context)
    {
    }
    boost::asio::io_context& io;
    Id last = 0;
    std::unordered_map<Id, boost::asio::steady_timer> timers;
};

AsioTimers::AsioTimers(boost::asio::io_context& io)
    : m_state(std::make_shared<State>(io))
{
}

AsioTimers::~AsioTimers()
{
    m_state->timers.clear();
}

Timers::Id AsioTimers::after(std::chrono::milliseconds delay, std::function<void()> job)
{
    const Id id = ++m_state->last;
    auto& timer = m_state->timers.emplace(id, m_state->io).first->second;
    timer.expires_after(delay);
    timer.async_wait([state = m_state, id, job = std::move(job)](boost::system::error_code error) {
        // The job runs only if nobody cancelled it after the timer had fired already.
        if (!error && state->timers.erase(id) > 0)
            job();
    });
    return id;
}

void AsioTimers::cancel(Id id)
{
    m_state->timers.erase(id);
}

}
