// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/certificates.h"
#include "broker/http/gate.h"
#include "broker/metering/meters.h"

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace wardesk::broker {

struct FrontLimits
{
    std::size_t connections = 10000;
    std::size_t connectionsPerAddress = 2000; ///< with a finished handshake
    std::size_t refusals = 64; ///< connections beyond these that are told so, 503, before they end
    std::size_t handshakes = 512; ///< unfinished ones; the oldest gives way to a new one
    std::size_t bodyBytes = 1U << 20U; ///< of one request
    std::size_t bodyBytesAtOnce = 64U << 20U; ///< of all long ones that are being read (R13)
    std::size_t headerBytes = 16U << 10U;
    std::chrono::milliseconds handshake = std::chrono::seconds(10);
    std::chrono::milliseconds request = std::chrono::seconds(20); ///< from first byte to last
    std::chrono::milliseconds idle = std::chrono::seconds(75); ///< between two requests
    std::chrono::milliseconds silence = std::chrono::seconds(20); ///< of a WebSocket's peer
};

/// The network front: TLS, HTTP and WebSocket on one port. Everything runs on the thread that runs
/// the io_context.
class Front
{
public:
    Front(boost::asio::io_context& io, Gate& gate, Meters& meters, FrontLimits limits);
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;
    [[nodiscard]] Result<void> useCertificates(const Certificates& certificates);
    /// "127.0.0.1:8443", "[::1]:8443"; port 0 takes any. Returns the port.
    [[nodiscard]] Result<unsigned short> listen(const std::string& address);
    /// Accepts nothing any more and closes what is open.
    void stop();
    [[nodiscard]] std::size_t connectionCount() const;

private:
    struct Acceptor;
    void accept(const std::shared_ptr<Acceptor>& acceptor);

    std::shared_ptr<struct FrontState> m_state;
    std::vector<std::shared_ptr<Acceptor>> m_acceptors;
};

}
