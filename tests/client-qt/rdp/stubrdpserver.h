// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

/// As much of an RDP server as a client needs to hand over its credential: X.224 negotiation, TLS
/// with a certificate made for this object, the MCS connection, channel joins; then the client info
/// PDU ends it. Keeps every byte that it read, after decryption. Serves one connection on a thread
/// of its own.
class StubRdpServer
{
public:
    enum class Answer {
        tls, ///< TLS 1.2 or later
        oldTls, ///< TLS 1.1 only
        classic, ///< chooses classic RDP security (MS-RDPBCGR 5.3)
        silent ///< an old server: no negotiation data in the answer
    };

    explicit StubRdpServer(Answer answer);
    ~StubRdpServer();
    StubRdpServer(const StubRdpServer&) = delete;
    StubRdpServer& operator=(const StubRdpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] const std::string& certificateSha256() const { return m_fingerprint; }
    /// Waits until the connection is over; only then the rest may be asked.
    void wait();
    [[nodiscard]] const std::string& clearBytes() const { return m_clear; }
    [[nodiscard]] const std::string& protectedBytes() const { return m_protected; }
    [[nodiscard]] bool sawClientInfo() const { return m_clientInfo; }

private:
    void serve();

    Answer m_answer;
    int m_listener = -1;
    std::uint16_t m_port = 0;
    std::string m_fingerprint;
    void* m_tlsContext = nullptr;
    std::string m_clear;
    std::string m_protected;
    bool m_clientInfo = false;
    std::thread m_thread;
};
