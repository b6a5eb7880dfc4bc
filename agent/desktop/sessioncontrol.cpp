// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/sessioncontrol.h"

#include "agent/desktop/accountremains.h"
#include "agent/desktop/processlist.h"
#include "agent/desktop/sessionmanager.h"
#include "agent/desktop/socketlist.h"
#include "agent/link/log.h"

#include <algorithm>
#include <csignal>

namespace wardesk::desktop {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds restInterval { 20 };

}

SessionControl::SessionControl(boost::asio::io_context& context, ChildProcesses& children,
    Account account, Command command, Timing timing, Gone gone)
    : m_children(children)
    , m_account(std::move(account))
    , m_command(std::move(command))
    , m_timing(timing)
    , m_gone(std::move(gone))
    , m_startTimer(context)
    , m_endTimer(context)
    , m_leader(context)
    , m_retry(timing.firstRetry)
{
}

void SessionControl::start()
{
    m_isWanted = true;
    runCommand();
}

void SessionControl::runCommand()
{
    if (!m_isWanted || m_place.leader != 0)
        return;
    if (m_account.isOrdinary() && !processesOf(m_account.user).empty()) {
        // A session that is slow to announce itself, or that waited in a machine which was saved.
        // Asked for a session that exists, the session manager dies (xrdp 0.10.6: xrdp-sesrun is
        // no RDP connection, and the reconnection looks for one), and nobody can sign in any more.
        retryAfter(m_timing.recheck);
        return;
    }
    const auto started
        = m_children.start({ m_command.words, {}, inGroup(m_account, m_command.group) },
            [this](const ChildProcesses::End& end) { commandEnded(end); });
    if (!started) {
        agent::log("the session cannot be started: " + started.error().detail);
        retryAfter(m_timing.lastRetry);
    }
}

void SessionControl::commandEnded(const ChildProcesses::End& end)
{
    if (!m_isWanted || m_place.leader != 0)
        return;
    if (end.code == 0) {
        retryAfter(m_timing.startPatience); // the session announces itself before that
        return;
    }
    // Usual in the first moments: sesman does not listen yet.
    if (m_retry > milliseconds(500))
        agent::log(
            "the session's command ended with " + std::to_string(end.code) + ": " + end.output);
    retryAfter(m_retry);
    m_retry = std::min(m_retry * 2, m_timing.lastRetry);
}

void SessionControl::retryAfter(milliseconds wait)
{
    m_startTimer.expires_after(wait);
    m_startTimer.async_wait([this](const boost::system::error_code& error) {
        if (!error)
            runCommand();
    });
}

Result<void> SessionControl::adopt(const SessionPlace& announced)
{
    if (m_place.leader != 0)
        return failure(Errc::conflict, "there is a session already");
    if (displayNumber(announced.display) < 0)
        return failure(Errc::invalidArgument, "the display is not a local one");
    if (announced.authority.empty() || announced.authority.front() != '/')
        return failure(Errc::invalidArgument, "the X authority file needs an absolute path");
    const auto leader = static_cast<pid_t>(announced.leader);
    if (leader <= 1 || userOf(leader) != m_account.user)
        return failure(Errc::forbidden, "the session's leader is no process of " + m_account.name);
    const auto watched = watchProcess(leader);
    if (!watched)
        return tl::unexpected(watched.error());
    m_leader.assign(*watched);
    // Looked at after the watch is there: it is this process that is watched, not a later one with
    // the same number.
    const auto stat = statOf(leader);
    if (!stat || (announced.leaderStart != 0 && announced.leaderStart != stat->start)) {
        m_leader.close();
        return failure(Errc::notFound, "the session's leader has ended");
    }
    m_place = announced;
    m_place.leaderStart = stat->start;
    m_startTimer.cancel();
    m_leader.async_wait(boost::asio::posix::stream_descriptor::wait_read,
        [this](const boost::system::error_code& error) {
            if (!error)
                leaderEnded();
        });
    return {};
}

void SessionControl::end()
{
    m_isWanted = false;
    m_startTimer.cancel();
    if (m_place.leader == 0)
        return;
    ::kill(static_cast<pid_t>(m_place.leader), SIGTERM);
    m_endTimer.expires_after(m_timing.endPatience);
    m_endTimer.async_wait([this](const boost::system::error_code& error) {
        if (error || m_place.leader == 0)
            return;
        agent::log("the session does not end by itself; ending it");
        ::kill(static_cast<pid_t>(m_place.leader), SIGKILL);
    });
}

void SessionControl::leaderEnded()
{
    m_leader.close();
    m_endTimer.cancel();
    endRest(milliseconds(0));
}

void SessionControl::endRest(milliseconds waited)
{
    // "Ended" is evidence (R6): it is said only when nothing of the account runs any more. An
    // account that others may use too (a test's, root's) is left alone.
    const auto rest = m_account.isOrdinary() ? processesOf(m_account.user) : std::vector<pid_t>();
    if (rest.empty()) {
        m_place = SessionPlace {};
        m_retry = m_timing.firstRetry;
        m_gone();
        return;
    }
    const bool isPolite = waited < m_timing.restPatience;
    // Its own kill takes all at once: one by one, those that fork fast enough are never all ended.
    if (!isPolite && killAllOf(m_account.user)) {
        endRest(waited); // nothing is left
        return;
    }
    if (waited.count() == 0 || !isPolite) {
        for (const pid_t process : rest)
            ::kill(process, isPolite ? SIGTERM : SIGKILL);
    }
    m_endTimer.expires_after(restInterval);
    m_endTimer.async_wait([this, waited](const boost::system::error_code& error) {
        if (!error)
            endRest(waited + restInterval);
    });
}

}
