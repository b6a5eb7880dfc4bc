// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopevents.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace wardesk::desktop {

/// Looks at the kernel's lists for clients of the session, as often as it matters now.
/// Must live until the io_context has stopped running.
class ViewerWatch
{
public:
    using Seen = std::function<void(Viewers)>;
    /// Whose connections are ended by cut().
    enum class Reach {
        desktop, ///< all: the desktop is one user's
        display ///< those that show this display: others are in the desktop, too
    };

    /// The session's user: only what his processes hold is his X server's.
    ViewerWatch(boost::asio::io_context& context, std::string procNet, std::uint16_t rdpPort,
        uid_t user, Seen seen, Reach reach = Reach::desktop);

    void setDisplay(int display) { m_display = display; }
    /// Nothing: do not look at all.
    void setInterval(std::optional<std::chrono::milliseconds> interval);
    /// Ends the RDP connections within its reach by ending the processes that serve them; the
    /// listener and the session stay.
    void cut();

private:
    void look();
    [[nodiscard]] Viewers trueOnes(const Viewers& named);
    void lookLater();
    [[nodiscard]] std::vector<pid_t> servers() const;

    const std::string m_procNet;
    const std::uint16_t m_rdpPort;
    const uid_t m_user;
    const Seen m_seen;
    const Reach m_reach;
    boost::asio::steady_timer m_timer;
    boost::asio::steady_timer m_cutTimer;
    std::vector<pid_t> m_cut; ///< asked to end
    Viewers m_known; ///< seen to be the X server's
    std::optional<std::chrono::milliseconds> m_interval;
    int m_display = -1;
};

}
