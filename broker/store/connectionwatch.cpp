// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/connectionwatch.h"

#include <sys/socket.h>

namespace wardesk::broker {

namespace {

constexpr std::chrono::milliseconds look { 200 };

std::int64_t milliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}

void ConnectionWatch::Line::attach(int socket)
{
    const std::lock_guard lock(m_mutex);
    m_socket = socket;
}

void ConnectionWatch::Line::detach()
{
    const std::lock_guard lock(m_mutex);
    m_socket = -1;
    m_deadline = 0;
}

void ConnectionWatch::Line::expectWithin(std::chrono::milliseconds time)
{
    m_deadline = milliseconds() + time.count();
}

void ConnectionWatch::Line::cutIfLate(std::int64_t now)
{
    const std::lock_guard lock(m_mutex);
    const std::int64_t deadline = m_deadline;
    if (m_socket >= 0 && deadline != 0 && now > deadline)
        shutdown(m_socket, SHUT_RDWR); // its owner closes it
}

ConnectionWatch::ConnectionWatch()
    : m_thread([this] { run(); })
{
}

ConnectionWatch::~ConnectionWatch()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

std::shared_ptr<ConnectionWatch::Line> ConnectionWatch::addLine()
{
    auto line = std::make_shared<Line>();
    const std::lock_guard lock(m_mutex);
    m_lines.push_back(line);
    return line;
}

void ConnectionWatch::run()
{
    std::unique_lock lock(m_mutex);
    while (!m_wake.wait_for(lock, look, [this] { return m_stopping; })) {
        std::erase_if(m_lines, [](const auto& line) { return line.expired(); });
        const std::int64_t now = milliseconds();
        for (const auto& weak : m_lines) {
            if (const auto line = weak.lock())
                line->cutIfLate(now);
        }
    }
}

}
