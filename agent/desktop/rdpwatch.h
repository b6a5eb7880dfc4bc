// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/rdpprobe.h"

#include <boost/asio/steady_timer.hpp>

namespace wardesk::desktop {

/// Probes the RDP server: every 20 ms until it answers, then now and then, as much of it as
/// setRest() leaves. An answer that was once there is only given up after three failures in a row.
/// Must live until the io_context has stopped running.
class RdpWatch
{
public:
    struct Timing
    {
        std::chrono::milliseconds eager { 20 };
        std::chrono::milliseconds calm { 15'000 };
        std::chrono::milliseconds patience { 3'000 };
    };
    using Answered = std::function<void(const std::string& certificateSha256)>;
    using Silent = std::function<void()>;
    /// What need not be asked.
    enum class Rest {
        nothing,
        /// Somebody is connected, which proves more than a handshake would; but others want to
        /// come, and without sesman none does.
        rdpServer,
        everything ///< the desktop's only user is connected
    };

    RdpWatch(boost::asio::io_context& context, RdpEndpoint endpoint, Timing timing,
        Answered answered, Silent silent);
    void start() { probe(); }
    void checkSoon();
    void setRest(Rest rest) { m_rest = rest; }

private:
    void probe();
    void probed(const Result<std::string>& certificate);
    void managerProbed(const Result<std::string>& answer);
    void failed(const Error& error);
    void probeAfter(std::chrono::milliseconds wait);

    boost::asio::io_context& m_context;
    const RdpEndpoint m_endpoint;
    const Timing m_timing;
    const Answered m_answered;
    const Silent m_silent;
    boost::asio::steady_timer m_timer;
    bool m_isProbing = false;
    Rest m_rest = Rest::nothing;
    bool m_hasAnswered = false;
    int m_failures = 0;
};

}
