// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/desktopview.h"
#include "client-qt/rdp/localkeyboard.h"
#include "tests/client-qt/rdp/fakedesktop.h"

#include <QFocusEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>

using namespace wardesk;

namespace {

constexpr quint32 nativeA = 38; // the kernel's 30 and X11's 8
constexpr quint32 nativeShift = 50;

QKeyEvent key(QEvent::Type type, quint32 native, bool repeat = false)
{
    return QKeyEvent(type, Qt::Key_A, Qt::NoModifier, native, 0, 0, QStringLiteral("a"), repeat);
}

}

class TestDesktopView : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<FakeDesktop> m_desktop;
    std::unique_ptr<RdpSession> m_session;
    std::unique_ptr<Echo> m_echo;
    std::unique_ptr<DesktopView> m_view;

    QColor shown(int x, int y)
    {
        const QImage picture = m_view->grab().toImage();
        return picture.pixelColor((QPointF(x, y) * picture.devicePixelRatio()).toPoint());
    }
    void mouse(QEvent::Type type, QPointF at, Qt::MouseButton button = Qt::NoButton)
    {
        const Qt::MouseButtons held = type == QEvent::MouseButtonPress ? button : Qt::NoButton;
        QMouseEvent event(type, at, m_view->mapToGlobal(at), button, held, Qt::NoModifier);
        send(event);
    }
    void send(QEvent& event) { QCoreApplication::sendEvent(m_view.get(), &event); }

private Q_SLOTS:
    void init()
    {
        m_desktop = std::make_unique<FakeDesktop>();
        m_session = m_desktop->session("draws");
        m_echo = std::make_unique<Echo>(*m_session);
        m_view = std::make_unique<DesktopView>();
        m_view->resize(320, 240);
        m_view->setSession(m_session.get());
        m_view->show();
        QSignalSpy first(m_session.get(), &RdpSession::firstFrame);
        m_session->open(m_desktop->target());
        QTRY_COMPARE(first.count(), 1);
        QTRY_VERIFY(m_echo->has("credential of nurse, 8 bytes"));
    }
    void cleanup()
    {
        m_view.reset();
        m_echo.reset();
        m_session.reset();
        m_desktop.reset();
    }

    void theDesktopIsShown()
    {
        QCOMPARE(shown(100, 100), QColor(0x80, 0x80, 0x80));
        QCOMPARE(shown(3, 0), QColor(Qt::white));
    }

    void aSmallerDesktopIsCentredOnBlack()
    {
        m_view->resize(640, 480);
        QCOMPARE(shown(10, 10), QColor(Qt::black));
        QCOMPARE(shown(320, 240), QColor(0x80, 0x80, 0x80));
        QTRY_VERIFY(m_echo->has("resize 640 480"));
    }

    // A kiosk shows the next person nothing of the last one's, even while the old session still
    // draws.
    void clearedMeansCleared()
    {
        m_view->clearScreen();
        QCOMPARE(shown(100, 100), QColor(Qt::black));
        m_session->sendText(QStringLiteral("@"));
        QTRY_VERIFY(m_echo->has("text 64"));
        QCOMPARE(shown(100, 100), QColor(Qt::black));
        m_view->setOverlay(QStringLiteral("bye"));
        QCOMPARE(shown(10, 10), QColor(Qt::black));
        m_view->setOverlay({});
        m_session->close();
        QCOMPARE(shown(100, 100), QColor(Qt::black));
        QSignalSpy first(m_session.get(), &RdpSession::firstFrame);
        m_session->open(m_desktop->target());
        QTRY_COMPARE(first.count(), 1);
        QCOMPARE(shown(100, 100), QColor(0x80, 0x80, 0x80));
    }

    void anotherSessionStartsDark()
    {
        const auto other = m_desktop->session("draws");
        m_view->setSession(other.get());
        QCOMPARE(shown(100, 100), QColor(Qt::black));
        m_view->setSession(nullptr);
        QCOMPARE(shown(100, 100), QColor(Qt::black));
    }

    void anOverlayDimsAndStopsInput()
    {
        m_view->setOverlay(QStringLiteral("reconnecting..."));
        QVERIFY(shown(5, 200).lightness() < 0x60);
        auto press = key(QEvent::KeyPress, nativeA);
        send(press);
        m_view->setOverlay({});
        m_session->sendText(QStringLiteral("!"));
        QTRY_VERIFY(m_echo->has("text 33"));
        QVERIFY(!m_echo->has("key 30 down"));
        QCOMPARE(shown(5, 200), QColor(0x21, 0x21, 0x21));
    }

    void heldKeysAreReleasedWhenTheFocusGoes()
    {
        auto shift = key(QEvent::KeyPress, nativeShift);
        auto press = key(QEvent::KeyPress, nativeA);
        auto release = key(QEvent::KeyRelease, nativeA);
        send(shift);
        send(press);
        send(release);
        QFocusEvent lost(QEvent::FocusOut);
        send(lost);
        QTRY_VERIFY(m_echo->has("key 42 up"));
        QCOMPARE(m_echo->lines.filter(QStringLiteral("key 30 up")).size(), 1);
        // The real release comes when the focus is elsewhere, or not at all: it says nothing new.
        auto late = key(QEvent::KeyRelease, nativeShift);
        send(late);
        m_session->sendText(QStringLiteral("!"));
        QTRY_VERIFY(m_echo->has("text 33"));
        QCOMPARE(m_echo->lines.filter(QStringLiteral("key 42 up")).size(), 1);
    }

    void repeatsArePressesOnly()
    {
        auto press = key(QEvent::KeyPress, nativeA);
        auto repeatedRelease = key(QEvent::KeyRelease, nativeA, true);
        auto repeatedPress = key(QEvent::KeyPress, nativeA, true);
        auto release = key(QEvent::KeyRelease, nativeA);
        for (QKeyEvent* event : { &press, &repeatedRelease, &repeatedPress, &release })
            send(*event);
        QTRY_VERIFY(m_echo->has("key 30 up"));
        QCOMPARE(m_echo->lines.filter(QStringLiteral("key 30 down")).size(), 2);
        QCOMPARE(m_echo->lines.filter(QStringLiteral("key 30 up")).size(), 1);
    }

    void aKeyWithoutACodeGoesAsText()
    {
        QKeyEvent event(QEvent::KeyPress, Qt::Key_Y, Qt::NoModifier, QStringLiteral("é"));
        send(event);
        QTRY_VERIFY(m_echo->has("text 233"));
    }

    void altGrOfAnOnScreenKeyboardIsAltGr()
    {
        constexpr quint32 noRealKey = 92; // XKB's <LVL3>
        QKeyEvent press(QEvent::KeyPress, Qt::Key_AltGr, Qt::NoModifier, noRealKey, 0, 0);
        QKeyEvent release(QEvent::KeyRelease, Qt::Key_AltGr, Qt::NoModifier, noRealKey, 0, 0);
        send(press);
        send(release);
        QTRY_VERIFY(m_echo->has("key 312 up")); // 0x138
    }

    void theWheelCountsNotches()
    {
        const auto turn = [&](QPoint angle) {
            QWheelEvent event(QPointF(10, 10), QPointF(10, 10), {}, angle, Qt::NoButton,
                Qt::NoModifier, Qt::NoScrollPhase, false);
            send(event);
        };
        turn({ 0, 60 });
        turn({ 0, 60 });
        turn({ 0, -240 });
        turn({ 120, 0 });
        QTRY_VERIFY(m_echo->has("wheel -120 across"));
        QCOMPARE(m_echo->lines.filter(QStringLiteral("wheel")),
            (QStringList { QStringLiteral("wheel 120"), QStringLiteral("wheel -120"),
                QStringLiteral("wheel -120"), QStringLiteral("wheel -120 across") }));
    }

    // The events are sent, not QTest's moves of the cursor, which the offscreen platform does not scale.
    void theMouseIsMapped()
    {
        mouse(QEvent::MouseMove, { 12, 34 });
        QTRY_VERIFY(m_echo->has("move 12 34"));
        mouse(QEvent::MouseButtonPress, { 12, 34 }, Qt::RightButton);
        mouse(QEvent::MouseButtonRelease, { 12, 34 }, Qt::RightButton);
        QTRY_VERIFY(m_echo->has("button 1 up"));
        QSignalSpy edge(m_view.get(), &DesktopView::topEdgeTouched);
        mouse(QEvent::MouseMove, { 12, 0 });
        QTRY_COMPARE(edge.count(), 1);
    }

    void layoutsHaveTheirLocale()
    {
        QCOMPARE(inputLocaleFromXkb(QStringLiteral("de"), QStringLiteral("nodeadkeys")), 0x407u);
        QCOMPARE(inputLocaleFromXkb(QStringLiteral("ch"), QStringLiteral("fr")), 0x100cu);
        QCOMPARE(inputLocaleFromXkb(QStringLiteral("us"), QStringLiteral("intl")), 0x20409u);
        QCOMPARE(inputLocaleFromXkb(QStringLiteral("us"), {}), 0x409u);
        QCOMPARE(inputLocaleFromXkb(QStringLiteral("xx"), {}), 0u);
    }
};

QTEST_MAIN(TestDesktopView)
#include "tst_desktopview.moc"
