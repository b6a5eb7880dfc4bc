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
#include <vector>

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
/// waits, pings an idle line, and never lets a queue grow. Of several brokers it goes to the next
/// one when one is away, and it looks more often whether the one it has still lives. Not
/// thread-safe; start, send and stop on the io_context's thread.
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
        // the same when there is another broker to go to
        std::chrono::milliseconds connectTimeOfSeveral { 3'000 };
        std::chrono::milliseconds idleTimeOfSeveral { 6'000 };
        std::size_t queueLimit = 64; ///< messages
        std::size_t messageLimit = 64U << 10U; ///< bytes, of what the broker sends
    };
    using Random = std::function<double()>; ///< [0, 1)

    /// Fails when an address is unusable. The listener must outlive the link. It begins with any of
    /// the addresses, so that a thousand agents spread over the brokers.
    [[nodiscard]] static Result<std::unique_ptr<BrokerLink>> create(
        boost::asio::io_context& context, std::vector<BrokerAddress> addresses,
        LinkListener& listener, Options options, Random random);
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
    /// Where to go from now on. A connection that is open stays.
    [[nodiscard]] Result<void> setAddresses(std::vector<BrokerAddress> addresses);
    /// Leaves the connection that there is, if any, and makes a new one at once: it is known to be
    /// dead, and nobody would notice for long.
    void renew();
    void stop();

private:
    struct Private;
    explicit BrokerLink(std::shared_ptr<Private> d);
    std::shared_ptr<Private> d;
};

}
