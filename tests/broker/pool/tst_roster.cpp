// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/roster.h"

#include "broker/pool/calendar.h"
#include "broker/service/zones.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;

namespace {

WallTime utc(const std::string& day, std::chrono::minutes time)
{
    return WallTime(readDay(day)->time_since_epoch() + time);
}

Result<Roster> read(const std::string& text)
{
    const TimeSpan bounds { utc("2026-01-01", 0min), utc("2028-01-01", 0min) };
    return readRoster(text, zoneOffsets("Europe/Berlin", bounds).value(), bounds);
}

QString refusalOf(const std::string& text)
{
    const auto roster = read(text);
    return roster ? QStringLiteral("(accepted)") : QString::fromStdString(roster.error().detail);
}

}

/// The roster file.
class TstRoster : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aPlainFile();
    void whatSpreadsheetsWrite();
    void badLinesAreNamed_data();
    void badLinesAreNamed();
    void allBadLinesAreToldAtOnce();
    void manyBadLinesAreCutOff();
    void oneLineThatIsWrong();
    void moreThanAnyHospitalHas();
    void nothingAtAll();
};

void TstRoster::aPlainFile()
{
    const auto roster = read("ward,shift start,heads\n"
                             "Ward 3,2026-11-26 13:00,9\n"
                             "Ward 3,2026-11-26 07:00,12\n"
                             "\n"
                             "Surgery,2026-11-27 07:00,0\n");
    QVERIFY2(roster.has_value(), roster ? "" : roster.error().detail.c_str());
    QCOMPARE(roster->shifts.size(), std::size_t(3));
    QVERIFY((roster->shifts.front() == RosterShift { "Ward 3", utc("2026-11-26", 6h), 12 }));
    QVERIFY(roster->span.from == utc("2026-11-25", 23h)); // whole days of Berlin
    QVERIFY(roster->span.until == utc("2026-11-27", 23h));
}

void TstRoster::whatSpreadsheetsWrite()
{
    const auto roster = read("\xEF\xBB\xBFStation;Beginn;Anzahl\r\n"
                             "\"Ward 3; East\";2026-07-01T07:00;12\r\n");
    QVERIFY2(roster.has_value(), roster ? "" : roster.error().detail.c_str());
    QCOMPARE(roster->shifts.size(), std::size_t(1));
    QCOMPARE(roster->shifts.front().ward, std::string("Ward 3; East"));
    QVERIFY(roster->shifts.front().start == utc("2026-07-01", 5h)); // summer
}

void TstRoster::badLinesAreNamed_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("told");
    QTest::newRow("fields") << "Ward 3,2026-11-26 07:00"
                            << "it has 2 fields; ward, shift start and heads are expected";
    QTest::newRow("no ward") << ",2026-11-26 07:00,3"
                             << "the ward is missing";
    QTest::newRow("date")
        << "Ward 3,26.11.2026 07:00,3"
        << "the shift start is '26.11.2026 07:00'; a local time like 2026-11-26 07:00 is expected";
    QTest::newRow("hour") << "Ward 3,2026-11-26 25:00,3"
                          << "the shift start is '2026-11-26 25:00'";
    QTest::newRow("heads") << "Ward 3,2026-11-26 07:00,many"
                           << "heads is 'many'; a number from 0 to 5000 is expected";
    QTest::newRow("negative") << "Ward 3,2026-11-26 07:00,-1"
                              << "heads is '-1'";
    QTest::newRow("fraction") << "Ward 3,2026-11-26 07:00,1.5"
                              << "heads is '1.5'";
    QTest::newRow("twice") << "Ward 1,2026-11-26 07:00,3"
                           << "this ward and shift start are on line 2 already";
    QTest::newRow("never") << "Ward 3,2026-03-29 02:30,3"
                           << "this time never comes";
    QTest::newRow("long ward") << QString(65, QLatin1Char('W'))
            + QStringLiteral(",2026-11-26 07:00,3")
                               << "longer than 64 bytes";
    QTest::newRow("an army") << "Ward 3,2026-11-26 07:00,5001"
                             << "heads is '5001'";
    QTest::newRow("separator") << "Ward 3,2026-11-26_07:00,3"
                               << "the shift start is '2026-11-26_07:00'";
    QTest::newRow("month") << "Ward 3,2026-13-26 07:00,3"
                           << "the shift start is '2026-13-26 07:00'";
    QTest::newRow("past") << "Ward 3,2025-12-31 07:00,3"
                          << "too far away";
    QTest::newRow("far") << "Ward 3,2031-01-01 07:00,3"
                         << "too far away; a day from 2026-01-01 to 2028-01-01 is expected";
}

void TstRoster::badLinesAreNamed()
{
    QFETCH(QString, line);
    QFETCH(QString, told);
    const QString refusal = refusalOf(
        "ward,shift start,heads\nWard 1,2026-11-26 07:00,4\n" + line.toStdString() + "\n");
    QVERIFY2(refusal.startsWith(
                 QStringLiteral("nothing was imported: 1 of 3 lines are wrong.\nline 3: ")),
        qPrintable(refusal));
    QVERIFY2(refusal.contains(told), qPrintable(refusal));
    QVERIFY2(refusal.contains(QStringLiteral("expected")), qPrintable(refusal));
}

void TstRoster::allBadLinesAreToldAtOnce()
{
    const QString refusal = refusalOf("Ward 1,yesterday,4\nWard 1,2026-11-26 07:00,4\nWard 2\n");
    QVERIFY2(refusal.contains(QStringLiteral("2 of 3 lines")), qPrintable(refusal));
    QVERIFY(refusal.contains(QStringLiteral("\nline 1: ")));
    QVERIFY(refusal.contains(QStringLiteral("\nline 3: ")));
}

void TstRoster::manyBadLinesAreCutOff()
{
    std::string text;
    for (int i = 0; i < 25; ++i)
        text += "Ward,2026-11-26 07:00,x\n";
    const QString refusal = refusalOf(text);
    QVERIFY(refusal.contains(QStringLiteral("\nline 10: ")));
    QVERIFY(!refusal.contains(QStringLiteral("\nline 11: ")));
    QVERIFY(refusal.endsWith(QStringLiteral("and 15 more")));
}

void TstRoster::oneLineThatIsWrong()
{
    QVERIFY(refusalOf("Ward 1,2026-11-26T7,4\n").contains(QStringLiteral("1 of 1 line is wrong")));
}

void TstRoster::moreThanAnyHospitalHas()
{
    std::string text;
    for (int ward = 0; ward < 50002; ++ward)
        text += std::to_string(ward) + ",2026-11-26T07:00,1\n";
    const QString refusal = refusalOf(text); // told once, not for each line
    QVERIFY2(refusal.contains(
                 QStringLiteral("\nline 50001: a file of at most 50000 shifts is expected")),
        qPrintable(refusal));
    QVERIFY(!refusal.contains(QStringLiteral("line 50002")));
}

void TstRoster::nothingAtAll()
{
    QVERIFY(refusalOf("").contains(QStringLiteral("the file has no shifts")));
    QVERIFY(
        refusalOf("ward,shift start,heads\n").contains(QStringLiteral("the file has no shifts")));
}

QTEST_APPLESS_MAIN(TstRoster)
#include "tst_roster.moc"
