// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/rdpprobe.h"

#include "agent/link/pinnedtls.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>

namespace wardesk::desktop {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// TPKT header (19 bytes in all), X.224 connection request, RDP_NEG_REQ asking for PROTOCOL_SSL and
// nothing else.
constexpr std::array<unsigned char, 19> request { 3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0,
    1, 0, 0, 0 };
constexpr unsigned char connectionConfirm = 0xd0;
constexpr unsigned char negotiationResponse = 2;
constexpr unsigned char protocolSsl = 1;

class Probe : public std::enable_shared_from_this<Probe>
{
public:
    using Done = std::function<void(const Result<std::string>&)>;

    Probe(asio::io_context& context, Done done)
        : m_done(std::move(done))
        , m_timer(context)
        , m_tls(asio::ssl::context::tls_client)
        , m_stream(context, m_tls)
        , m_manager(context)
    {
        m_tls.set_verify_mode(asio::ssl::verify_none); // we want to see it, whatever it is
        SSL_set_min_proto_version(m_stream.native_handle(), TLS1_2_VERSION);
    }

    void run(const RdpEndpoint& endpoint, std::chrono::milliseconds patience)
    {
        m_managerPath = endpoint.sessionManager;
        giveUpAfter(patience, "the RDP server does not answer");
        error_code bad;
        const auto address = asio::ip::make_address(endpoint.address, bad);
        m_stream.next_layer().async_connect(
            tcp::endpoint(address, endpoint.port), [self = shared_from_this()](error_code error) {
                if (!self->failed(error, "connecting to the RDP server"))
                    self->ask();
            });
    }

    void runManager(const std::string& socketPath, std::chrono::milliseconds patience)
    {
        m_managerPath = socketPath;
        giveUpAfter(patience, "the session manager does not answer");
        askManager({});
    }

private:
    void giveUpAfter(std::chrono::milliseconds patience, const char* why)
    {
        m_timer.expires_after(patience);
        m_timer.async_wait([self = shared_from_this(), why](error_code error) {
            if (!error)
                self->finish(failure(Errc::timeout, why));
        });
    }

    void ask()
    {
        asio::async_write(m_stream.next_layer(), asio::buffer(request),
            [self = shared_from_this()](error_code error, std::size_t) {
                if (self->failed(error, "asking the RDP server"))
                    return;
                asio::async_read(self->m_stream.next_layer(), asio::buffer(self->m_answer),
                    [self](error_code failedWith, std::size_t) {
                        if (!self->failed(failedWith, "reading from the RDP server"))
                            self->shake();
                    });
            });
    }

    void shake()
    {
        if (m_answer[0] != 3 || m_answer[3] != m_answer.size() || m_answer[5] != connectionConfirm
            || m_answer[11] != negotiationResponse || m_answer[15] != protocolSsl) {
            finish(failure(Errc::untrusted, "the RDP server does not offer TLS"));
            return;
        }
        m_stream.async_handshake(
            asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
                if (self->failed(error, "TLS with the RDP server"))
                    return;
                X509* shown = SSL_get1_peer_certificate(self->m_stream.native_handle());
                if (shown == nullptr) {
                    self->finish(failure(Errc::untrusted, "the RDP server shows no certificate"));
                    return;
                }
                const std::string digest = agent::certificateSha256Of(shown);
                X509_free(shown);
                self->askManager(digest);
            });
    }

    /// Connecting is enough: a dead one's socket refuses. It is asked nothing.
    void askManager(const std::string& digest)
    {
        if (m_managerPath.empty()) {
            finish(digest);
            return;
        }
        m_manager.async_connect(asio::local::stream_protocol::endpoint(m_managerPath),
            [self = shared_from_this(), digest](error_code error) {
                if (!self->failed(error, "connecting to the session manager"))
                    self->finish(digest);
            });
    }

    [[nodiscard]] bool failed(error_code error, const char* step)
    {
        if (!m_done)
            return true;
        if (!error)
            return false;
        finish(failure(Errc::unavailable, std::string(step) + " failed: " + error.message()));
        return true;
    }

    void finish(const Result<std::string>& result)
    {
        if (!m_done)
            return;
        const Done done = std::exchange(m_done, nullptr);
        m_timer.cancel();
        error_code ignored;
        m_stream.next_layer().close(ignored);
        m_manager.close(ignored);
        done(result);
    }

    Done m_done;
    asio::steady_timer m_timer;
    asio::ssl::context m_tls;
    asio::ssl::stream<tcp::socket> m_stream;
    asio::local::stream_protocol::socket m_manager;
    std::string m_managerPath;
    std::array<unsigned char, 19> m_answer {};
};

}

void probeRdp(asio::io_context& context, const RdpEndpoint& endpoint,
    std::chrono::milliseconds patience, std::function<void(const Result<std::string>&)> done)
{
    std::make_shared<Probe>(context, std::move(done))->run(endpoint, patience);
}

void probeSessionManager(asio::io_context& context, const std::string& socketPath,
    std::chrono::milliseconds patience, std::function<void(const Result<std::string>&)> done)
{
    std::make_shared<Probe>(context, std::move(done))->runManager(socketPath, patience);
}

}
