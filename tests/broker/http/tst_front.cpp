// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/http/livebroker.h"

#include <QtTest>
#include <openssl/ssl.h>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

class tst_Front : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void healthNeedsNoSignIn();
    void theFirstPageSaysWhatThisIs();
    void S4_tls12OrLater();
    void keepAliveServesTwoRequests();
    void malformedJsonIsToldInWords();
    void unknownFieldsAreRefused();
    void aGibibyteIsRefusedUnread();
    void aLongChunkedBodyIsRefused();
    void aLongHeaderIsRefused();
    void nonsenseIsRefused();
    void aSlowRequestIsClosed();
    void aSilentConnectionIsClosed();
    void R13_tooManyConnectionsAreRefusedWithRetryAfter();
    void R13_halfOpenConnectionsKeepNobodyOut();
    void R13_promisedBodiesKeepNobodyOut();
    void unknownAddressIs404();
    void wrongMethodIs405();
    void escapedAddressesAreDecoded();
    void webSocketRoutesSayThatTheyAre();
    void A7_noTokenIs401();
    void A7_clinicianOnAdminRouteIs403WithOneRecord();
    void signInSignOut();
    void eventsNeedAToken();
    void eventsTellTheEndOfTheSignIn();
    void agentsNeedTheirSecret();
    void metricsAreForAdministrators();
};

void tst_Front::healthNeedsNoSignIn()
{
    LiveBroker broker;
    const Answer answer = broker.request("GET", "/api/v1/health");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.body.find("\"status\"") != std::string::npos);
    QCOMPARE(
        QString::fromStdString(answer.headers.at("cache-control")), QStringLiteral("no-store"));
}

void tst_Front::theFirstPageSaysWhatThisIs()
{
    LiveBroker broker;
    const Answer answer = broker.request("GET", "/");
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.body.find("Wardesk") != std::string::npos);
}

void tst_Front::S4_tls12OrLater()
{
    LiveBroker broker;
    QVERIFY(!broker.acceptsTlsUpTo(TLS1_1_VERSION));
    QVERIFY(broker.acceptsTlsUpTo(TLS1_2_VERSION));
    QVERIFY(broker.acceptsTlsUpTo(TLS1_3_VERSION));
}

void tst_Front::keepAliveServesTwoRequests()
{
    LiveBroker broker;
    const auto [first, second]
        = broker.twice("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QCOMPARE(first.status, 200);
    QCOMPARE(second.status, 200);
}

void tst_Front::malformedJsonIsToldInWords()
{
    LiveBroker broker;
    const Answer answer = broker.request("POST", "/api/v1/session", "{\"user\": ");
    QCOMPARE(answer.status, 400);
    QCOMPARE(QString::fromStdString(answer.code()), QStringLiteral("invalidArgument"));
    QCOMPARE(broker.request("GET", "/api/v1/health").status, 200);
}

void tst_Front::unknownFieldsAreRefused()
{
    LiveBroker broker;
    const Answer answer = broker.request(
        "POST", "/api/v1/session", R"({"user":"nurse","password":"x","pasword":"y"})");
    QCOMPARE(answer.status, 400);
    QVERIFY(answer.body.find("pasword") != std::string::npos);
}

void tst_Front::aGibibyteIsRefusedUnread()
{
    LiveBroker broker;
    const Answer answer = broker.raw("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                                     "Content-Length: 1073741824\r\n\r\n{\"user\"");
    QCOMPARE(answer.status, 413);
    QCOMPARE(QString::fromStdString(answer.code()), QStringLiteral("tooLarge"));
}

void tst_Front::aLongChunkedBodyIsRefused()
{
    FrontLimits limits;
    limits.bodyBytes = 1000;
    LiveBroker broker(limits);
    const Answer answer = broker.raw("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n7d0\r\n"
        + std::string(2000, ' ') + "\r\n0\r\n\r\n");
    QCOMPARE(answer.status, 413);
}

void tst_Front::aLongHeaderIsRefused()
{
    LiveBroker broker;
    const Answer answer = broker.raw(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
    QCOMPARE(answer.status, 431);
}

void tst_Front::nonsenseIsRefused()
{
    LiveBroker broker;
    QCOMPARE(broker.raw("\x01\x02 nonsense\r\n\r\n").status, 400);
    QCOMPARE(broker.raw("BREW /coffee HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 405);
    QCOMPARE(broker.raw("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 400);
}

void tst_Front::aSlowRequestIsClosed()
{
    FrontLimits limits;
    limits.request = std::chrono::milliseconds(200);
    LiveBroker broker(limits);
    const Answer answer = broker.raw("POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                                     "Content-Length: 100\r\n\r\n{");
    QCOMPARE(answer.status, 0); // closed; nobody waits for the rest
    QTRY_COMPARE(broker.connectionCount(), std::size_t(0));
}

void tst_Front::aSilentConnectionIsClosed()
{
    FrontLimits limits;
    limits.handshake = std::chrono::milliseconds(200);
    LiveBroker broker(limits);
    const auto silent = broker.silentConnection();
    QVERIFY(LiveBroker::isClosedByPeer(silent));
    const auto half = broker.silentConnection("\x16\x03\x01");
    QVERIFY(LiveBroker::isClosedByPeer(half));
}

void tst_Front::R13_tooManyConnectionsAreRefusedWithRetryAfter()
{
    FrontLimits limits;
    limits.connectionsPerAddress = 2;
    limits.refusals = 1;
    LiveBroker broker(limits);
    const std::string bytes = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    {
        const auto first = broker.openConnection();
        const auto second = broker.openConnection();
        QTRY_COMPARE(broker.connectionCount(), std::size_t(2));
        const Answer refused = broker.raw(bytes);
        QCOMPARE(refused.status, 503);
        QVERIFY(refused.headers.count("retry-after") == 1);
        QCOMPARE(refused.headers.at("connection"), std::string("close"));
        // Who is one too many and says nothing is not waited for: the next is closed at once.
        const auto third = broker.openConnection();
        QTRY_COMPARE(broker.connectionCount(), std::size_t(3));
        QCOMPARE(broker.raw(bytes).status, 0);
    }
    QTRY_COMPARE(broker.connectionCount(), std::size_t(0));
    QCOMPARE(broker.raw(bytes).status, 200);
}

void tst_Front::R13_halfOpenConnectionsKeepNobodyOut()
{
    FrontLimits limits;
    limits.handshakes = 20;
    limits.connectionsPerAddress = 5;
    LiveBroker broker(limits);
    std::vector<std::shared_ptr<void>> open;
    for (int i = 0; i < 300; ++i)
        open.push_back(broker.silentConnection(i % 2 == 0 ? "" : "\x16"));
    QCOMPARE(broker.request("GET", "/api/v1/health").status, 200);
    QVERIFY(LiveBroker::isClosedByPeer(open.front()));
    QTRY_VERIFY(broker.connectionCount() <= 20);
}

void tst_Front::R13_promisedBodiesKeepNobodyOut()
{
    FrontLimits limits;
    limits.bodyBytesAtOnce = 2 * limits.bodyBytes;
    LiveBroker broker(limits);
    const std::string promise = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                                "Content-Length: "
        + std::to_string(limits.bodyBytes) + "\r\n\r\n";
    std::vector<std::shared_ptr<void>> open;
    for (int i = 0; i < 4; ++i)
        open.push_back(broker.openConnection(promise));
    // The memory is bounded ...
    QTRY_COMPARE(broker.raw(promise).status, 503);
    // ... and who wants to work comes in all the same.
    QVERIFY(!broker.tokenOf("nurse").empty());
    open.clear();
    QTRY_COMPARE(broker.connectionCount(), std::size_t(0));
    // What was refused holds nothing back.
    QCOMPARE(broker.raw(promise + std::string(limits.bodyBytes, ' ')).status, 400);
}

void tst_Front::unknownAddressIs404()
{
    LiveBroker broker;
    const Answer answer = broker.request("GET", "/api/v1/nothing");
    QCOMPARE(answer.status, 404);
    QCOMPARE(QString::fromStdString(answer.code()), QStringLiteral("notFound"));
    QCOMPARE(broker.request("GET", "/api/v1/health/").status, 404);
}

void tst_Front::wrongMethodIs405()
{
    LiveBroker broker;
    const Answer answer = broker.request("GET", "/api/v1/session");
    QCOMPARE(answer.status, 405);
    QCOMPARE(QString::fromStdString(answer.headers.at("allow")), QStringLiteral("POST, DELETE"));
}

void tst_Front::escapedAddressesAreDecoded()
{
    LiveBroker broker;
    const std::string admin = "Bearer " + broker.tokenOf("admin");
    const Answer answer = broker.request("GET", "/api/v1/admin/pools/Ward%203", {}, admin);
    QCOMPARE(answer.status, 404);
    QVERIFY(answer.body.find("Ward 3") != std::string::npos);
}

void tst_Front::webSocketRoutesSayThatTheyAre()
{
    LiveBroker broker;
    QCOMPARE(broker.request("GET", "/api/v1/events").status, 426);
}

void tst_Front::A7_noTokenIs401()
{
    LiveBroker broker;
    for (const char* path : { "/api/v1/me/desktops", "/api/v1/admin/pools", "/metrics" }) {
        const Answer answer = broker.request("GET", path);
        QCOMPARE(answer.status, 401);
        QCOMPARE(QString::fromStdString(answer.code()), QStringLiteral("unauthenticated"));
        QCOMPARE(broker.request("GET", path, {}, "Bearer wrong").status, 401);
        QCOMPARE(broker.request("GET", path, {}, "Basic YTpi").status, 401);
    }
}

void tst_Front::A7_clinicianOnAdminRouteIs403WithOneRecord()
{
    LiveBroker broker;
    const std::string nurse = "Bearer " + broker.tokenOf("nurse");
    const auto before = broker.countAudit();
    const Answer answer = broker.request("GET", "/api/v1/admin/pools", {}, nurse);
    QCOMPARE(answer.status, 403);
    QCOMPARE(QString::fromStdString(answer.code()), QStringLiteral("forbidden"));
    QCOMPARE(broker.countAudit(), before + 1);
    QCOMPARE(broker.request("GET", "/api/v1/me/desktops", {}, nurse).status, 200);
}

void tst_Front::signInSignOut()
{
    LiveBroker broker;
    const Answer wrong
        = broker.request("POST", "/api/v1/session", R"({"user":"nurse","password":"x"})");
    QCOMPARE(wrong.status, 401);
    QCOMPARE(QString::fromStdString(wrong.code()), QStringLiteral("wrongCredentials"));
    const std::string nurse = "Bearer " + broker.tokenOf("nurse");
    QCOMPARE(broker.request("DELETE", "/api/v1/session", {}, nurse).status, 204);
    QCOMPARE(broker.request("GET", "/api/v1/me/desktops", {}, nurse).status, 401);
}

void tst_Front::eventsNeedAToken()
{
    LiveBroker broker;
    QCOMPARE(
        QString::fromStdString(broker.firstFrame("/api/v1/events", {}, {})), QStringLiteral("401"));
    QCOMPARE(QString::fromStdString(broker.firstFrame("/api/v1/nothing", {}, {})),
        QStringLiteral("404"));
}

void tst_Front::eventsTellTheEndOfTheSignIn()
{
    LiveBroker broker;
    const std::string nurse = "Bearer " + broker.tokenOf("nurse");
    const std::string frame = broker.firstFrame("/api/v1/events", nurse, nurse);
    QVERIFY2(frame.find("signedOut") != std::string::npos, frame.c_str());
    QTRY_COMPARE(broker.connectionCount(), std::size_t(0));
}

void tst_Front::agentsNeedTheirSecret()
{
    LiveBroker broker;
    QCOMPARE(
        QString::fromStdString(broker.firstFrame("/api/v1/agent", {}, {})), QStringLiteral("401"));
    QCOMPARE(QString::fromStdString(broker.firstFrame("/api/v1/agent", "Bootstrap a.1.b", {})),
        QStringLiteral("401"));
    // A user's token is no agent's secret.
    const std::string admin = "Bearer " + broker.tokenOf("admin");
    QCOMPARE(QString::fromStdString(broker.firstFrame("/api/v1/agent", admin, {})),
        QStringLiteral("401"));
}

void tst_Front::metricsAreForAdministrators()
{
    LiveBroker broker;
    QCOMPARE(
        broker.request("GET", "/metrics", {}, "Bearer " + broker.tokenOf("nurse")).status, 403);
    const Answer answer
        = broker.request("GET", "/metrics", {}, "Bearer " + broker.tokenOf("admin"));
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.body.find("wardesk_requests_total") != std::string::npos);
}

QTEST_GUILESS_MAIN(tst_Front)
#include "tst_front.moc"
