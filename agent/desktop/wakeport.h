// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/wire/machinemessages.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

namespace wardesk::desktop {

/// Listens on the virtio-serial port for the host to say that this machine was saved to its disk
/// and runs again. Looked at twice a second: the port cannot be waited for while nobody is at
/// its other end, which is nearly always. Where there is no such port (containers), and where it
/// cannot be opened, it is looked for now and then. On the io_context's thread.
class WakePort
{
public:
    using Woken = std::function<Result<void>(const wire::MachineWake&)>;

    /// An empty path: no port.
    WakePort(boost::asio::io_context& context, std::string path, Woken woken);
    ~WakePort();
    WakePort(const WakePort&) = delete;
    WakePort& operator=(const WakePort&) = delete;

    void start();

private:
    void look();
    void lookAfter(std::chrono::milliseconds pause);
    void read();
    void obey(const std::string& line);
    void say(const wire::MachineReport& report) const;

    const std::string m_path;
    const Woken m_woken;
    boost::asio::steady_timer m_timer;
    std::string m_input;
    int m_file = -1;
};

}
