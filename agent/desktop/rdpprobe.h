// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace wardesk::desktop {

struct RdpEndpoint
{
    std::string address = "127.0.0.1";
    std::uint16_t port = 3389;
    /// Socket of the session manager, which the RDP server asks for the session once a client has
    /// signed in; empty: there is none to be asked.
    std::string sessionManager = "/run/xrdp/sockdir/sesman.socket";
    std::string sessionManagerGroup = "xrdp"; ///< who, besides root, may ask it
};

/// Asks the RDP server for TLS (X.224 connection request, MS-RDPBCGR 2.2.1.1), shakes hands with
/// TLS 1.2 or later and hangs up; then sees whether the session manager takes connections: without
/// it no client gets any further. Answers with the SHA-256 of the certificate (DER) that was really
/// shown. Calls `done` exactly once, later.
void probeRdp(boost::asio::io_context& context, const RdpEndpoint& endpoint,
    std::chrono::milliseconds patience, std::function<void(const Result<std::string>&)> done);
/// The session manager alone; the answer is empty.
void probeSessionManager(boost::asio::io_context& context, const std::string& socketPath,
    std::chrono::milliseconds patience, std::function<void(const Result<std::string>&)> done);

}
