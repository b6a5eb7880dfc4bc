// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/agentmessages.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wardesk::test {

/// The broker's end of the agent channel, as little of it as the tests need: one connection at a
/// time, a real TLS server with a fresh key, on the caller's thread. Everything that waits has a
/// deadline.
class FakeBroker
{
public:
    /// Port 0: any free one. Listens on all addresses when asked to: for desktops in a network of
    /// their own.
    explicit FakeBroker(std::uint16_t port = 0, bool isPublic = false);
    ~FakeBroker();
    FakeBroker(const FakeBroker&) = delete;
    FakeBroker& operator=(const FakeBroker&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string keySha256() const;

    /// Waits for an agent and lets it in; false when the time is over or the agent turned away.
    [[nodiscard]] bool accept();
    /// Answers the upgrade with this status instead.
    [[nodiscard]] bool refuse(unsigned httpStatus);
    [[nodiscard]] std::string authorization() const; ///< of the connection that was accepted last
    [[nodiscard]] std::string target() const;

    void send(const wire::AgentCommand& command);
    void sendText(const std::string& text);
    void sendBinary(const std::string& bytes);
    /// The next message; nothing when the connection or the time ended.
    [[nodiscard]] std::optional<std::string> receiveText(
        std::chrono::milliseconds patience = defaultPatience);
    [[nodiscard]] std::optional<wire::AgentReport> receive(
        std::chrono::milliseconds patience = defaultPatience);
    /// The next report of that kind; others are passed over.
    [[nodiscard]] std::optional<wire::AgentReport> receive(wire::AgentReportKind kind);
    [[nodiscard]] std::optional<wire::AgentReport> receiveSession(wire::SessionState session);
    [[nodiscard]] bool isConnected() const;
    /// Cuts the connection without a word.
    void drop();
    /// Stops listening too, and listens again on the same port: a restart of the broker.
    void goAway();
    void comeBack();

    static constexpr std::chrono::milliseconds defaultPatience { 20'000 };

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}
