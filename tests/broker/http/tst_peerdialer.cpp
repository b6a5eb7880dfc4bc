// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/certificates.h"
#include "broker/http/channelbinding.h"
#include "broker/http/peerdialer.h"
#include "tests/broker/service/clusterworld.h"

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Whoever listens where the `brokers` table says that a broker does, with the key that it names.
/// Lets everybody in, and answers with the proof that the test gives it.
class Listener
{
public:
    using Answer = std::function<std::string(const std::string& binding)>;
    Listener(asio::io_context& io, Answer answer)
        : m_answer(std::move(answer))
        , m_acceptor(io, { asio::ip::address_v4::loopback(), 0 })
    {
        const auto made = ensureCertificates(
            m_folder.path().toStdString(), { "127.0.0.1" }, SystemClock().wall());
        if (!made)
            qFatal("no certificates");
        m_tls.use_certificate_chain(asio::buffer(made->chainPem));
        m_tls.use_private_key(asio::buffer(made->keyPem), asio::ssl::context::pem);
        keySha256 = made->keySha256;
        m_acceptor.async_accept([this](error_code error, tcp::socket socket) {
            m_stream.emplace(std::move(socket), m_tls);
            m_stream->async_handshake(asio::ssl::stream_base::server,
                [this](error_code failed) { failed ? end(failed) : upgrade(); });
            if (error)
                end(error);
        });
    }
    [[nodiscard]] std::string address() const
    {
        return "127.0.0.1:" + std::to_string(m_acceptor.local_endpoint().port());
    }
    std::string keySha256;
    std::string heard; ///< the first thing that it is told
    bool isOver = false; ///< it was told something, or left

private:
    void upgrade()
    {
        m_socket.emplace(*m_stream);
        const std::string answer = m_answer(channelBindingOf(m_stream->native_handle()));
        m_socket->set_option(
            websocket::stream_base::decorator([answer](websocket::response_type& response) {
                if (!answer.empty())
                    response.set("Wardesk-Peer", answer);
            }));
        m_socket->async_accept([this](error_code error) {
            if (error)
                end(error);
            else
                m_socket->async_read(m_buffer, [this](error_code failed, std::size_t) {
                    if (!failed)
                        heard = boost::beast::buffers_to_string(m_buffer.data());
                    isOver = true;
                });
        });
    }
    void end(error_code) { isOver = true; }

    Answer m_answer;
    QTemporaryDir m_folder;
    asio::ssl::context m_tls { asio::ssl::context::tls_server };
    tcp::acceptor m_acceptor;
    std::optional<asio::ssl::stream<tcp::socket>> m_stream;
    std::optional<websocket::stream<asio::ssl::stream<tcp::socket>&>> m_socket;
    boost::beast::flat_buffer m_buffer;
};

}

/// The side that opens the channel between two brokers.
class tst_PeerDialer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theDatabaseAloneMakesNobodyABroker_data();
    void theDatabaseAloneMakesNobodyABroker();
};

void tst_PeerDialer::theDatabaseAloneMakesNobodyABroker_data()
{
    QTest::addColumn<QString>("answer");
    QTest::addColumn<bool>("isLetIn");
    QTest::newRow("no proof") << QString() << false;
    QTest::newRow("the opener's own proof") << QStringLiteral("reflected") << false;
    QTest::newRow("of another secret") << QStringLiteral("another secret") << false;
    QTest::newRow("of another connection") << QStringLiteral("another connection") << false;
    QTest::newRow("of the cluster's secret") << QStringLiteral("right") << true;
}

void tst_PeerDialer::theDatabaseAloneMakesNobodyABroker()
{
    QFETCH(const QString, answer);
    QFETCH(const bool, isLetIn);
    const std::string secret = "the secret of this cluster, and of no other";
    ClusterWorld world({ "a" });
    Side& side = world.side("a");
    PeerAdmission admission(side.membership, Secret(secret), side.membership.self().keySha256);
    asio::io_context io;
    std::string key;
    Listener listener(io, [&](const std::string& binding) -> std::string {
        PeerProof proof { .opener = { side.membership.self().id, side.membership.self().epoch },
            .openerKeySha256 = side.membership.self().keySha256,
            .acceptorKeySha256 = key,
            .channelBinding = binding };
        if (answer == QLatin1String("another connection"))
            proof.channelBinding = std::string(binding.rbegin(), binding.rend());
        if (answer.isEmpty())
            return {};
        if (answer == QLatin1String("another secret"))
            return answerTo(Secret("a guess"), proof);
        const std::string own = proveTo(Secret(secret), proof);
        return answer == QLatin1String("reflected") ? own.substr(own.rfind('.') + 1)
                                                    : answerTo(Secret(secret), proof);
    });
    key = listener.keySha256;
    PeerDialer dialer(io, admission, side.peers, {});
    BrokerRecord record;
    record.id = BrokerId("b");
    record.name = "b";
    record.epoch = Epoch(1);
    record.peerAddress = listener.address();
    record.keySha256 = listener.keySha256;
    QVERIFY(world.store.registerBroker(record));
    world.advance(std::chrono::seconds(2));
    const auto isToldToAgents = [&] {
        const auto endpoints = admission.endpoints();
        return std::any_of(endpoints.begin(), endpoints.end(),
            [&](const wire::BrokerEndpoint& one) { return one.keySha256 == record.keySha256; });
    };
    QVERIFY(!isToldToAgents()); // so far nothing but the database says so
    bool isProven = false;
    admission.onProven = [&] { isProven = true; };
    dialer.want({ record });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!listener.isOver && std::chrono::steady_clock::now() < end)
        io.run_one_for(std::chrono::seconds(1));
    QVERIFY(listener.isOver);
    QCOMPARE(side.peers.isConnected(record.id), isLetIn);
    // Nothing of the cluster is told to who is not one of it, and nothing of his is obeyed.
    QCOMPARE(listener.heard.empty(), !isLetIn);
    QCOMPARE(isToldToAgents(), isLetIn);
    QCOMPARE(isProven, isLetIn);
    QCOMPARE(admission.endpoints().size(), std::size_t(isLetIn ? 2 : 1)); // itself, always
}

QTEST_GUILESS_MAIN(tst_PeerDialer)
#include "tst_peerdialer.moc"
