// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/websocket.h"

#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <openssl/crypto.h>

namespace wardesk::broker {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

namespace {

constexpr std::size_t maxFrame = 64U << 10U;
constexpr std::size_t maxQueue = 256; ///< frames that wait for a peer that does not read (R13)

using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;
using UpgradeRequest = beast::http::request<beast::http::string_body>;

class WebSocket final : public TextSocket, public std::enable_shared_from_this<WebSocket>
{
public:
    WebSocket(Stream& stream, UpgradeRequest request, std::shared_ptr<void> keep)
        : m_keep(std::move(keep))
        , m_request(std::move(request))
        , m_socket(stream)
    {
    }

    void accept(const FrontLimits& limits, Gate::Opened opened)
    {
        setLimits(limits);
        if (!opened.peerAnswer.empty()) {
            m_socket.set_option(websocket::stream_base::decorator(
                [answer = opened.peerAnswer](websocket::response_type& response) {
                    response.set(peerAnswerHeader, answer);
                }));
        }
        m_socket.async_accept(
            m_request, [self = shared_from_this(), opened = std::move(opened)](error_code error) {
                self->m_request = {};
                if (error)
                    return;
                opened.use(self);
                self->m_open = true;
                self->write();
                self->read();
            });
    }

    void open(const UpgradeWish& wish, const FrontLimits& limits,
        std::function<void(Result<std::shared_ptr<TextSocket>>)> done)
    {
        setLimits(limits);
        m_socket.set_option(websocket::stream_base::decorator(
            [authorization = wish.authorization](websocket::request_type& request) {
                request.set(beast::http::field::authorization, authorization);
            }));
        auto response = std::make_shared<websocket::response_type>();
        m_socket.async_handshake(*response, wish.host, wish.target,
            [self = shared_from_this(), response, isRight = wish.isRight, done = std::move(done)](
                error_code error) {
                if (error == websocket::error::upgrade_declined) {
                    done(failure(Errc::forbidden,
                        "it refuses the channel (HTTP " + std::to_string(response->result_int())
                            + ')'));
                    return;
                }
                if (error) {
                    done(failure(Errc::unavailable, "opening the channel: " + error.message()));
                    return;
                }
                if (const auto answer = (*response)[peerAnswerHeader];
                    !isRight({ answer.data(), answer.size() })) {
                    done(failure(Errc::unauthenticated,
                        "it does not prove that it has the cluster's secret"));
                    return;
                }
                done(std::shared_ptr<TextSocket>(self));
                self->m_open = true;
                self->write();
                self->read();
            });
    }

    void send(std::string text) override
    {
        if (m_closing)
            return;
        if (m_queue.size() >= maxQueue) {
            close("does not read");
            return;
        }
        m_queue.push_back(std::move(text));
        if (m_open)
            write();
    }

    void close(const std::string& why) override
    {
        if (m_closing)
            return;
        m_closing = true;
        m_reason = why.substr(0, 120); // a close frame holds 123 bytes
        if (m_open && !m_writing)
            shut();
    }

private:
    void setLimits(const FrontLimits& limits)
    {
        websocket::stream_base::timeout timeout {};
        timeout.handshake_timeout = limits.handshake;
        // A ping after half of it; no answer within it and the peer counts as gone.
        timeout.idle_timeout = limits.silence;
        timeout.keep_alive_pings = true;
        m_socket.set_option(timeout);
        m_socket.read_message_max(maxFrame);
    }

    void read()
    {
        m_socket.async_read(m_buffer, [self = shared_from_this()](error_code error, std::size_t) {
            if (error) {
                self->closed();
                return;
            }
            std::string text = beast::buffers_to_string(self->m_buffer.data());
            self->m_buffer.clear();
            const auto next = [self] {
                if (!self->m_gone)
                    self->read();
            };
            // Once a close was asked for, frames are read only to see the peer's goodbye.
            if (self->onText && !self->m_closing)
                self->onText(std::move(text), next);
            else
                next();
        });
    }

    void write()
    {
        if (m_writing || m_queue.empty()) {
            if (m_closing && !m_writing)
                shut();
            return;
        }
        m_writing = true;
        m_socket.text(true);
        m_socket.async_write(boost::asio::buffer(m_queue.front()),
            [self = shared_from_this()](error_code error, std::size_t) {
                self->m_writing = false;
                if (error) {
                    self->closed();
                    return;
                }
                // A relayed answer holds a one-time credential.
                OPENSSL_cleanse(self->m_queue.front().data(), self->m_queue.front().size());
                self->m_queue.pop_front();
                self->write();
            });
    }

    void shut()
    {
        if (m_shut)
            return;
        m_shut = true;
        m_socket.async_close({ websocket::close_code::normal, m_reason },
            [self = shared_from_this()](error_code) { self->closed(); });
    }

    void closed()
    {
        if (m_gone)
            return;
        m_gone = true;
        m_closing = true;
        const auto tell = std::move(onClosed);
        onText = nullptr;
        onClosed = nullptr;
        if (tell)
            tell();
    }

    std::shared_ptr<void> m_keep; ///< the stream's owner
    UpgradeRequest m_request;
    websocket::stream<Stream&> m_socket;
    beast::flat_buffer m_buffer;
    std::deque<std::string> m_queue;
    std::string m_reason;
    bool m_open = false;
    bool m_writing = false;
    bool m_closing = false;
    bool m_shut = false;
    bool m_gone = false;
};

}

std::weak_ptr<TextSocket> acceptWebSocket(Stream& stream, UpgradeRequest request,
    const FrontLimits& limits, std::shared_ptr<void> keep, Gate::Opened opened)
{
    auto socket = std::make_shared<WebSocket>(stream, std::move(request), std::move(keep));
    socket->accept(limits, std::move(opened));
    return socket;
}

void openWebSocket(Stream& stream, const UpgradeWish& wish, const FrontLimits& limits,
    std::shared_ptr<void> keep, std::function<void(Result<std::shared_ptr<TextSocket>>)> done)
{
    std::make_shared<WebSocket>(stream, UpgradeRequest(), std::move(keep))
        ->open(wish, limits, std::move(done));
}

}
