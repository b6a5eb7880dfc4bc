// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole client but RDP: window, flow, HTTPS to a small broker, and the control socket.
#include "../api/fakebroker.h"
#include "fakedesktop.h"

#include "client-qt/app/conductor.h"
#include "client-qt/app/controlsocket.h"
#include "client-qt/app/timings.h"
#include "client-qt/ui/desktoppage.h"
#include "client-qt/ui/mainwindow.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <memory>

using namespace wardesk;
using namespace wardesk::client;
using wardesk::testing::FakeBroker;
using wardesk::testing::FakeDesktop;
using wardesk::testing::FakeReply;
using wardesk::testing::FakeRequest;

class ConductorTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void opensTheOnlyDesktop();
    void crashReconnectsInTheSameWindow();
    void eventEndsTheSession();
    void eventMovesTheSession();
    void logoffTellsTheBroker();
    void kioskSignsOutAfterTheSession();
    void lateSignalsOfAnOldConnectionAreIgnored();
    void fullPoolIsSaidInTheBrokersWords();
    void finishSignsOut();
    void timingsAreWritten();
    void controlSocketObeys();
    void controlSocketIsForTheSameUserOnly();

private:
    FakeReply answer(const FakeRequest& request);
    void start(Mode mode = Mode::personal);
    void reachDesktop();
    [[nodiscard]] int askedFor(const char* path) const;
    [[nodiscard]] Stage stage() const { return m_conductor->state().stage; }

    QTemporaryDir m_folder;
    std::unique_ptr<FakeBroker> m_broker;
    std::unique_ptr<MainWindow> m_window;
    std::unique_ptr<Timings> m_timings;
    std::unique_ptr<Conductor> m_conductor;
    FakeDesktop* m_desktop = nullptr;
    int m_preparing = 0;
    bool m_isFull = false;
};

FakeReply ConductorTest::answer(const FakeRequest& request)
{
    if (request.path == "/api/v1/session" && request.method == "POST")
        return { .body
            = R"({"token":"t","expiresAt":1,"user":"nurse","displayName":"Nora","admin":false})" };
    if (request.path == "/api/v1/me/desktops")
        return {
            .body
            = R"({"desktops":[{"pool":"p1","name":"Ward","description":"","state":"available","message":"","lease":"l1"}]})"
        };
    if (request.path == "/api/v1/me/connections") {
        if (m_isFull)
            return { .status = 409,
                .body = R"({"code":"poolFull","message":"Both desktops of Ward are in use."})" };
        if (m_preparing-- > 0)
            return { .body
                = R"({"state":"preparing","message":"starting your desktop","retryAfterMs":50})" };
        return {
            .body = R"({"state":"ready","message":"","lease":"l1","epoch":1,"ticket":"tick",
            "desktop":{"address":"10.0.0.9","port":3389,"certificateSha256":"f00d"},"policy":{"clipboard":false}})"
        };
    }
    if (request.path == "/api/v1/tickets/redeem")
        return { .body = R"({"account":"ward","credential":"once","expiresInMs":60000,
            "desktop":{"address":"10.0.0.9","port":3389,"certificateSha256":"f00d"}})" };
    return {};
}

void ConductorTest::init()
{
    m_preparing = 0;
    m_isFull = false;
    m_broker = std::make_unique<FakeBroker>();
    m_broker->answer = [this](const FakeRequest& request) { return answer(request); };
    start();
}

void ConductorTest::cleanup()
{
    m_conductor.reset();
    m_window.reset();
}

void ConductorTest::start(Mode mode)
{
    cleanup();
    m_window = std::make_unique<MainWindow>(
        mode == Mode::kiosk ? MainWindow::Controls::kiosk : MainWindow::Controls::window);
    m_window->resize(1200, 800);
    m_timings = std::make_unique<Timings>(m_folder.filePath(QStringLiteral("timings.jsonl")));
    FlowState initial;
    initial.mode = mode;
    m_conductor = std::make_unique<Conductor>(*m_window, *m_timings, initial);
    static_cast<QWidget*>(m_window.get())->show();

    QFile authority(m_folder.filePath(QStringLiteral("ca.pem")));
    QVERIFY(authority.open(QIODevice::WriteOnly | QIODevice::Truncate));
    authority.write(m_broker->authority());
    authority.close();
    auto client = BrokerClient::create({ .url = m_broker->url(), .caFile = authority.fileName() });
    QVERIFY(client);
    m_conductor->setBroker(std::move(*client));
    auto desktop = std::make_unique<FakeDesktop>();
    m_desktop = desktop.get();
    m_conductor->setDesktop(std::move(desktop));
}

void ConductorTest::reachDesktop()
{
    m_conductor->handle(SignInRequested { "nurse", Secret("pw") });
    QTRY_VERIFY(m_desktop->calls.contains(QStringLiteral("credential")));
    Q_EMIT m_desktop->connected();
    Q_EMIT m_desktop->firstFrame();
    QCOMPARE(stage(), Stage::showing);
}

int ConductorTest::askedFor(const char* path) const
{
    return static_cast<int>(std::count_if(m_broker->asked.begin(), m_broker->asked.end(),
        [&](const FakeRequest& request) { return request.path == path; }));
}

void ConductorTest::opensTheOnlyDesktop()
{
    m_preparing = 2;
    reachDesktop();
    QCOMPARE(m_desktop->opened.address, QStringLiteral("10.0.0.9"));
    QCOMPARE(m_desktop->opened.fingerprint, QByteArray("f00d"));
    QVERIFY(!m_desktop->opened.clipboard);
    QCOMPARE(m_desktop->givenAccount, QStringLiteral("ward"));
    QVERIFY(m_desktop->givenCredential.equals("once"));
    QCOMPARE(m_desktop->screen->size(), QSize(1200, 800));
    QVERIFY(m_desktop->screen->isVisible());
    // R9: three requests, one key.
    QSet<QByteArray> keys;
    for (const auto& request : m_broker->asked) {
        if (request.path == "/api/v1/me/connections") {
            keys.insert(request.headers.value("idempotency-key"));
            QVERIFY(request.body.contains(R"("width":1200,"height":800)"));
        }
    }
    QCOMPARE(askedFor("/api/v1/me/connections"), 3);
    QCOMPARE(keys.size(), 1);
    QVERIFY(!keys.contains(QByteArray()));
}

// S9
void ConductorTest::crashReconnectsInTheSameWindow()
{
    reachDesktop();
    m_desktop->calls.clear();
    Q_EMIT m_desktop->crashed();
    QCOMPARE(stage(), Stage::reconnecting);
    QVERIFY(m_desktop->overlay.startsWith(QStringLiteral("Reconnecting")));
    QVERIFY(m_desktop->screen->isVisible());
    QTRY_VERIFY(m_desktop->calls.contains(QStringLiteral("credential")));
    QVERIFY(!m_desktop->calls.contains(QStringLiteral("closeForget")));
    Q_EMIT m_desktop->firstFrame();
    QCOMPARE(stage(), Stage::showing);
    QVERIFY(m_desktop->overlay.isEmpty());
    QCOMPARE(askedFor("/api/v1/me/connections"), 2);
}

void ConductorTest::eventEndsTheSession()
{
    reachDesktop();
    QTRY_COMPARE(m_broker->eventChannels.size(), 1);
    m_broker->tell(
        R"({"kind":"sessionEnded","lease":"l1","message":"IT is updating this desktop."})");
    QTRY_COMPARE(stage(), Stage::ended);
    QCOMPARE(m_window->visibleText(), QStringLiteral("IT is updating this desktop."));
    QCOMPARE(m_desktop->calls.last(), QStringLiteral("closeForget"));
}

void ConductorTest::eventMovesTheSession()
{
    reachDesktop();
    QTRY_COMPARE(m_broker->eventChannels.size(), 1);
    m_broker->tell(R"({"kind":"sessionMoved","lease":"l1","message":""})");
    QTRY_COMPARE(stage(), Stage::moved);
    QCOMPARE(m_desktop->calls.last(), QStringLiteral("closeForget"));
}

void ConductorTest::logoffTellsTheBroker()
{
    reachDesktop();
    m_conductor->handle(LogoffRequested {});
    QCOMPARE(m_desktop->calls.last(), QStringLiteral("closeForget"));
    QTRY_COMPARE(stage(), Stage::choosing);
    QCOMPARE(askedFor("/api/v1/me/leases/l1/logoff"), 1);
    QTRY_COMPARE(askedFor("/api/v1/me/desktops"), 2);
    QCOMPARE(stage(), Stage::choosing); // the only desktop is not opened again by itself
}

void ConductorTest::kioskSignsOutAfterTheSession()
{
    start(Mode::kiosk);
    reachDesktop();
    m_conductor->handle(DisconnectRequested {});
    QTRY_COMPARE(stage(), Stage::signedOut);
    QTRY_COMPARE(m_broker->asked.last().method, QByteArray("DELETE"));
    QCOMPARE(askedFor("/api/v1/me/leases/l1/disconnect"), 1);
    QVERIFY(m_conductor->state().displayName.empty());
}

void ConductorTest::lateSignalsOfAnOldConnectionAreIgnored()
{
    reachDesktop();
    m_conductor->handle(DisconnectRequested {});
    Q_EMIT m_desktop->firstFrame();
    Q_EMIT m_desktop->crashed();
    Q_EMIT m_desktop->lost({ Errc::unavailable, "late" });
    QCOMPARE(stage(), Stage::leaving);
    QTRY_COMPARE(stage(), Stage::choosing);
}

void ConductorTest::fullPoolIsSaidInTheBrokersWords()
{
    m_isFull = true;
    m_conductor->handle(SignInRequested { "nurse", Secret("pw") });
    QTRY_COMPARE(stage(), Stage::choosing);
    QCOMPARE(m_window->visibleText(), QStringLiteral("Both desktops of Ward are in use."));
    QVERIFY(!m_desktop->calls.contains(QStringLiteral("open")));
}

void ConductorTest::finishSignsOut()
{
    reachDesktop();
    QSignalSpy finished(m_conductor.get(), &Conductor::finished);
    m_conductor->finish();
    QVERIFY(finished.wait());
    QVERIFY(std::any_of(m_broker->asked.begin(), m_broker->asked.end(),
        [](const FakeRequest& request) { return request.method == "DELETE"; }));
    QCOMPARE(m_desktop->calls.last(), QStringLiteral("closeForget"));
}

void ConductorTest::timingsAreWritten()
{
    reachDesktop();
    QFile file(m_folder.filePath(QStringLiteral("timings.jsonl")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QStringList seen;
    double last = 0;
    while (!file.atEnd()) {
        const auto line = QJsonDocument::fromJson(file.readLine()).object();
        seen.append(line.value(QLatin1String("event")).toString());
        const double now = line.value(QLatin1String("ms")).toDouble();
        QVERIFY(now >= last);
        last = now;
    }
    for (const char* name : { "signInSubmitted", "signedIn", "connectAnswered", "ticketRedeemed",
             "rdpConnected", "firstFrame" })
        QVERIFY2(seen.contains(QLatin1String(name)), name);
}

void ConductorTest::controlSocketObeys()
{
    const QString path = m_folder.filePath(QStringLiteral("control"));
    auto control = ControlSocket::create(path, *m_conductor, *m_window);
    QVERIFY(control);
    QVERIFY(
        !ControlSocket::create(path, *m_conductor, *m_window)); // somebody listens there already
    QLocalSocket socket;
    socket.connectToServer(path);
    const auto ask = [&](const QByteArray& line) {
        socket.write(line + '\n');
        (void)QTest::qWaitFor([&] { return socket.canReadLine(); });
        return QJsonDocument::fromJson(socket.readLine()).object();
    };
    const auto text = [](const QJsonObject& object, const char* name) {
        return object.value(QLatin1String(name)).toString();
    };
    QCOMPARE(text(ask(R"({"do":"state"})"), "stage"), QStringLiteral("signedOut"));
    QCOMPARE(text(ask(R"({"do":"signIn","user":"nurse","password":"pw"})"), "stage"),
        QStringLiteral("signingIn"));
    QTRY_VERIFY(m_desktop->calls.contains(QStringLiteral("credential")));
    socket.write("{\"do\":\"wait\",\"stage\":\"showing\"}\n");
    socket.flush();
    QCoreApplication::processEvents();
    Q_EMIT m_desktop->firstFrame();
    QTRY_VERIFY(socket.canReadLine());
    const auto reached = QJsonDocument::fromJson(socket.readLine()).object();
    QCOMPARE(text(reached, "stage"), QStringLiteral("showing"));
    QCOMPARE(text(reached, "lease"), QStringLiteral("l1"));

    const QString picture = m_folder.filePath(QStringLiteral("grab.png"));
    const QByteArray grab = R"({"do":"grab","file":")" + picture.toUtf8() + R"("})";
    QVERIFY(ask(grab).value(QLatin1String("ok")).toBool());
    QCOMPARE(QImage(picture).size(), QSize(1200, 800));

    const auto late = ask(R"({"do":"wait","stage":"moved","timeoutMs":50})");
    QVERIFY(!late.value(QLatin1String("ok")).toBool());
    QVERIFY(!ask(R"({"do":"dance"})").value(QLatin1String("ok")).toBool());
    QVERIFY(!ask("not json").value(QLatin1String("ok")).toBool());
    QVERIFY(!ask(R"({"do":"grab","file":"/nowhere/x.png"})").value(QLatin1String("ok")).toBool());
    QCOMPARE(text(ask(R"({"do":"disconnect"})"), "stage"), QStringLiteral("leaving"));
}

void ConductorTest::controlSocketIsForTheSameUserOnly()
{
    const QString path = m_folder.filePath(QStringLiteral("private"));
    auto control = ControlSocket::create(path, *m_conductor, *m_window);
    QVERIFY(control);
    const auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup | QFileDevice::ReadOther
        | QFileDevice::WriteOther;
    QCOMPARE(QFileInfo(path).permissions() & others, QFileDevice::Permissions());
}

QTEST_MAIN(ConductorTest)
#include "tst_conductor.moc"
