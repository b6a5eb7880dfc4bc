// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/support/fakerdp.h"

#include "agent/desktop/rdpkeys.h"

#include <QTemporaryDir>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace wardesk::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

class Visit : public std::enable_shared_from_this<Visit>
{
public:
    Visit(tcp::socket socket, asio::ssl::context& tls, FakeRdp::Manner manner)
        : m_stream(std::move(socket), tls)
        , m_manner(manner)
    {
    }
    void run()
    {
        asio::async_read(m_stream.next_layer(), asio::buffer(m_request),
            [self = shared_from_this()](error_code error, std::size_t) {
                if (!error && self->m_manner != FakeRdp::Manner::silent)
                    self->answer();
                else if (!error)
                    self->waitForEnd();
            });
    }

private:
    void answer()
    {
        if (m_request[5] != 0xe0 || m_request[15] != 1)
            return;
        const bool hasTls = m_manner != FakeRdp::Manner::classicSecurity;
        m_answer = { 3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0,
            static_cast<unsigned char>(hasTls ? 2 : 3), 0, 8, 0, 1, 0, 0, 0 };
        asio::async_write(m_stream.next_layer(), asio::buffer(m_answer),
            [self = shared_from_this()](error_code error, std::size_t) {
                if (error)
                    return;
                self->m_stream.async_handshake(
                    asio::ssl::stream_base::server, [self](error_code) { self->waitForEnd(); });
            });
    }
    void waitForEnd()
    {
        m_stream.next_layer().async_wait(
            tcp::socket::wait_read, [self = shared_from_this()](error_code) {});
    }

    asio::ssl::stream<tcp::socket> m_stream;
    const FakeRdp::Manner m_manner;
    std::array<unsigned char, 19> m_request {};
    std::array<unsigned char, 19> m_answer {};
};

}

struct FakeRdp::Private
{
    asio::io_context context;
    asio::ssl::context tls { asio::ssl::context::tls_server };
    tcp::acceptor acceptor { context };
    Manner manner = Manner::good;
    std::string certificate;
    std::uint16_t port = 0;
    std::thread thread;

    void accept()
    {
        acceptor.async_accept([this](error_code error, tcp::socket socket) {
            if (error)
                return;
            std::make_shared<Visit>(std::move(socket), tls, manner)->run();
            accept();
        });
    }
};

FakeRdp::FakeRdp(Manner manner, std::uint16_t port)
    : d(std::make_unique<Private>())
{
    QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    d->certificate = desktop::writeRdpKeys(path, "desktop").value();
    d->tls.use_certificate_file(path + "/rdp-cert.pem", asio::ssl::context::pem);
    d->tls.use_private_key_file(path + "/rdp-key.pem", asio::ssl::context::pem);
    if (manner == Manner::oldTls) {
        SSL_CTX_set_security_level(d->tls.native_handle(), 0);
        SSL_CTX_set_max_proto_version(d->tls.native_handle(), TLS1_1_VERSION);
    }
    d->manner = manner;
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    d->acceptor.open(endpoint.protocol());
    d->acceptor.set_option(tcp::acceptor::reuse_address(true));
    d->acceptor.bind(endpoint);
    d->acceptor.listen();
    d->port = d->acceptor.local_endpoint().port();
    d->accept();
    d->thread = std::thread([raw = d.get()] { raw->context.run(); });
}

FakeRdp::~FakeRdp()
{
    d->context.stop();
    d->thread.join();
}

std::uint16_t FakeRdp::port() const
{
    return d->port;
}
std::string FakeRdp::certificateSha256() const
{
    return d->certificate;
}

}
