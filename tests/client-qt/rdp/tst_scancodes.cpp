// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/scancodes.h"

#include <QTest>
#include <linux/input-event-codes.h>
#include <set>

using namespace wardesk::rdp;

class TestScancodes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knownKeys_data()
    {
        QTest::addColumn<int>("kernel");
        QTest::addColumn<int>("scancode");
        QTest::newRow("Escape") << KEY_ESC << 0x01;
        QTest::newRow("A") << KEY_A << 0x1e;
        QTest::newRow("Space") << KEY_SPACE << 0x39;
        QTest::newRow("left Shift") << KEY_LEFTSHIFT << 0x2a;
        QTest::newRow("right Shift") << KEY_RIGHTSHIFT << 0x36;
        QTest::newRow("left Ctrl") << KEY_LEFTCTRL << 0x1d;
        QTest::newRow("right Ctrl") << KEY_RIGHTCTRL << 0x11d;
        QTest::newRow("AltGr") << KEY_RIGHTALT << 0x138;
        QTest::newRow("102nd") << KEY_102ND << 0x56;
        QTest::newRow("F12") << KEY_F12 << 0x58;
        QTest::newRow("Num Lock") << KEY_NUMLOCK << 0x45;
        QTest::newRow("keypad 7") << KEY_KP7 << 0x47;
        QTest::newRow("Home") << KEY_HOME << 0x147;
        QTest::newRow("Delete") << KEY_DELETE << 0x153;
        QTest::newRow("keypad Enter") << KEY_KPENTER << 0x11c;
        QTest::newRow("left Windows") << KEY_LEFTMETA << 0x15b;
        QTest::newRow("menu") << KEY_COMPOSE << 0x15d;
        QTest::newRow("Yen") << KEY_YEN << 0x7d;
    }
    void knownKeys()
    {
        QFETCH(int, kernel);
        QFETCH(int, scancode);
        QCOMPARE(int { scancodeFromNative(static_cast<std::uint32_t>(kernel + 8)) }, scancode);
    }

    void noTwoKeysShareACode()
    {
        std::set<std::uint16_t> seen;
        for (std::uint32_t native = 0; native < 1000; ++native) {
            const std::uint16_t scancode = scancodeFromNative(native);
            QVERIFY2(
                scancode == 0 || seen.insert(scancode).second, qPrintable(QString::number(native)));
        }
    }

    void whatIsNoKeyIsNothing()
    {
        for (const std::uint32_t native : { 0u, 7u, 8u, 136u, 255u, 0xffffffffu })
            QCOMPARE(int { scancodeFromNative(native) }, 0);
    }
};

QTEST_APPLESS_MAIN(TestScancodes)
#include "tst_scancodes.moc"
