// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/rdpsession.h"
#include "tests/client-qt/rdp/stubrdpserver.h"

#include <QSignalSpy>
#include <QTest>

using namespace wardesk;

namespace {

const std::string account = "clinician-of-this-test";
const std::string credential = "Zk3-only-once-9fQ";

std::string utf16(const std::string& ascii)
{
    std::string wide;
    for (const char c : ascii) {
        wide.push_back(c);
        wide.push_back('\0');
    }
    return wide;
}

bool holds(const std::string& bytes, const std::string& text)
{
    return bytes.find(text) != std::string::npos || bytes.find(utf16(text)) != std::string::npos;
}

RdpTarget targetOf(const StubRdpServer& server)
{
    RdpTarget target;
    target.address = QStringLiteral("127.0.0.1");
    target.port = server.port();
    target.certificateSha256 = QByteArray::fromStdString(server.certificateSha256());
    target.account = QString::fromStdString(account);
    target.credential = Secret(credential);
    return target;
}

}

/// S3, S4: what leaves the real worker, byte for byte.
class TestRdpCertificate : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<RdpSession> m_session;

    Errc failureOf(const RdpTarget& target)
    {
        QSignalSpy failed(m_session.get(), &RdpSession::failed);
        m_session->open(target);
        if (!QTest::qWaitFor([&] { return failed.count() > 0; }, 30'000))
            return Errc::timeout;
        return failed.front().front().value<Error>().code;
    }

private Q_SLOTS:
    void init()
    {
        qputenv("WARDESK_RDP_WORKER", WARDESK_REAL_WORKER);
        auto session = RdpSession::create();
        QVERIFY(session.has_value());
        m_session = std::move(*session);
    }
    void cleanup() { m_session.reset(); }

    void thePinnedCertificateIsTrusted()
    {
        StubRdpServer server(StubRdpServer::Answer::tls);
        QSignalSpy trusted(m_session.get(), &RdpSession::certificateTrusted);
        QSignalSpy failed(m_session.get(), &RdpSession::failed);
        m_session->open(targetOf(server));
        QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 30'000); // the stub ends there
        server.wait();
        QCOMPARE(trusted.count(), 1);
        QVERIFY(server.sawClientInfo());
        QVERIFY(holds(server.protectedBytes(), credential));
        QVERIFY(holds(server.protectedBytes(), account));
        // Before TLS not even the account is named (RDP's cookie would).
        QVERIFY(!holds(server.clearBytes(), account));
        QVERIFY(!holds(server.clearBytes(), credential));
    }

    void anotherCertificateIsRefusedBeforeAnyByte()
    {
        StubRdpServer server(StubRdpServer::Answer::tls);
        RdpTarget target = targetOf(server);
        target.certificateSha256 = QByteArray(64, '0');
        QSignalSpy trusted(m_session.get(), &RdpSession::certificateTrusted);
        QCOMPARE(failureOf(target), Errc::untrusted);
        server.wait();
        QCOMPARE(trusted.count(), 0);
        QVERIFY(!server.clearBytes().empty()); // it did talk to this server
        QCOMPARE(server.protectedBytes().size(), std::size_t { 0 });
        QVERIFY(!holds(server.clearBytes(), account));
        QVERIFY(!holds(server.clearBytes(), credential));
    }

    void oneWrongDigitIsAnotherCertificate()
    {
        StubRdpServer server(StubRdpServer::Answer::tls);
        RdpTarget target = targetOf(server);
        target.certificateSha256[63] = target.certificateSha256[63] == '0' ? '1' : '0';
        QCOMPARE(failureOf(target), Errc::untrusted);
        server.wait();
        QCOMPARE(server.protectedBytes().size(), std::size_t { 0 });
    }

    void aWeakerConnectionIsNotAccepted_data()
    {
        QTest::addColumn<int>("answer");
        QTest::newRow("classic RDP security") << static_cast<int>(StubRdpServer::Answer::classic);
        QTest::newRow("no negotiation") << static_cast<int>(StubRdpServer::Answer::silent);
        QTest::newRow("TLS 1.1") << static_cast<int>(StubRdpServer::Answer::oldTls);
    }
    void aWeakerConnectionIsNotAccepted()
    {
        QFETCH(int, answer);
        StubRdpServer server(static_cast<StubRdpServer::Answer>(answer));
        const Errc code = failureOf(targetOf(server));
        QVERIFY2(code == Errc::unavailable || code == Errc::untrusted, wireCode(code).data());
        server.wait();
        QVERIFY(!server.sawClientInfo());
        QCOMPARE(server.protectedBytes().size(), std::size_t { 0 });
        QVERIFY(!holds(server.clearBytes(), account));
        QVERIFY(!holds(server.clearBytes(), credential));
        // Nothing of the RDP handshake goes on after such an answer: one packet was asked for, one
        // came.
        QVERIFY(server.clearBytes().size() < 64);
    }

    void aServerThatHangsUpIsUnavailable()
    {
        RdpTarget target;
        {
            StubRdpServer server(StubRdpServer::Answer::tls);
            target = targetOf(server);
        }
        QCOMPARE(failureOf(target), Errc::unavailable);
    }
};

QTEST_GUILESS_MAIN(TestRdpCertificate)
#include "tst_rdpcertificate.moc"
