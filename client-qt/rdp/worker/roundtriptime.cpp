// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/roundtriptime.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace wardesk::rdp {

std::optional<RoundTrip> RoundTripTime::whenChanged()
{
    constexpr std::chrono::seconds pause { 2 };
    const auto now = std::chrono::steady_clock::now();
    if (m_last && now - m_asked < pause)
        return std::nullopt;
    m_asked = now;
    tcp_info info {};
    socklen_t size = sizeof info;
    if (::getsockopt(m_socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return std::nullopt;
    const std::uint32_t milliseconds = (info.tcpi_rtt + 500) / 1000; // microseconds
    if (m_last == milliseconds)
        return std::nullopt;
    m_last = milliseconds;
    return RoundTrip { milliseconds };
}

}
