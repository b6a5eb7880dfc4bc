// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/front.h"

#include "broker/http/frontconnection.h"
#include "broker/http/frontstate.h"
#include "broker/service/log.h"

#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>

namespace wardesk::broker {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Front::Acceptor
{
    explicit Acceptor(asio::io_context& io)
        : socket(io)
        , pause(io)
    {
    }
    tcp::acceptor socket;
    asio::steady_timer pause;
};

Front::Front(asio::io_context& io, Gate& gate, Meters& meters, FrontLimits limits)
    : m_state(std::make_shared<FrontState>(io, gate, meters, limits))
{
}

Front::~Front()
{
    stop();
}

Result<void> Front::useCertificates(const Certificates& certificates)
{
    boost::system::error_code error;
    asio::ssl::context& tls = m_state->tls;
    tls.use_certificate_chain(asio::buffer(certificates.chainPem), error);
    if (!error)
        tls.use_private_key(asio::buffer(certificates.keyPem), asio::ssl::context::pem, error);
    if (error)
        return failure(
            Errc::invalidArgument, "the server's certificate cannot be used: " + error.message());
    SSL_CTX* native = tls.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(
        native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    // Thousands of agents and clients are connected and silent nearly all the time.
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    // Resumption by tickets needs no memory here.
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    return {};
}

Result<unsigned short> Front::listen(const std::string& address)
{
    const auto wrong = failure(Errc::invalidArgument,
        "'" + address + "' cannot be listened on: ADDRESS:PORT is expected, e.g. 127.0.0.1:8443");
    const auto colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0)
        return wrong;
    std::string host = address.substr(0, colon);
    if (host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(host, error);
    int port = 0;
    for (const char c : address.substr(colon + 1)) {
        if (c < '0' || c > '9' || port > 65535)
            return wrong;
        port = port * 10 + (c - '0');
    }
    if (error || port > 65535 || colon + 1 == address.size())
        return wrong;
    auto acceptor = std::make_shared<Acceptor>(m_state->io);
    const tcp::endpoint endpoint(ip, static_cast<unsigned short>(port));
    acceptor->socket.open(endpoint.protocol(), error);
    if (!error)
        acceptor->socket.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error)
        acceptor->socket.bind(endpoint, error);
    if (!error)
        acceptor->socket.listen(1024, error);
    if (error)
        return failure(
            Errc::unavailable, "'" + address + "' cannot be listened on: " + error.message());
    m_acceptors.push_back(acceptor);
    accept(acceptor);
    return acceptor->socket.local_endpoint(error).port();
}

void Front::accept(const std::shared_ptr<Acceptor>& acceptor)
{
    acceptor->socket.async_accept(
        [this, state = m_state, acceptor](boost::system::error_code error, tcp::socket socket) {
            if (state->stopped || error == asio::error::operation_aborted)
                return;
            if (error) {
                // Out of descriptors or memory: wait for some to come back instead of spinning.
                logEvent(LogLevel::warning, "front.accept", { { "why", error.message() } });
                acceptor->pause.expires_after(std::chrono::milliseconds(100));
                acceptor->pause.async_wait([this, state, acceptor](boost::system::error_code) {
                    if (!state->stopped)
                        accept(acceptor);
                });
                return;
            }
            startConnection(state, std::move(socket));
            accept(acceptor);
        });
}

void Front::stop()
{
    m_state->stopped = true;
    for (const auto& acceptor : m_acceptors) {
        boost::system::error_code ignored;
        acceptor->socket.close(ignored);
        acceptor->pause.cancel();
    }
    const auto open = m_state->connections;
    for (FrontConnection* connection : open)
        stopConnection(connection);
}

std::size_t Front::connectionCount() const
{
    return m_state->connections.size();
}

}
