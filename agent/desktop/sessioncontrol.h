// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/account.h"
#include "agent/desktop/childprocesses.h"
#include "agent/desktop/incarnation.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

namespace wardesk::desktop {

/// The account's X session as processes: gets it started, knows when it is over, ends it.
/// Must live until the io_context has stopped running.
class SessionControl
{
public:
    struct Timing
    {
        std::chrono::milliseconds firstRetry { 15 }; ///< doubles up to lastRetry
        std::chrono::milliseconds lastRetry { 5'000 };
        std::chrono::milliseconds recheck { 500 }; ///< while something of the account runs
        std::chrono::milliseconds startPatience {
            30'000
        }; ///< from the command's good end to the session's notice
        std::chrono::milliseconds endPatience { 3'000 }; ///< from the polite end to the other one
        std::chrono::milliseconds restPatience {
            1'000
        }; ///< for what is left when the leader has ended
    };
    /// What gets a session started.
    struct Command
    {
        std::vector<std::string> words;
        std::string group {}; ///< joined by this program alone: it may ask sesman
    };
    using Gone = std::function<void()>;

    SessionControl(boost::asio::io_context& context, ChildProcesses& children, Account account,
        Command command, Timing timing, Gone gone);

    /// Runs the command as the account until a session has announced itself, but never while
    /// anything of the account runs: that is a session already.
    void start();
    /// The session's own announcement, or what an earlier agent remembered. Refused unless the
    /// leader is a live process of the account and there is no other session.
    [[nodiscard]] Result<void> adopt(const SessionPlace& announced);
    [[nodiscard]] const SessionPlace& place() const { return m_place; }
    /// gone() follows when there was a session; without one, none is started any more.
    void end();

private:
    void runCommand();
    void commandEnded(const ChildProcesses::End& end);
    void retryAfter(std::chrono::milliseconds wait);
    void leaderEnded();
    void endRest(std::chrono::milliseconds waited);

    ChildProcesses& m_children;
    const Account m_account;
    const Command m_command;
    const Timing m_timing;
    const Gone m_gone;
    boost::asio::steady_timer m_startTimer;
    boost::asio::steady_timer m_endTimer;
    boost::asio::posix::stream_descriptor m_leader;
    SessionPlace m_place;
    std::chrono::milliseconds m_retry {};
    bool m_isWanted = false;
};

}
