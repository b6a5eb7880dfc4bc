// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/client-qt/rdp/fakedesktop.h"

#include <QFileInfo>

using namespace wardesk;

class TestRdpSession : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aDesktopIsDrawnAndHearsInput()
    {
        FakeDesktop desktop;
        const auto session = desktop.session("draws");
        Echo echo(*session);
        QSignalSpy first(session.get(), &RdpSession::firstFrame);
        session->prewarm();
        session->open(desktop.target());
        QTRY_COMPARE(first.count(), 1);
        QCOMPARE(session->state(), RdpSession::State::connected);
        QCOMPARE(session->image().size(), QSize(320, 240));
        QCOMPARE(session->image().pixel(100, 100), qRgb(0x80, 0x80, 0x80));
        QTRY_VERIFY(echo.has("credential of nurse, 8 bytes"));
        session->sendCtrlAltDel();
        QTRY_COMPARE(echo.lines.size(), 7);
        QCOMPARE(echo.lines.mid(1),
            (QStringList { QStringLiteral("key 29 down"), QStringLiteral("key 56 down"),
                QStringLiteral("key 339 down"), QStringLiteral("key 339 up"),
                QStringLiteral("key 56 up"), QStringLiteral("key 29 up") }));
    }

    void closedAndOpenedAgain()
    {
        FakeDesktop desktop;
        const auto session = desktop.session("draws");
        QSignalSpy first(session.get(), &RdpSession::firstFrame);
        session->open(desktop.target());
        QTRY_COMPARE(first.count(), 1);
        const qint64 worker = session->workerProcessId();
        session->close();
        QCOMPARE(session->state(), RdpSession::State::closed);
        QVERIFY(!session->image().isNull()); // the last frame stays
        QTRY_VERIFY(session->workerProcessId() != 0); // the next one is being warmed
        QVERIFY(session->workerProcessId() != worker);
        session->open(desktop.target());
        QTRY_COMPARE(first.count(), 2);
    }

    // Whatever the worker does, the client lives and says so once.
    void aBrokenWorkerIsACrash_data()
    {
        QTest::addColumn<QByteArray>("mode");
        for (const char* mode :
            { "crash", "garbage", "unsealed", "no-memory", "early", "other-version" })
            QTest::newRow(mode) << QByteArray(mode);
    }
    void aBrokenWorkerIsACrash()
    {
        QFETCH(QByteArray, mode);
        FakeDesktop desktop;
        const auto session = desktop.session(mode.constData());
        QSignalSpy crashed(session.get(), &RdpSession::workerCrashed);
        QSignalSpy failed(session.get(), &RdpSession::failed);
        session->open(desktop.target());
        QTRY_COMPARE(crashed.count(), 1);
        QCOMPARE(session->state(), RdpSession::State::failed);
        QCOMPARE(failed.count(), 0);
    }

    void nonsenseFramesAreIgnored()
    {
        FakeDesktop desktop;
        const auto session = desktop.session("floods");
        QSignalSpy frames(session.get(), &RdpSession::frameUpdated);
        QSignalSpy failed(session.get(), &RdpSession::failed);
        session->open(desktop.target());
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(failed.front().front().value<Error>().code, Errc::unavailable);
        QCOMPARE(frames.count(), 0);
    }

    // S3: the credential is in the client's memory, and stays there.
    void noCredentialWithoutATrustedCertificate()
    {
        FakeDesktop desktop;
        const auto session = desktop.session("refuses");
        QSignalSpy failed(session.get(), &RdpSession::failed);
        session->open(desktop.target());
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(failed.front().front().value<Error>().code, Errc::untrusted);
        QTRY_VERIFY(QFileInfo::exists(desktop.workerPath("refuses.nothing"))
            || QFileInfo::exists(desktop.workerPath("refuses.credential")));
        QVERIFY(!QFileInfo::exists(desktop.workerPath("refuses.credential")));
    }

    void aCredentialMayComeLater()
    {
        FakeDesktop desktop;
        const auto session = desktop.session("draws");
        QSignalSpy trusted(session.get(), &RdpSession::certificateTrusted);
        QSignalSpy first(session.get(), &RdpSession::firstFrame);
        const RdpTarget target = desktop.target();
        session->beginConnect({ .address = target.address,
            .port = target.port,
            .certificateSha256 = target.certificateSha256,
            .size = target.size,
            .clipboard = true });
        QTRY_COMPARE(trusted.count(), 1);
        QCOMPARE(session->state(), RdpSession::State::connecting);
        session->provideCredential(target.account, target.credential);
        QTRY_COMPARE(first.count(), 1);
    }

    void aClosedPortIsUnavailable()
    {
        FakeDesktop desktop;
        RdpTarget target = desktop.target();
        desktop.server().close();
        const auto session = desktop.session("draws");
        QSignalSpy failed(session.get(), &RdpSession::failed);
        session->open(target);
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(failed.front().front().value<Error>().code, Errc::unavailable);
        QCOMPARE(session->state(), RdpSession::State::failed);
    }

    void closingWhileConnectingIsQuiet()
    {
        FakeDesktop desktop;
        const auto session = desktop.session("draws");
        QSignalSpy failed(session.get(), &RdpSession::failed);
        QSignalSpy crashed(session.get(), &RdpSession::workerCrashed);
        QSignalSpy trusted(session.get(), &RdpSession::certificateTrusted);
        session->beginConnect({ .address = QStringLiteral("127.0.0.1"),
            .port = desktop.target().port,
            .certificateSha256 = desktop.target().certificateSha256 });
        QTRY_COMPARE(trusted.count(), 1);
        session->close();
        QCOMPARE(session->state(), RdpSession::State::closed);
        QTRY_VERIFY(session->workerProcessId() != 0);
        QCOMPARE(failed.count() + crashed.count(), 0);
    }

    void withoutAWorkerThereIsNoSession()
    {
        qputenv("WARDESK_RDP_WORKER", "/nonexistent/wardesk-rdp");
        // The build puts the real one beside the tests.
        if (QFileInfo::exists(
                QCoreApplication::applicationDirPath() + QLatin1String("/wardesk-rdp")))
            return;
        const auto session = RdpSession::create();
        QVERIFY(!session.has_value());
        QCOMPARE(session.error().code, Errc::notFound);
    }
};

QTEST_MAIN(TestRdpSession)
#include "tst_rdpsession.moc"
