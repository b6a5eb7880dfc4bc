// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/front.h"
#include "protocols/wire/codec.h"

#include <map>
#include <memory>
#include <string>

namespace wardesk::broker::test {

struct Answer
{
    int status = 0; ///< 0: the connection ended without one
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
    [[nodiscard]] std::string code() const; ///< of an ErrorBody
};

/// The whole broker with its real front on a loopback port, threads and TLS included; database and
/// virtualisation host are in memory. Users: nurse (clinician) and admin, passwords "secret-NAME".
class LiveBroker
{
public:
    explicit LiveBroker(const FrontLimits& limits = {});
    ~LiveBroker();
    LiveBroker(const LiveBroker&) = delete;
    LiveBroker& operator=(const LiveBroker&) = delete;

    [[nodiscard]] unsigned short port() const;
    [[nodiscard]] std::string tokenOf(const std::string& user);
    [[nodiscard]] Answer request(const std::string& method, const std::string& path,
        const std::string& body = {}, const std::string& authorization = {},
        const std::string& more = {});
    /// Writes these bytes over TLS and reads one answer.
    [[nodiscard]] Answer raw(const std::string& bytes);
    [[nodiscard]] std::size_t connectionCount();
    /// Two answers on one connection.
    [[nodiscard]] std::pair<Answer, Answer> twice(const std::string& bytes);
    /// True if the broker accepts a handshake with at most this version of TLS.
    [[nodiscard]] bool acceptsTlsUpTo(int version);
    /// The first text frame after an upgrade, or the answer's status when it was refused.
    [[nodiscard]] std::string firstFrame(
        const std::string& path, const std::string& authorization, const std::string& afterwards);
    /// A connection with a finished handshake that says this and no more; closed when the result
    /// dies.
    [[nodiscard]] std::shared_ptr<void> openConnection(const std::string& firstBytes = {});
    /// The answer to what openConnection() or say() said on it.
    [[nodiscard]] static Answer answerOn(const std::shared_ptr<void>& connection);
    static void say(const std::shared_ptr<void>& connection, const std::string& bytes);
    /// From now on passwords wait on their threads, until they are let go.
    void holdPasswords();
    void letPasswordsGo();
    [[nodiscard]] std::size_t passwordsWaiting() const; ///< beyond those on the threads
    /// A TCP connection that says nothing; closed when the result dies.
    [[nodiscard]] std::shared_ptr<void> silentConnection(const std::string& firstBytes = {});
    /// Waits until the broker has closed it.
    [[nodiscard]] static bool isClosedByPeer(const std::shared_ptr<void>& connection);
    [[nodiscard]] std::size_t countAudit();

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

}
