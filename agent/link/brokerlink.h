// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/link/backoff.h"
#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace wardesk::agent {

struct BrokerAddress
{
    std::string host;
    std::uint16_t port = 0;
    std::string target = "/api/v1/agent";
    std::string keySha256; ///< see pinnedtls.h
    Secret authorization; ///< the whole value of the header
};

/// Told on the link's own thread, the one that runs the io_context.
class LinkListener
{
public:
    virtual ~LinkListener() = default;
    virtual void linkUp() = 0; ///< connected (again): send the whole state
    virtual void linkDown() = 0; ///< nothing needs to be done: the link comes back by itself
    virtual void linkMessage(std::string_view text) = 0;
};

/// The agent's WebSocket to its broker: TLS with one pinned key, reconnects for ever with jittered
/// waits, pings an idle line, and never lets a queue grow. Not thread-safe; start, send and stop on
/// the io_context's thread.
class BrokerLink
{
public:
    struct Options
    {
        WaitRange wait;
        std::chrono::milliseconds connectTime { 10'000 }; ///< from the first SYN to the WebSocket
        std::chrono::milliseconds idleTime {
            30'000
        }; ///< without any byte, pings included: the line is dead
        std::size_t queueLimit = 64; ///< messages
        std::size_t messageLimit = 64U << 10U; ///< bytes, of what the broker sends
    };
    using Random = std::function<double()>; ///< [0, 1)

    /// Fails when the address is unusable. The listener must outlive the link.
    [[nodiscard]] static Result<std::unique_ptr<BrokerLink>> create(
        boost::asio::io_context& context, BrokerAddress address, LinkListener& listener,
        Options options, Random random);
    ~BrokerLink();
    BrokerLink(const BrokerLink&) = delete;
    BrokerLink& operator=(const BrokerLink&) = delete;

    void start();
    /// Silently dropped while there is no connection: linkUp() is the moment to say it all again. A
    /// queue that has reached its limit ends the connection for the same reason.
    void send(std::string text);
    [[nodiscard]] bool isUp() const;
    void stop();

private:
    struct Private;
    explicit BrokerLink(std::shared_ptr<Private> d);
    std::shared_ptr<Private> d;
};

}
