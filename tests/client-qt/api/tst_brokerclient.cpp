// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "fakebroker.h"

#include "client-qt/api/brokerclient.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <optional>

using namespace wardesk;
using namespace wardesk::client;
using wardesk::testing::FakeBroker;
using wardesk::testing::FakeReply;
using wardesk::testing::FakeRequest;

namespace {

const QByteArray signedIn
    = R"({"token":"T-O-K-E-N","expiresAt":1,"user":"nurse","displayName":"Nurse Joy","admin":false})";

FakeReply usual(const FakeRequest& request)
{
    if (request.path == "/api/v1/session")
        return { .body = signedIn };
    return {};
}

}

class BrokerClientTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void signsInAndCarriesTheToken();
    void keepsOneConnection();
    void warmUpRunsOnlyWhenCold();
    void connectCarriesTheKey();
    void redeemsATicket();
    void aLogOffOutlivesTheSignOut();
    void aSignOutWaitsForNoSilentBroker();
    void namesTheLeaseRoutes();
    void speaksTheBrokersWords();
    void obeysRetryAfter();
    void refusesBadJson();
    void refusesAHugeAnswer();
    void refusesAnUnknownAuthority();
    void refusesAnExpiredCertificate();
    void refusesAnotherHostsCertificate();
    void refusesPlainHttpAndMissingFiles();
    void tellsWhenNobodyAnswers();
    void tellsWhenTheAnswerIsLate();
    void followsNoRedirect();
    void signOutAbandonsWhatIsUnderWay();
    void eventsArriveAndComeBack();
    void theNextBrokerIsAskedWhenOneIsAway();
    void aBrokerThatStandsStillCostsLittle();
    void nobodyElseIsAskedWhenOneIsNotTrusted();
    void eventsFollowToTheBrokerThatAnswers();

private:
    std::unique_ptr<BrokerClient> client(
        const QByteArray& authority, Patience patience = {}, QList<QUrl> others = {});
    std::unique_ptr<BrokerClient> signedInClient();
    Failure failureOf(const FakeReply& reply);
    /// Runs the event loop until the answer is there.
    template <typename T>
    std::optional<Answer<T>> waitFor(std::function<void(BrokerClient::Done<T>)> ask);

    std::unique_ptr<FakeBroker> m_broker;
    QTemporaryDir m_folder;
};

void BrokerClientTest::init()
{
    m_broker = std::make_unique<FakeBroker>();
    m_broker->answer = usual;
}

std::unique_ptr<BrokerClient> BrokerClientTest::client(
    const QByteArray& authority, Patience patience, QList<QUrl> others)
{
    const QString path = m_folder.filePath(QStringLiteral("ca.pem"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        qFatal("no place for the certificate");
    file.write(authority);
    file.close();
    auto made = BrokerClient::create(
        { .url = m_broker->url(), .caFile = path, .others = std::move(others) }, patience);
    if (!made)
        qFatal("%s", made.error().detail.c_str());
    return std::move(*made);
}

template <typename T>
std::optional<Answer<T>> BrokerClientTest::waitFor(std::function<void(BrokerClient::Done<T>)> ask)
{
    auto answer = std::make_shared<std::optional<Answer<T>>>();
    ask([answer](Answer<T> arrived) { *answer = std::move(arrived); });
    (void)QTest::qWaitFor([&] { return answer->has_value(); }, 10'000);
    return *answer;
}

std::unique_ptr<BrokerClient> BrokerClientTest::signedInClient()
{
    auto made = client(m_broker->authority());
    const auto answer = waitFor<wire::SignedIn>([&](auto done) {
        made->signIn(QStringLiteral("nurse"), Secret("pw"), {}, std::move(done));
    });
    if (!answer || !*answer)
        qFatal("the fake did not let us in");
    return made;
}

Failure BrokerClientTest::failureOf(const FakeReply& reply)
{
    m_broker->answer = [reply](const FakeRequest&) { return reply; };
    auto asking = client(m_broker->authority());
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    return answer && !*answer ? answer->error()
                              : Failure { .error = { Errc::internal, "no failure at all" } };
}

void BrokerClientTest::signsInAndCarriesTheToken()
{
    auto asking = client(m_broker->authority());
    const auto answer = waitFor<wire::SignedIn>([&](auto done) {
        asking->signIn(
            QStringLiteral("nürse"), Secret("p\"w"), QStringLiteral("ward-7"), std::move(done));
    });
    QVERIFY(answer && *answer);
    QCOMPARE((*answer)->displayName, std::string("Nurse Joy"));
    QVERIFY((*answer)->token.empty()); // it stays inside the client
    const auto& request = m_broker->asked.first();
    QCOMPARE(request.method, QByteArray("POST"));
    const QByteArray expected = R"({"user":"nürse","password":"p\"w","terminal":"ward-7"})";
    QCOMPARE(request.body, expected);
    QVERIFY(!request.headers.contains("authorization"));

    (void)waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QCOMPARE(m_broker->asked.last().path, QByteArray("/api/v1/me/desktops"));
    QCOMPARE(m_broker->asked.last().headers.value("authorization"), QByteArray("Bearer T-O-K-E-N"));
}

void BrokerClientTest::keepsOneConnection()
{
    auto asking = client(m_broker->authority());
    QSignalSpy asked(m_broker.get(), &FakeBroker::wasAsked);
    bool warm = false;
    asking->warmUp([&](const std::optional<Failure>& failed) { warm = !failed; });
    QVERIFY(asked.wait());
    QTRY_VERIFY(warm); // a request sent before the answer is there would open a second connection
    QCOMPARE(m_broker->asked.first().path, QByteArray("/api/v1/health"));
    QTRY_COMPARE(m_broker->connections, 1);
    for (int i = 0; i < 3; ++i) {
        (void)waitFor<wire::SignedIn>([&](auto done) {
            asking->signIn(QStringLiteral("nurse"), Secret("pw"), {}, std::move(done));
        });
    }
    QCOMPARE(m_broker->connections, 1); // no further handshake after the first
}

void BrokerClientTest::warmUpRunsOnlyWhenCold()
{
    auto asking = signedInClient();
    asking->warmUp(nullptr);
    (void)waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    for (const auto& request : m_broker->asked)
        QVERIFY(request.path != "/api/v1/health");
}

// R9
void BrokerClientTest::connectCarriesTheKey()
{
    auto asking = signedInClient();
    m_broker->answer = [](const FakeRequest&) {
        return FakeReply { .body
            = R"({"state":"preparing","message":"starting your desktop","retryAfterMs":300})" };
    };
    const auto answer = waitFor<wire::Connection>([&](auto done) {
        asking->connectDesktop(QStringLiteral("p1"), QSize(1200, 800), QStringLiteral("key-1"),
            false, std::move(done));
    });
    QVERIFY(answer && *answer);
    QCOMPARE((*answer)->retryAfterMs.value_or(0), 300);
    const auto& request = m_broker->asked.last();
    QCOMPARE(request.path, QByteArray("/api/v1/me/connections"));
    QCOMPARE(request.headers.value("idempotency-key"), QByteArray("key-1"));
    const QByteArray expected = R"({"pool":"p1","width":1200,"height":800})";
    QCOMPARE(request.body, expected);

    const auto again = waitFor<wire::Connection>([&](auto done) {
        asking->connectDesktop(
            QStringLiteral("p1"), QSize(), QStringLiteral("key-2"), true, std::move(done));
    });
    QVERIFY(again && *again);
    const QByteArray ownOnly = R"({"pool":"p1","resumeOnly":true})";
    QCOMPARE(m_broker->asked.last().body, ownOnly);
}

void BrokerClientTest::redeemsATicket()
{
    auto asking = signedInClient();
    m_broker->answer = [](const FakeRequest&) {
        return FakeReply { .body = R"({"account":"ward","credential":"once","expiresInMs":60000,
            "desktop":{"address":"10.0.0.9","port":3389,"certificateSha256":"f00d"}})" };
    };
    const auto answer = waitFor<wire::OneTimeCredential>(
        [&](auto done) { asking->redeem(Secret("tick"), std::move(done)); });
    QVERIFY(answer && *answer);
    QCOMPARE((*answer)->desktop.certificateSha256, std::string("f00d"));
    QCOMPARE(m_broker->asked.last().path, QByteArray("/api/v1/tickets/redeem"));
    const QByteArray expected = R"({"ticket":"tick"})";
    QCOMPARE(m_broker->asked.last().body, expected);
}

// "Log off", and the program closed in the same moment: the session must not go on running.
void BrokerClientTest::aLogOffOutlivesTheSignOut()
{
    auto asking = signedInClient();
    const auto before = m_broker->asked.size();
    QSignalSpy answered(asking.get(), &BrokerClient::signOutAnswered);
    asking->lease(QStringLiteral("lease-1"), LeaseVerb::logoff,
        [](const auto&) { QFAIL("nobody is there any more"); });
    asking->desktops([](const auto&) { QFAIL("nobody is there any more"); });
    asking->signOut();
    QTRY_COMPARE(answered.count(), 1);
    QList<QByteArray> told;
    for (auto i = before; i < m_broker->asked.size(); ++i)
        told.append(m_broker->asked.at(i).method + ' ' + m_broker->asked.at(i).path);
    told.removeAll("GET /api/v1/me/desktops");
    const QList<QByteArray> expected { "POST /api/v1/me/leases/lease-1/logoff",
        "DELETE /api/v1/session" };
    QCOMPARE(told, expected);
}

void BrokerClientTest::aSignOutWaitsForNoSilentBroker()
{
    auto asking = signedInClient();
    m_broker->answer = [](const FakeRequest& request) {
        return FakeReply { .kind
            = request.method == "POST" ? FakeReply::Kind::silent : FakeReply {}.kind };
    };
    QSignalSpy answered(asking.get(), &BrokerClient::signOutAnswered);
    asking->lease(QStringLiteral("lease-1"), LeaseVerb::logoff, {});
    asking->signOut();
    QTRY_COMPARE(answered.count(), 1);
    QCOMPARE(m_broker->asked.last().method, QByteArray("DELETE"));
}

void BrokerClientTest::namesTheLeaseRoutes()
{
    auto asking = signedInClient();
    const QList<std::pair<LeaseVerb, QByteArray>> routes { { LeaseVerb::disconnect, "disconnect" },
        { LeaseVerb::logoff, "logoff" }, { LeaseVerb::restart, "restart" },
        { LeaseVerb::giveBack, "giveback" } };
    for (const auto& [verb, name] : routes) {
        const auto answer = waitFor<BrokerClient::Nothing>(
            [&](auto done) { asking->lease(QStringLiteral("a/../b"), verb, std::move(done)); });
        QVERIFY(answer && *answer);
        QCOMPARE(m_broker->asked.last().method, QByteArray("POST"));
        QCOMPARE(m_broker->asked.last().path, "/api/v1/me/leases/a%2F..%2Fb/" + name);
    }
}

void BrokerClientTest::speaksTheBrokersWords()
{
    const auto told = failureOf({ .status = 409,
        .body = R"({"code":"poolFull","message":"All 2 desktops of Ward are in use."})" });
    QCOMPARE(told.error.code, Errc::poolFull);
    QCOMPARE(told.error.detail, std::string("All 2 desktops of Ward are in use."));
    QCOMPARE(failureOf({ .status = 401, .body = "" }).error.code, Errc::unauthenticated);
    QCOMPARE(failureOf({ .status = 500, .body = "<html>" }).error.code, Errc::internal);
}

// R13
void BrokerClientTest::obeysRetryAfter()
{
    const auto told = failureOf({ .status = 503,
        .body = R"({"code":"overloaded","message":"busy"})",
        .headers = "Retry-After: 4\r\n" });
    QCOMPARE(told.error.code, Errc::overloaded);
    QCOMPARE(told.retryAfterMs, 4000);
    QCOMPARE(failureOf({ .status = 503, .headers = "Retry-After: soon\r\n" }).retryAfterMs, 0);
}

void BrokerClientTest::refusesBadJson()
{
    for (const char* body :
        { "", "nonsense", "[]", "{}", R"({"desktops":7})", R"({"desktops":[{"pool":1}]})",
            R"({"desktops":[{"pool":"a","name":"b","description":"","state":"sideways","message":""}]})" }) {
        const auto told = failureOf({ .body = body });
        QCOMPARE(told.error.code, Errc::internal);
        QVERIFY(QByteArray::fromStdString(told.error.detail).contains("cannot be understood"));
    }
}

void BrokerClientTest::refusesAHugeAnswer()
{
    QCOMPARE(failureOf({ .body = QByteArray(3 << 20, 'x') }).error.code, Errc::tooLarge);
}

void BrokerClientTest::refusesAnUnknownAuthority()
{
    auto asking = client(wardesk::testing::makeSelfSigned().certificate);
    const auto answer = waitFor<wire::SignedIn>([&](auto done) {
        asking->signIn(QStringLiteral("nurse"), Secret("pw"), {}, std::move(done));
    });
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().error.code, Errc::untrusted);
    QVERIFY(answer->error().error.detail.find("not trusted") != std::string::npos);
    QVERIFY(m_broker->asked.isEmpty()); // not a byte of the password left
}

void BrokerClientTest::refusesAnExpiredCertificate()
{
    m_broker = std::make_unique<FakeBroker>(wardesk::testing::makeSelfSigned(
        "DNS:localhost,IP:127.0.0.1", wardesk::testing::Validity::expired));
    auto asking = client(m_broker->authority());
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().error.code, Errc::untrusted);
    QVERIFY(answer->error().error.detail.find("clock") != std::string::npos);
}

void BrokerClientTest::refusesAnotherHostsCertificate()
{
    m_broker
        = std::make_unique<FakeBroker>(wardesk::testing::makeSelfSigned("DNS:elsewhere.example"));
    auto asking = client(m_broker->authority());
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().error.code, Errc::untrusted);
    QVERIFY(answer->error().error.detail.find("another address") != std::string::npos);
    QVERIFY(m_broker->asked.isEmpty());
}

void BrokerClientTest::refusesPlainHttpAndMissingFiles()
{
    const QString empty = m_folder.filePath(QStringLiteral("empty.pem"));
    QFile file(empty);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    const auto plain = BrokerClient::create(
        { .url = QUrl(QStringLiteral("http://127.0.0.1:1")), .caFile = empty });
    QCOMPARE(plain.error().code, Errc::invalidArgument);
    const auto noCertificate = BrokerClient::create({ .url = m_broker->url(), .caFile = empty });
    QVERIFY(noCertificate.error().detail.find("holds no certificate") != std::string::npos);
    const auto noFile
        = BrokerClient::create({ .url = m_broker->url(), .caFile = QStringLiteral("/nowhere") });
    QCOMPARE(noFile.error().code, Errc::notFound);
}

void BrokerClientTest::tellsWhenNobodyAnswers()
{
    auto asking = client(m_broker->authority());
    m_broker->stop();
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().error.code, Errc::unavailable);
}

void BrokerClientTest::tellsWhenTheAnswerIsLate()
{
    m_broker->answer
        = [](const FakeRequest&) { return FakeReply { .kind = FakeReply::Kind::silent }; };
    auto asking = client(m_broker->authority(), { .request = 300, .signIn = 300 });
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().error.code, Errc::timeout);
    QCOMPARE(m_broker->asked.size(), 1);
}

void BrokerClientTest::followsNoRedirect()
{
    FakeBroker elsewhere;
    const auto told = failureOf(
        { .status = 302, .headers = "Location: " + elsewhere.url().toEncoded() + "/x\r\n" });
    QCOMPARE(told.error.code, Errc::internal);
    QVERIFY(elsewhere.asked.isEmpty() && elsewhere.connections == 0);
}

void BrokerClientTest::signOutAbandonsWhatIsUnderWay()
{
    auto asking = signedInClient();
    m_broker->answer = [](const FakeRequest& request) {
        return FakeReply { .kind
            = request.method == "GET" ? FakeReply::Kind::silent : FakeReply::Kind::whole };
    };
    bool wasCalled = false;
    QSignalSpy asked(m_broker.get(), &FakeBroker::wasAsked);
    asking->desktops([&](const Answer<wire::DesktopList>&) { wasCalled = true; });
    QVERIFY(asked.wait());
    asking->signOut();
    QTRY_COMPARE(m_broker->asked.last().method, QByteArray("DELETE"));
    QCOMPARE(m_broker->asked.last().headers.value("authorization"), QByteArray("Bearer T-O-K-E-N"));
    QVERIFY(!wasCalled);
    asking->desktops([](const Answer<wire::DesktopList>&) {});
    QTRY_COMPARE(m_broker->asked.last().method, QByteArray("GET"));
    QVERIFY(!m_broker->asked.last().headers.contains("authorization"));
}

void BrokerClientTest::eventsArriveAndComeBack()
{
    auto asking = signedInClient();
    QList<wire::Event> events;
    connect(asking.get(), &BrokerClient::eventArrived, this,
        [&](const wire::Event& event) { events.append(event); });
    QSignalSpy opened(m_broker.get(), &FakeBroker::eventsOpened);
    asking->openEvents();
    QVERIFY(opened.wait());
    QCOMPARE(m_broker->asked.last().headers.value("authorization"), QByteArray("Bearer T-O-K-E-N"));
    m_broker->tell("not json");
    m_broker->tell(R"({"kind":"somethingNewer","message":""})");
    m_broker->tell(R"({"kind":"sessionMoved","lease":"l1","message":"moved to ward 3"})");
    QTRY_COMPARE(events.size(), 1);
    QCOMPARE(events.first().kind, wire::EventKind::sessionMoved);
    QCOMPARE(events.first().message, std::string("moved to ward 3"));

    m_broker->dropEventChannels();
    QVERIFY(opened.wait(10'000));
    // What was told during the gap is lost, so it asks to look again.
    QTRY_COMPARE(events.size(), 2);
    QCOMPARE(events.last().kind, wire::EventKind::desktopsChanged);

    asking->signOut();
    QTRY_VERIFY(m_broker->eventChannels.isEmpty());
}

void BrokerClientTest::theNextBrokerIsAskedWhenOneIsAway()
{
    FakeBroker other;
    other.answer = usual;
    auto asking = client(m_broker->authority() + other.authority(), {}, { other.url() });
    m_broker->stop();
    const auto signedIn = waitFor<wire::SignedIn>([&](auto done) {
        asking->signIn(QStringLiteral("nurse"), Secret("pw"), {}, std::move(done));
    });
    QVERIFY(signedIn && *signedIn);
    QVERIFY(other.asked.last().body.contains("pw")); // the same, whole
    (void)waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QCOMPARE(other.asked.last().headers.value("authorization"), QByteArray("Bearer T-O-K-E-N"));
    QCOMPARE(other.asked.size(), 2); // it stays there
}

void BrokerClientTest::aBrokerThatStandsStillCostsLittle()
{
    FakeBroker other;
    other.answer = usual;
    m_broker->answer
        = [](const FakeRequest&) { return FakeReply { .kind = FakeReply::Kind::silent }; };
    auto asking = client(m_broker->authority() + other.authority(),
        { .request = 60'000, .signIn = 60'000, .beforeNext = 200 }, { other.url() });
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QVERIFY(answer); // long before the usual patience is over
    QCOMPARE(other.asked.size(), 1);
}

void BrokerClientTest::nobodyElseIsAskedWhenOneIsNotTrusted()
{
    FakeBroker other;
    auto asking = client(other.authority(), {}, { other.url() });
    const auto answer
        = waitFor<wire::DesktopList>([&](auto done) { asking->desktops(std::move(done)); });
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().error.code, Errc::untrusted); // S3's kind: it is told
    QVERIFY(other.asked.isEmpty());
}

void BrokerClientTest::eventsFollowToTheBrokerThatAnswers()
{
    FakeBroker other;
    other.answer = usual;
    auto asking = client(m_broker->authority() + other.authority(), {}, { other.url() });
    const auto signedIn = waitFor<wire::SignedIn>([&](auto done) {
        asking->signIn(QStringLiteral("nurse"), Secret("pw"), {}, std::move(done));
    });
    QVERIFY(signedIn && *signedIn);
    QList<wire::Event> events;
    connect(asking.get(), &BrokerClient::eventArrived, this,
        [&](const wire::Event& event) { events.append(event); });
    QSignalSpy opened(m_broker.get(), &FakeBroker::eventsOpened);
    asking->openEvents();
    QVERIFY(opened.wait());
    m_broker->tell(R"({"kind":"sessionMoved","lease":"l1","message":"moved to ward 3"})");
    QTRY_COMPARE(events.size(), 1); // the client's end is open, too
    events.clear();
    QSignalSpy there(&other, &FakeBroker::eventsOpened);
    m_broker->stop();
    m_broker->dropEventChannels();
    QVERIFY(there.wait(10'000));
    QTRY_VERIFY(!events.isEmpty());
    QCOMPARE(events.first().kind, wire::EventKind::desktopsChanged); // look at it all again
}

QTEST_GUILESS_MAIN(BrokerClientTest)
#include "tst_brokerclient.moc"
