// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/screenlock.h"

#include "agent/link/log.h"

#include <csignal>

namespace wardesk::desktop {

std::vector<std::string> environmentOf(const SessionPlace& place)
{
    return { "DISPLAY=" + place.display, "XAUTHORITY=" + place.authority };
}

ScreenLock::ScreenLock(boost::asio::io_context& context, ChildProcesses& children,
    std::vector<std::string> command, Account account)
    : m_children(children)
    , m_command(std::move(command))
    , m_account(std::move(account))
    , m_retry(context)
{
}

void ScreenLock::lock(const SessionPlace& place)
{
    m_place = place;
    m_isWanted = true;
    m_hasComplained = false;
    if (m_locker == 0)
        startLocker();
}

void ScreenLock::unlock()
{
    m_isWanted = false;
    m_retry.cancel();
    if (m_locker != 0)
        ::kill(m_locker, SIGTERM);
}

void ScreenLock::startLocker()
{
    const auto started = m_children.start({ m_command, environmentOf(m_place), m_account },
        [this](const ChildProcesses::End& end) { lockerEnded(end.code); });
    if (started)
        m_locker = *started;
    else
        lockerEnded(127);
}

void ScreenLock::lockerEnded(int code)
{
    m_locker = 0;
    if (!m_isWanted)
        return;
    if (!m_hasComplained)
        agent::log("the screen locker ended with " + std::to_string(code) + "; starting it again");
    m_hasComplained = true;
    m_retry.expires_after(std::chrono::milliseconds(250));
    m_retry.async_wait([this](const boost::system::error_code& error) {
        if (!error && m_isWanted && m_locker == 0)
            startLocker();
    });
}

}
