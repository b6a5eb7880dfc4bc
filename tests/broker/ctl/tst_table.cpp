// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/table.h"

#include <QtTest>
#include <clocale>

using namespace wardesk::ctl;

class TableTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr); }
    void columnsAreAligned()
    {
        Table table({ "NAME", "POOL" });
        table.add({ "zoë", "a" });
        table.add({ "病院", "b" }); // two columns each
        table.add({ "", "c" });
        QCOMPARE(table.text(0),
            std::string("NAME  POOL\n"
                        "zoë   a\n"
                        "病院  b\n"
                        "-     c\n"));
    }
    void theWidestColumnGivesWay()
    {
        Table table({ "NAME", "MESSAGE" });
        table.add({ "ward-1", "a message that is much too long" });
        const QString text = QString::fromStdString(table.text(24));
        QCOMPARE(text, QStringLiteral("NAME    MESSAGE\nward-1  a message that …\n"));
        for (const QString& line : text.split(u'\n'))
            QVERIFY(line.size() <= 24);
    }
    void theLastColumnGivesWayFirst()
    {
        Table table({ "NAME", "ADDRESS", "MESSAGE" });
        table.add({ "ward-1", "10.213.0.200", "Ready for anybody." });
        QCOMPARE(QString::fromStdString(table.text(32)),
            QStringLiteral("NAME    ADDRESS       MESSAGE\n"
                           "ward-1  10.213.0.200  Ready for…\n"));
        for (const QString& line : QString::fromStdString(table.text(26)).split(u'\n'))
            QVERIFY(line.size() <= 26);
    }
    void nothingCommandsTheTerminal()
    {
        QCOMPARE(printable("a\x1b[2Jb\nc\x7f"), std::string("a?[2Jb c?"));
        QCOMPARE(printable("\xc2\x9b"
                           "2J"),
            std::string("?2J")); // the one-byte form of ESC [
        QCOMPARE(printable("zoë"), std::string("zoë"));
    }
    void brokenTextIsShown()
    {
        QCOMPARE(columnsOf("\xff\xfe"), std::size_t { 2 });
        QCOMPARE(shortened("abcdef", 4), std::string("abc…"));
        QCOMPARE(shortened("abcd", 4), std::string("abcd"));
    }
    void noTimeIsADash()
    {
        QCOMPARE(timeText(std::nullopt), std::string("-"));
        QCOMPARE(timeText(0), std::string("-"));
        QCOMPARE(shortTimeText(std::nullopt), std::string("-"));
    }
    void theDayIsToldWhenItIsAnother()
    {
        const std::int64_t noon = 1'767'268'800'000; // 2026-01-01 12:00 UTC
        const std::string full = timeText(noon);
        QCOMPARE(shortTimeText(noon, noon), full.substr(11));
        QCOMPARE(shortTimeText(noon, noon + 3 * 86'400'000LL), full.substr(0, 16));
    }
};

QTEST_GUILESS_MAIN(TableTest)
#include "tst_table.moc"
