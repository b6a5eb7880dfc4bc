// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <chrono>
#include <optional>

namespace wardesk::rdp {

/// The connection's round trip time as the kernel measures it anyway (TCP_INFO): no byte and no
/// timer is spent on it. xrdp offers no RDP auto-detection.
class RoundTripTime
{
public:
    void watch(int socket) { m_socket = socket; }
    /// Asked after each frame; answers at most every two seconds, and only with something new.
    [[nodiscard]] std::optional<RoundTrip> whenChanged();

private:
    int m_socket = -1;
    std::chrono::steady_clock::time_point m_asked {};
    std::optional<std::uint32_t> m_last;
};

}
