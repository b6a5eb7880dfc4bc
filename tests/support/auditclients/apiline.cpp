// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/auditclients/apiline.h"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <sys/socket.h>

namespace wardesk::audit {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// The brokers' certificates are their own affair here: everything runs on this machine.
asio::ssl::context& anyCertificate()
{
    static asio::ssl::context context(asio::ssl::context::tls_client);
    return context;
}

}

struct ApiLine::Open
{
    asio::io_context io;
    asio::ssl::stream<tcp::socket> stream { io, anyCertificate() };
    boost::beast::flat_buffer buffer;
};

ApiLine::ApiLine(std::string host, std::string port)
    : m_host(std::move(host))
    , m_port(std::move(port))
{
}

ApiLine::~ApiLine() = default;

bool ApiLine::send(const std::string& method, const std::string& path, const std::string& body,
    const std::string& token, const std::string& key)
{
    error_code error;
    if (!m_open) {
        m_open = std::make_unique<Open>();
        auto& socket = m_open->stream.next_layer();
        const auto address = asio::ip::make_address(m_host, error);
        if (!error)
            socket.connect({ address, static_cast<unsigned short>(std::stoi(m_port)) }, error);
        if (!error) {
            const timeval limit { .tv_sec = 5, .tv_usec = 0 };
            ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
            ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
            socket.set_option(tcp::no_delay(true), error);
            m_open->stream.handshake(asio::ssl::stream_base::client, error);
        }
    }
    if (!error) {
        std::string text = method + ' ' + path
            + " HTTP/1.1\r\nHost: broker\r\nAuthorization: Bearer " + token
            + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
        if (!key.empty())
            text += "Idempotency-Key: " + key + "\r\n";
        text += "\r\n" + body;
        asio::write(m_open->stream, asio::buffer(text), error);
    }
    if (error)
        m_open.reset();
    return !error;
}

Answer ApiLine::read()
{
    Answer answer;
    if (!m_open)
        return answer;
    http::response<http::string_body> response;
    error_code error;
    http::read(m_open->stream, m_open->buffer, response, error);
    if (error) {
        m_open.reset();
        return answer;
    }
    answer.status = static_cast<int>(response.result_int());
    answer.retryAfter = std::string(response[http::field::retry_after]);
    answer.body = std::move(response.body());
    if (!response.keep_alive())
        m_open.reset();
    return answer;
}

Answer ApiLine::ask(const std::string& method, const std::string& path, const std::string& body,
    const std::string& token, const std::string& key)
{
    // A connection that the broker closed while it was idle fails at the first write or read; what
    // was asked has a key or may be asked twice anyway, so the caller decides.
    return send(method, path, body, token, key) ? read() : Answer {};
}

}
