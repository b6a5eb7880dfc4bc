// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/support/fakebroker.h"

#include "agent/desktop/rdpkeys.h"
#include "agent/link/pinnedtls.h"
#include "protocols/wire/codec.h"

#include <QTemporaryDir>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace wardesk::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

using Stream = websocket::stream<asio::ssl::stream<tcp::socket>>;

struct FakeBroker::Private
{
    asio::io_context context;
    asio::ssl::context tls { asio::ssl::context::tls_server };
    tcp::endpoint endpoint;
    std::optional<tcp::acceptor> acceptor;
    std::unique_ptr<Stream> stream;
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    std::string key;
    bool isReading = false;
    std::optional<error_code> read;

    /// Runs until the operation has called back, or the time is over.
    bool runUntil(const std::function<bool()>& isDone, std::chrono::milliseconds patience)
    {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!isDone() && std::chrono::steady_clock::now() < end) {
            context.restart();
            context.run_one_until(end);
        }
        return isDone();
    }

    template <typename Start> bool perform(Start start)
    {
        const auto result = std::make_shared<std::optional<error_code>>();
        start([result](error_code error, auto&&...) { *result = error; });
        return runUntil([&] { return result->has_value(); }, defaultPatience) && !**result;
    }

    void listen()
    {
        acceptor.emplace(context);
        acceptor->open(endpoint.protocol());
        acceptor->set_option(tcp::acceptor::reuse_address(true));
        acceptor->bind(endpoint);
        acceptor->listen();
        endpoint = acceptor->local_endpoint();
    }

    bool acceptRequest()
    {
        isReading = false;
        read.reset();
        buffer.clear();
        request = {};
        tcp::socket socket(context);
        if (!perform([&](auto done) { acceptor->async_accept(socket, done); }))
            return false;
        stream = std::make_unique<Stream>(std::move(socket), tls);
        return perform([&](auto done) {
            stream->next_layer().async_handshake(asio::ssl::stream_base::server, done);
        }) && perform([&](auto done) {
            http::async_read(stream->next_layer(), buffer, request, done);
        });
    }

    void sendFrame(const std::string& bytes, bool isText)
    {
        stream->text(isText);
        (void)perform([&](auto done) { stream->async_write(asio::buffer(bytes), done); });
    }
};

FakeBroker::FakeBroker(std::uint16_t port, bool isPublic)
    : d(std::make_unique<Private>())
{
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    if (!desktop::writeRdpKeys(path, "broker"))
        qFatal("no key for the fake broker");
    d->tls.use_certificate_file(path + "/rdp-cert.pem", asio::ssl::context::pem);
    d->tls.use_private_key_file(path + "/rdp-key.pem", asio::ssl::context::pem);
    d->key = agent::keySha256Of(SSL_CTX_get0_certificate(d->tls.native_handle()));
    d->endpoint = { isPublic ? asio::ip::address(asio::ip::address_v4::any())
                             : asio::ip::address(asio::ip::address_v4::loopback()),
        port };
    d->listen();
}

FakeBroker::~FakeBroker() = default;

std::uint16_t FakeBroker::port() const
{
    return d->endpoint.port();
}
std::string FakeBroker::keySha256() const
{
    return d->key;
}
bool FakeBroker::isConnected() const
{
    return d->stream != nullptr;
}

bool FakeBroker::accept()
{
    return d->acceptRequest()
        && d->perform([&](auto done) { d->stream->async_accept(d->request, done); });
}

bool FakeBroker::refuse(unsigned httpStatus)
{
    if (!d->acceptRequest())
        return false;
    http::response<http::string_body> response(http::int_to_status(httpStatus), 11);
    response.prepare_payload();
    const bool isSent = d->perform(
        [&](auto done) { http::async_write(d->stream->next_layer(), response, done); });
    drop();
    return isSent;
}

std::string FakeBroker::authorization() const
{
    return std::string(d->request[http::field::authorization]);
}

std::string FakeBroker::target() const
{
    return std::string(d->request.target());
}

void FakeBroker::send(const wire::AgentCommand& command)
{
    sendText(wire::encode(command));
}
void FakeBroker::sendText(const std::string& text)
{
    d->sendFrame(text, true);
}
void FakeBroker::sendBinary(const std::string& bytes)
{
    d->sendFrame(bytes, false);
}

std::optional<std::string> FakeBroker::receiveText(std::chrono::milliseconds patience)
{
    if (!d->stream)
        return std::nullopt;
    if (!d->isReading) { // an earlier wait may have left one going
        d->isReading = true;
        d->read.reset();
        d->stream->async_read(
            d->buffer, [this](error_code error, std::size_t) { d->read = error; });
    }
    if (!d->runUntil([&] { return d->read.has_value(); }, patience))
        return std::nullopt;
    if (*d->read) {
        drop();
        return std::nullopt;
    }
    d->isReading = false;
    std::string text = beast::buffers_to_string(d->buffer.data());
    d->buffer.clear();
    return text;
}

std::optional<wire::AgentReport> FakeBroker::receive(std::chrono::milliseconds patience)
{
    const auto text = receiveText(patience);
    const auto report = text ? wire::decode<wire::AgentReport>(*text, wire::Unknown::refuse)
                             : failure(Errc::timeout, "nothing came");
    return report ? std::optional(*report) : std::nullopt;
}

std::optional<wire::AgentReport> FakeBroker::receive(wire::AgentReportKind kind)
{
    while (auto report = receive()) {
        if (report->kind == kind)
            return report;
    }
    return std::nullopt;
}

std::optional<wire::AgentReport> FakeBroker::receiveSession(wire::SessionState session)
{
    while (auto report = receive(wire::AgentReportKind::session)) {
        if (report->session == session)
            return report;
    }
    return std::nullopt;
}

void FakeBroker::drop()
{
    if (!d->stream)
        return;
    error_code ignored;
    beast::get_lowest_layer(*d->stream).close(ignored);
    // What was going on calls back before its stream goes.
    d->context.restart();
    d->context.poll();
    d->stream.reset();
    d->isReading = false;
    d->read.reset();
}

void FakeBroker::goAway()
{
    drop();
    d->acceptor.reset();
}

void FakeBroker::comeBack()
{
    d->listen();
}

}
