// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/childprocesses.h"
#include "agent/desktop/incarnation.h"

#include <boost/asio/steady_timer.hpp>

namespace wardesk::desktop {

/// The screen locker, run as the session's account. While the screen is to be locked the locker is
/// kept alive: the session's own programs could kill it, and it cannot start while one of them
/// holds a grab (an open menu). Must live until the io_context has stopped running.
class ScreenLock
{
public:
    ScreenLock(boost::asio::io_context& context, ChildProcesses& children,
        std::vector<std::string> command, Account account);

    void lock(const SessionPlace& place);
    void unlock();

private:
    void startLocker();
    void lockerEnded(int code);

    ChildProcesses& m_children;
    const std::vector<std::string> m_command;
    const Account m_account;
    boost::asio::steady_timer m_retry;
    SessionPlace m_place;
    pid_t m_locker = 0;
    bool m_isWanted = false;
    bool m_hasComplained = false;
};

/// What a program of the session needs to reach its X server.
[[nodiscard]] std::vector<std::string> environmentOf(const SessionPlace& place);

}
