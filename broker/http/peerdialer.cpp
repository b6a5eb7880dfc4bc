// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/peerdialer.h"

#include "broker/http/channelbinding.h"
#include "broker/http/opensslhandles.h"
#include "broker/http/websocket.h"
#include "broker/service/log.h"
#include "protocols/base/encoding.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <openssl/x509.h>
#include <set>

namespace wardesk::broker {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds attemptTime { 5 };
constexpr std::chrono::seconds pause { 1 };

std::string keySha256Of(const X509* certificate)
{
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (length <= 0)
        return {};
    std::string hash
        = sha256Hex({ reinterpret_cast<const char*>(der), static_cast<std::size_t>(length) });
    OPENSSL_free(der);
    return hash;
}

class SocketPeer final : public PeerChannel
{
public:
    explicit SocketPeer(std::weak_ptr<TextSocket> socket)
        : m_socket(std::move(socket))
    {
    }
    void send(const wire::PeerMessage& message) override
    {
        if (const auto socket = m_socket.lock())
            socket->send(wire::encode(message));
    }
    void close(const std::string& why) override
    {
        if (const auto socket = m_socket.lock())
            socket->close(why);
    }

private:
    std::weak_ptr<TextSocket> m_socket;
};

}

void servePeer(Peers& peers, const PeerIdentity& peer, const std::shared_ptr<TextSocket>& socket)
{
    auto channel = std::make_shared<SocketPeer>(socket);
    socket->onText = [&peers, peer, weak = std::weak_ptr<TextSocket>(socket)](
                         const std::string& text, const std::function<void()>& next) {
        // Unknown fields are ignored: a newer broker may say more.
        const auto message = wire::decode<wire::PeerMessage>(text);
        if (message) {
            peers.receive(peer, *message);
        } else {
            // A kind that this version does not know is no reason to part.
            logEvent(LogLevel::warning, "peer.nonsense",
                { { "broker", peer.broker.value() }, { "why", message.error().detail } });
        }
        next();
    };
    socket->onClosed = [&peers, peer, channel] { peers.detach(peer, channel.get()); };
    peers.attach(peer, channel);
}

struct PeerDialer::State
{
    State(asio::io_context& context, PeerAdmission& theAdmission, Peers& thePeers,
        FrontLimits theLimits)
        : io(context)
        , admission(theAdmission)
        , peers(thePeers)
        , limits(theLimits)
        , again(context)
    {
    }
    asio::io_context& io;
    PeerAdmission& admission;
    Peers& peers;
    FrontLimits limits;
    asio::steady_timer again;
    std::map<BrokerId, BrokerRecord> wanted;
    std::map<BrokerId, std::string> problems; ///< told once, not with every attempt
    std::set<BrokerId> underway;
    bool stopped = false;
};

/// One attempt; afterwards the connection's owner. Lives as long as its pending operations.
class PeerDialer::Attempt : public std::enable_shared_from_this<PeerDialer::Attempt>
{
public:
    Attempt(std::shared_ptr<State> state, BrokerRecord record)
        : m_state(std::move(state))
        , m_record(std::move(record))
        , m_tls(asio::ssl::context::tls_client)
        , m_resolver(m_state->io)
        , m_deadline(m_state->io)
        , m_stream(m_state->io, m_tls)
    {
        SSL_CTX_set_min_proto_version(m_tls.native_handle(), TLS1_3_VERSION);
        m_state->underway.insert(m_record.id);
    }

    void start()
    {
        const auto colon = m_record.peerAddress.rfind(':');
        if (colon == std::string::npos) {
            end("its address '" + m_record.peerAddress + "' is none");
            return;
        }
        m_deadline.expires_after(attemptTime);
        m_deadline.async_wait([self = shared_from_this()](error_code error) {
            if (error)
                return;
            self->m_resolver.cancel();
            error_code ignored;
            self->m_stream.next_layer().close(ignored);
        });
        m_resolver.async_resolve(m_record.peerAddress.substr(0, colon),
            m_record.peerAddress.substr(colon + 1),
            [self = shared_from_this()](
                error_code error, const tcp::resolver::results_type& found) {
                if (error)
                    self->end("looking it up: " + error.message());
                else
                    self->connect(found);
            });
    }

private:
    void connect(const tcp::resolver::results_type& found)
    {
        asio::async_connect(m_stream.next_layer(), found,
            [self = shared_from_this()](error_code error, const tcp::endpoint&) {
                if (error)
                    self->end("connecting: " + error.message());
                else
                    self->handshake();
            });
    }

    void handshake()
    {
        error_code ignored;
        m_stream.next_layer().set_option(tcp::no_delay(true), ignored);
        // Exactly the key of the database's record; names, dates and authorities play no part.
        m_stream.set_verify_mode(asio::ssl::verify_peer);
        m_stream.set_verify_callback(
            [self = shared_from_this()](bool, asio::ssl::verify_context& c) {
                X509_STORE_CTX* context = c.native_handle();
                if (X509_STORE_CTX_get_error_depth(context) > 0)
                    return true;
                return keySha256Of(X509_STORE_CTX_get_current_cert(context))
                    == self->m_record.keySha256;
            });
        m_stream.async_handshake(
            asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
                self->m_stream.set_verify_callback([](bool good, asio::ssl::verify_context&) {
                    return good; // the callback held us
                });
                const CertificateHandle shown(
                    SSL_get1_peer_certificate(self->m_stream.native_handle()));
                if (error)
                    self->end("TLS: " + error.message());
                else if (!shown || keySha256Of(shown.get()) != self->m_record.keySha256)
                    self->end("its key is not the one in the database");
                else
                    self->upgrade();
            });
    }

    void upgrade()
    {
        const std::string binding = channelBindingOf(m_stream.native_handle());
        const UpgradeWish wish { .host = m_record.peerAddress,
            .target = "/api/v1/peer",
            .authorization = m_state->admission.authorizationFor(m_record, binding),
            .isRight = [state = m_state, record = m_record, binding](const std::string& answer) {
                return state->admission.isAnswer(record, binding, answer);
            } };
        openWebSocket(m_stream, wish, m_state->limits, shared_from_this(),
            [self = shared_from_this()](const Result<std::shared_ptr<TextSocket>>& socket) {
                self->m_deadline.cancel();
                if (!socket) {
                    self->end(socket.error().detail);
                    return;
                }
                self->finish();
                if (self->m_state->stopped) {
                    (*socket)->close("the broker is stopping");
                    return;
                }
                self->m_state->problems.erase(self->m_record.id);
                servePeer(
                    self->m_state->peers, { self->m_record.id, self->m_record.epoch }, *socket);
            });
    }

    void end(const std::string& why)
    {
        m_deadline.cancel();
        if (m_isOver)
            return;
        finish();
        std::string& told = m_state->problems[m_record.id];
        if (!m_state->stopped && told != why)
            logEvent(LogLevel::warning, "peer.unreachable",
                { { "broker", m_record.name }, { "address", m_record.peerAddress },
                    { "why", why } });
        told = why;
    }

    void finish()
    {
        m_isOver = true;
        m_state->underway.erase(m_record.id);
    }

    const std::shared_ptr<State> m_state;
    const BrokerRecord m_record;
    asio::ssl::context m_tls;
    tcp::resolver m_resolver;
    asio::steady_timer m_deadline;
    asio::ssl::stream<tcp::socket> m_stream;
    bool m_isOver = false;
};

PeerDialer::PeerDialer(
    asio::io_context& io, PeerAdmission& admission, Peers& peers, FrontLimits limits)
    : m_state(std::make_shared<State>(io, admission, peers, limits))
{
}

PeerDialer::~PeerDialer()
{
    stop();
}

void PeerDialer::want(const std::vector<BrokerRecord>& brokers)
{
    m_state->wanted.clear();
    for (const BrokerRecord& broker : brokers)
        m_state->wanted[broker.id] = broker;
    if (m_state->stopped)
        return;
    bool missing = false;
    for (const auto& [id, broker] : m_state->wanted) {
        if (m_state->peers.isConnected(id))
            continue;
        missing = true;
        if (!m_state->underway.contains(id))
            std::make_shared<Attempt>(m_state, broker)->start();
    }
    if (!missing)
        return;
    m_state->again.expires_after(pause);
    m_state->again.async_wait([this, weak = std::weak_ptr(m_state)](error_code error) {
        const auto state = weak.lock();
        if (error || !state || state->stopped)
            return;
        std::vector<BrokerRecord> still;
        for (const auto& [id, broker] : state->wanted)
            still.push_back(broker);
        want(still);
    });
}

void PeerDialer::stop()
{
    m_state->stopped = true;
    m_state->again.cancel();
}

}
