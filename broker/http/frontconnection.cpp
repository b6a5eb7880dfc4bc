// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/frontconnection.h"

#include "broker/http/channelbinding.h"
#include "broker/http/websocket.h"
#include "broker/service/log.h"

#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>

namespace wardesk::broker {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

std::optional<Method> methodOf(http::verb verb)
{
    if (verb == http::verb::get)
        return Method::get;
    if (verb == http::verb::post)
        return Method::post;
    if (verb == http::verb::patch)
        return Method::patch;
    if (verb == http::verb::delete_)
        return Method::remove;
    return std::nullopt;
}

std::string headerOf(const http::fields& fields, http::field name)
{
    const auto value = fields[name];
    return { value.data(), value.size() };
}

}

/// One connection: handshake, requests one after the other, or a WebSocket in the end. Owned by its
/// own pending operations.
class FrontConnection : public std::enable_shared_from_this<FrontConnection>
{
public:
    FrontConnection(std::shared_ptr<FrontState> state, tcp::socket socket, std::string address)
        : m_state(std::move(state))
        , m_socket(std::move(socket))
        , m_deadline(m_state->io)
        , m_address(std::move(address))
    {
        m_state->connections.insert(this);
        m_waiting = m_state->handshakes.insert(m_state->handshakes.end(), this);
        m_state->meters.setConnections(m_state->connections.size());
    }
    ~FrontConnection()
    {
        releaseBody();
        m_state->connections.erase(this);
        if (!m_state->stopped) // afterwards the meters may be gone before us
            m_state->meters.setConnections(m_state->connections.size());
        leaveHandshake();
        if (m_refusing)
            --m_state->refusing;
        if (!m_counted)
            return;
        const auto count = m_state->perAddress.find(m_address);
        if (--count->second == 0)
            m_state->perAddress.erase(count);
    }

    void start()
    {
        arm(m_state->limits.handshake);
        // The TLS state costs 50 KiB: who connects and says nothing does not get it.
        m_socket->async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
            if (!error)
                self->handshake();
        });
    }
    void abort()
    {
        error_code ignored;
        m_deadline.cancel();
        leaveHandshake();
        if (const auto socket = m_webSocket.lock())
            socket->close("the broker is stopping");
        else
            lowest().close(ignored);
    }

private:
    using Stream = asio::ssl::stream<tcp::socket>;

    tcp::socket& lowest() { return m_stream ? m_stream->next_layer() : *m_socket; }

    void arm(std::chrono::milliseconds limit)
    {
        m_deadline.expires_after(limit);
        m_deadline.async_wait([weak = weak_from_this()](error_code error) {
            const auto self = weak.lock();
            if (!self || error)
                return;
            // A timer that fired while it was being set again is not for us.
            if (self->m_deadline.expiry() > asio::steady_timer::clock_type::now())
                return;
            error_code ignored;
            self->lowest().close(ignored);
        });
    }

    void handshake()
    {
        m_stream.emplace(std::move(*m_socket), m_state->tls);
        m_socket.reset();
        m_stream->async_handshake(
            asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
                if (!error && self->isAdmitted()) {
                    self->arm(self->m_state->limits.request);
                    self->readHeader();
                }
            });
    }

    void leaveHandshake()
    {
        if (m_waiting)
            m_state->handshakes.erase(*m_waiting);
        m_waiting.reset();
    }

    /// Counted only now: half-open connections must not use up what those who talk may have.
    bool isAdmitted()
    {
        leaveHandshake();
        const FrontLimits& limits = m_state->limits;
        const auto known = m_state->perAddress.find(m_address);
        const std::size_t fromThere = known == m_state->perAddress.end() ? 0 : known->second;
        if (m_state->connections.size() > limits.connections
            || fromThere >= limits.connectionsPerAddress) {
            if (m_state->refusing >= limits.refusals)
                return false; // the socket closes: not even refusals may pile up
            ++m_state->refusing;
            m_refusing = true;
            return true;
        }
        m_state->perAddress[m_address] = fromThere + 1;
        m_counted = true;
        return true;
    }

    void awaitRequest()
    {
        if (m_buffer.size() > 0) {
            arm(m_state->limits.request);
            readHeader();
            return;
        }
        arm(m_state->limits.idle);
        m_stream->async_read_some(
            m_buffer.prepare(4096), [self = shared_from_this()](error_code error, std::size_t n) {
                if (error)
                    return;
                self->m_buffer.commit(n);
                self->arm(self->m_state->limits.request);
                self->readHeader();
            });
    }

    void readHeader()
    {
        m_parser.emplace();
        m_parser->header_limit(static_cast<std::uint32_t>(m_state->limits.headerBytes));
        m_parser->body_limit(m_state->limits.bodyBytes);
        http::async_read_header(*m_stream, m_buffer, *m_parser,
            [self = shared_from_this()](error_code error, std::size_t) {
                if (error)
                    self->refuse(error);
                else
                    self->readBody();
            });
    }

    void refuse(error_code error)
    {
        m_keepAlive = false;
        if (error == http::error::body_limit)
            answer(respond(Error { Errc::tooLarge, "The request is too large." }));
        else if (error == http::error::header_limit || error == http::error::buffer_overflow)
            answer(withStatus(431, { Errc::tooLarge, "The request's header is too large." }));
        else if (error.category() == make_error_code(http::error::bad_method).category()
            && error != http::error::end_of_stream && error != http::error::partial_message)
            answer(respond(Error { Errc::invalidArgument, "This is not an HTTP request." }));
        // Everything else is a peer that went away.
    }

    static Response withStatus(int status, const Error& error)
    {
        Response response = respond(error);
        response.status = status;
        return response;
    }

    void readBody()
    {
        const auto& header = m_parser->get();
        m_keepAlive = header.keep_alive();
        if (m_refusing) {
            m_keepAlive = false;
            answer(respond(Error {
                Errc::overloaded, "Too many connections are open. Try again in a moment." }));
            return;
        }
        if (beast::websocket::is_upgrade(header)) {
            upgrade();
            return;
        }
        if (m_parser->is_done()) {
            dispatch();
            return;
        }
        if (!reserveBody()) {
            m_keepAlive = false;
            answer(respond(Error { Errc::overloaded, "Too many requests at once. Try again." }));
            return;
        }
        if (beast::iequals(header[http::field::expect], "100-continue")) {
            auto go = std::make_shared<http::response<http::empty_body>>(
                http::status::continue_, header.version());
            http::async_write(
                *m_stream, *go, [self = shared_from_this(), go](error_code error, std::size_t) {
                    if (!error)
                        self->readRest();
                });
            return;
        }
        readRest();
    }

    void readRest()
    {
        http::async_read(*m_stream, m_buffer, *m_parser,
            [self = shared_from_this()](error_code error, std::size_t) {
                if (error)
                    self->refuse(error);
                else
                    self->dispatch();
            });
    }

    /// What a request promises is counted before it is read. A body that is no longer than a header
    /// may be is bounded by the number of connections, as headers are, and not counted: promises
    /// that are never kept must not keep out sign-ins and reconnects, which are all short.
    bool reserveBody()
    {
        const FrontLimits& limits = m_state->limits;
        const auto length = m_parser->content_length();
        const std::size_t promised = length ? static_cast<std::size_t>(*length) : limits.bodyBytes;
        if (promised <= limits.headerBytes)
            return true;
        if (promised > limits.bodyBytesAtOnce
            || m_state->bodyBytes > limits.bodyBytesAtOnce - promised)
            return false; // and nothing stays promised while the refusal is sent
        m_bodyBytes = promised;
        m_state->bodyBytes += promised;
        return true;
    }

    void releaseBody()
    {
        m_state->bodyBytes -= m_bodyBytes;
        m_bodyBytes = 0;
    }

    Result<Request> takeRequest()
    {
        auto& message = m_parser->get();
        Request request;
        const auto method = methodOf(message.method());
        if (!method)
            return failure(Errc::invalidArgument, "GET, POST, PATCH and DELETE are known here.");
        request.method = *method;
        const auto target = message.target();
        if (auto set = setTarget(request, { target.data(), target.size() }); !set)
            return tl::unexpected(set.error());
        request.authorization = headerOf(message, http::field::authorization);
        const auto key = message["Idempotency-Key"];
        request.idempotencyKey.assign(key.data(), key.size());
        request.address = m_address;
        request.body = std::move(message.body());
        return request;
    }

    void dispatch()
    {
        releaseBody();
        m_deadline.cancel(); // the services have deadlines of their own
        auto request = takeRequest();
        if (!request) {
            answer(withStatus(methodOf(m_parser->get().method()) ? 400 : 405, request.error()));
            return;
        }
        m_version = m_parser->get().version();
        m_parser.reset();
        m_state->gate.handle(std::move(*request),
            [self = shared_from_this()](Response response) { self->answer(std::move(response)); });
    }

    void answer(Response response)
    {
        if (m_stream && !lowest().is_open())
            return;
        arm(m_state->limits.request);
        m_response.emplace(static_cast<http::status>(response.status), m_version);
        auto& message = *m_response;
        message.set(http::field::server, "wardesk-broker");
        message.set(http::field::cache_control, "no-store");
        message.set("Strict-Transport-Security", "max-age=31536000");
        message.set("X-Content-Type-Options", "nosniff");
        message.set("X-Frame-Options", "DENY");
        if (!response.contentType.empty())
            message.set(http::field::content_type, response.contentType);
        if (response.status == 401)
            message.set(http::field::www_authenticate, "Bearer");
        for (const auto& [name, value] : response.headers)
            message.set(name, value);
        message.body() = std::move(response.body);
        message.keep_alive(m_keepAlive);
        if (response.status != 204)
            message.prepare_payload();
        http::async_write(
            *m_stream, message, [self = shared_from_this()](error_code error, std::size_t) {
                self->m_response.reset();
                if (error)
                    return;
                if (self->m_keepAlive && !self->m_state->stopped)
                    self->awaitRequest();
                else
                    self->finish();
            });
    }

    void finish()
    {
        arm(std::chrono::seconds(2));
        m_stream->async_shutdown([self = shared_from_this()](error_code) {
            error_code ignored;
            self->lowest().shutdown(tcp::socket::shutdown_send, ignored);
            self->drain(0);
        });
    }

    /// Closing while the peer still sends would reset the connection and could take the answer
    /// away from it: read on for a moment, into nothing, and not for ever.
    void drain(std::size_t soFar)
    {
        if (soFar > (1U << 20U)) {
            error_code ignored;
            lowest().close(ignored);
            return;
        }
        lowest().async_read_some(asio::buffer(m_drain),
            [self = shared_from_this(), soFar](error_code error, std::size_t n) {
                if (error) {
                    self->m_deadline.cancel();
                    return;
                }
                self->drain(soFar + n);
            });
    }

    void upgrade()
    {
        auto request = takeRequest();
        if (!request) {
            m_keepAlive = false;
            answer(respond(request.error()));
            return;
        }
        request->channelBinding = channelBindingOf(m_stream->native_handle());
        m_state->gate.handleUpgrade(
            std::move(*request), [self = shared_from_this()](Result<Gate::Opened> opened) {
                if (!opened) {
                    self->m_keepAlive = false;
                    self->answer(respond(opened.error()));
                    return;
                }
                self->m_deadline.cancel();
                self->m_webSocket = acceptWebSocket(*self->m_stream, self->m_parser->release(),
                    self->m_state->limits, self, std::move(*opened));
            });
    }

    std::shared_ptr<FrontState> m_state;
    std::optional<tcp::socket> m_socket; ///< until the peer has said something
    std::optional<Stream> m_stream;
    asio::steady_timer m_deadline;
    std::string m_address;
    std::optional<std::list<FrontConnection*>::iterator> m_waiting; ///< while shaking hands
    bool m_counted = false; ///< in perAddress
    bool m_refusing = false; ///< one too many: it is told so and closed (R13)
    beast::flat_buffer m_buffer { 64U << 10U };
    std::optional<http::request_parser<http::string_body>> m_parser;
    std::optional<http::response<http::string_body>> m_response;
    std::weak_ptr<TextSocket> m_webSocket;
    unsigned m_version = 11;
    bool m_keepAlive = false;
    std::size_t m_bodyBytes = 0;
    std::array<char, 4096> m_drain {};
};

void startConnection(const std::shared_ptr<FrontState>& state, tcp::socket socket)
{
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error)
        return;
    const std::string address = peer.address().to_string();
    // Who connects and says nothing gives way to who comes next, so that a flood of half-open
    // connections keeps nobody out: a real handshake is done long before it is the oldest.
    if (state->handshakes.size() >= state->limits.handshakes)
        state->handshakes.front()->abort();
    if (state->connections.size() >= state->limits.connections + state->limits.refusals)
        return; // the socket closes: bounded memory matters more than a polite answer
    socket.set_option(tcp::no_delay(true), error);
    std::make_shared<FrontConnection>(state, std::move(socket), address)->start();
}

void stopConnection(FrontConnection* connection)
{
    connection->abort();
}

}
