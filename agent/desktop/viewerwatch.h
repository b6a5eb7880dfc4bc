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

    ViewerWatch(
        boost::asio::io_context& context, std::string procNet, std::uint16_t rdpPort, Seen seen);

    void setDisplay(int display) { m_display = display; }
    /// Nothing: do not look at all.
    void setInterval(std::optional<std::chrono::milliseconds> interval);
    /// Ends every RDP connection by ending the process that serves it; the listener and the session
    /// stay.
    void cut();

private:
    void look();
    void lookLater();
    [[nodiscard]] std::vector<pid_t> servers() const;

    const std::string m_procNet;
    const std::uint16_t m_rdpPort;
    const Seen m_seen;
    boost::asio::steady_timer m_timer;
    boost::asio::steady_timer m_cutTimer;
    std::vector<pid_t> m_cut; ///< asked to end
    std::optional<std::chrono::milliseconds> m_interval;
    int m_display = -1;
};

}
