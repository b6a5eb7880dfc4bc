// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/lane.h"
#include "broker/service/timers.h"

#include <boost/asio/io_context.hpp>
#include <memory>

namespace wardesk::broker {

/// The main lane: the thread that runs the io_context. Not bounded, because only finished jobs of
/// bounded lanes and timers are posted here.
class AsioLane final : public Lane
{
public:
    explicit AsioLane(boost::asio::io_context& io);
    [[nodiscard]] bool post(Urgency urgency, std::function<void()> job) override;

private:
    boost::asio::io_context& m_io;
};

class AsioTimers final : public Timers
{
public:
    explicit AsioTimers(boost::asio::io_context& io);
    ~AsioTimers() override;
    Id after(std::chrono::milliseconds delay, std::function<void()> job) override;
    void cancel(Id id) override;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

}
