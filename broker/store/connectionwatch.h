// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace wardesk::broker {

/// Ends connections that do not answer in time. The driver's calls block, and a server that was
/// frozen holds its timeouts back, too: only closing the socket from outside wakes the thread.
class ConnectionWatch
{
public:
    /// One connection. Its thread says when it waits; the watch's thread cuts it off.
    class Line
    {
    public:
        /// Between the two the socket is open.
        void attach(int socket);
        void detach();
        void expectWithin(std::chrono::milliseconds time);
        void answered() { m_deadline = 0; }

    private:
        friend class ConnectionWatch;
        void cutIfLate(std::int64_t now);
        std::mutex m_mutex; ///< the socket is not closed while it is cut
        int m_socket = -1;
        std::atomic<std::int64_t> m_deadline { 0 }; ///< 0: nobody waits
    };

    ConnectionWatch();
    ~ConnectionWatch();
    ConnectionWatch(const ConnectionWatch&) = delete;
    ConnectionWatch& operator=(const ConnectionWatch&) = delete;
    [[nodiscard]] std::shared_ptr<Line> addLine();

private:
    void run();

    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    std::vector<std::weak_ptr<Line>> m_lines;
    std::thread m_thread;
};

}
