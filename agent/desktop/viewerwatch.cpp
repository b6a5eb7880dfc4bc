// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/viewerwatch.h"

#include "agent/desktop/files.h"
#include "agent/desktop/processlist.h"
#include "agent/desktop/socketlist.h"

#include <algorithm>
#include <csignal>

namespace wardesk::desktop {

namespace {

constexpr std::chrono::milliseconds goodbyeTime { 500 }; // xrdp needs 0.1 s

std::string textOf(const std::string& path)
{
    return readFile(path).value_or(std::string()); // no tcp6 where IPv6 is off
}

}

ViewerWatch::ViewerWatch(boost::asio::io_context& context, std::string procNet,
    std::uint16_t rdpPort, uid_t user, Seen seen, Reach reach)
    : m_procNet(std::move(procNet))
    , m_rdpPort(rdpPort)
    , m_user(user)
    , m_seen(std::move(seen))
    , m_reach(reach)
    , m_timer(context)
    , m_cutTimer(context)
{
}

void ViewerWatch::setInterval(std::optional<std::chrono::milliseconds> interval)
{
    if (interval == m_interval)
        return;
    m_interval = interval;
    m_timer.cancel();
    if (m_interval)
        lookLater();
}

void ViewerWatch::lookLater()
{
    m_timer.expires_after(*m_interval);
    m_timer.async_wait([this](const boost::system::error_code& error) {
        if (error || !m_interval)
            return;
        lookLater();
        look();
    });
}

void ViewerWatch::look()
{
    auto named = viewersOf(textOf(m_procNet + "/tcp"), textOf(m_procNet + "/tcp6"),
        textOf(m_procNet + "/unix"), m_rdpPort, m_user, m_display);
    m_seen(m_reach == Reach::display ? trueOnes(named) : std::move(named));
}

/// Others are in the desktop. Each is looked at once: that is a walk over all processes.
Viewers ViewerWatch::trueOnes(const Viewers& named)
{
    std::erase_if(m_known, [&](std::uint64_t inode) { return named.count(inode) == 0; });
    Viewers unknown = named;
    for (const std::uint64_t inode : m_known)
        unknown.erase(inode);
    m_known.merge(ownedBy(m_user, unknown));
    return m_known;
}

std::vector<pid_t> ViewerWatch::servers() const
{
    const std::string tcp = textOf(m_procNet + "/tcp");
    const std::string tcp6 = textOf(m_procNet + "/tcp6");
    const auto holders = [&](TcpState state) {
        auto sockets = socketsOn(tcp, m_rdpPort, state);
        sockets.merge(socketsOn(tcp6, m_rdpPort, state));
        return holdersOf(sockets, "xrdp");
    };
    // xrdp forks a process for each connection; the one that listens holds a connection too until
    // it has forked.
    auto found = holders(TcpState::established);
    const auto listeners = holders(TcpState::listening);
    std::erase_if(found, [&](pid_t process) {
        return std::find(listeners.begin(), listeners.end(), process) != listeners.end();
    });
    if (m_reach == Reach::display) {
        const auto peers
            = peersOf(shownOn(textOf(m_procNet + "/unix"), m_user, m_display), "Xorg", m_user);
        std::erase_if(found, [&](pid_t process) {
            return std::find(peers.begin(), peers.end(), process) == peers.end();
        });
    }
    return found;
}

void ViewerWatch::cut()
{
    for (const pid_t process : servers()) {
        ::kill(process, SIGTERM);
        m_cut.push_back(process);
    }
    m_cutTimer.expires_after(goodbyeTime);
    m_cutTimer.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        // Only those that were asked and still serve: a client that has come since is none of them.
        for (const pid_t process : servers()) {
            if (std::find(m_cut.begin(), m_cut.end(), process) != m_cut.end())
                ::kill(process, SIGKILL);
        }
        m_cut.clear();
    });
}

}
