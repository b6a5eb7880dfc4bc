// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/calendar.h"
#include "broker/service/zones.h"
#include "tests/broker/pool/berlin.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using test::berlin;
using test::utc;
using namespace std::chrono_literals;

namespace {

CalendarWindow window(
    const std::string& days, const std::string& from, const std::string& to, const PoolSizes& sizes)
{
    CalendarWindow made;
    if (!readDays(days, made))
        qFatal("bad days");
    made.from = readTimeOfDay("from", from, false).value();
    made.to = readTimeOfDay("to", to, true).value();
    made.sizes = sizes;
    return made;
}

PoolSizes spare(std::int64_t count)
{
    PoolSizes sizes;
    sizes.spare = count;
    return sizes;
}

std::int64_t spareAt(const PoolCalendar& calendar, WallTime now)
{
    return sizesAt(calendar, berlin(), now).sizes.spare.value_or(-1);
}

}

/// Weekly calendars and the clocks of a time zone.
class TstCalendar : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void momentsAreTheNextOnesThatCome()
    {
        const WallTime now = utc("2026-11-26", 10h); // 11:00 in Berlin
        const auto read
            = [&](const char* text) { return readMoment("until", text, berlin(), now); };
        QCOMPARE(momentText(read("14:00").value(), berlin(), now), std::string("14:00"));
        QCOMPARE(momentText(read("10:00").value(), berlin(), now), std::string("2026-11-27 10:00"));
        for (const char* good : { "2026-12-24 14:30", "2026-12-24T14:30" })
            QCOMPARE(read(good).value(), utc("2026-12-24", 13h + 30min));
        for (const char* bad : { "", "soon", "25:00", "2026-12-24", "2026-12-24_14:30",
                 "2026-13-24 14:30", "2026-11-26 10:59" })
            QVERIFY2(!read(bad), bad);
    }

    void noCalendarSetsNothing();
    void weekdaysAndTheirEdges();
    void acrossMidnightBelongsToTheDayItBegins();
    void holidaysReplaceWeekdays();
    void datesReplaceBoth();
    void theLastWindowWins();
    void clocksPutForward();
    void clocksPutBack();
    void aWindowOverTheNightOfTheChange();
    void everyLocalTimeIsOneMomentInOrder();
    void daysAreReadAndWrittenAlike_data();
    void daysAreReadAndWrittenAlike();
    void badDaysAreRefusedWithWhatIsExpected();
    void whatCannotBeIsRefused_data();
    void whatCannotBeIsRefused();
    void holidaysAreNamedOnceAndShortly();
    void unknownZonesAreRefused();
};

void TstCalendar::noCalendarSetsNothing()
{
    // Nor does a zone without clocks of its own move anything.
    QCOMPARE(dayText(dayOf(utc("2026-11-26", 23h), {})), std::string("2026-11-26"));
    QVERIFY(toWall(LocalTime(*readDay("2026-11-26") + 23h), {}) == utc("2026-11-26", 23h));
    const SizesInForce none = sizesAt({}, berlin(), utc("2026-11-26", 6h));
    QVERIFY(none.sizes == PoolSizes {});
    QVERIFY(none.why.empty());
}

void TstCalendar::weekdaysAndTheirEdges()
{
    const PoolCalendar calendar { { window("mon-fri", "06:30", "08:00", spare(20)) }, {} };
    // Thursday, winter: 06:30 in Berlin is 05:30 UTC.
    QCOMPARE(spareAt(calendar, utc("2026-11-26", 5h + 30min) - 1ms), std::int64_t(-1));
    QCOMPARE(spareAt(calendar, utc("2026-11-26", 5h + 30min)), std::int64_t(20));
    QCOMPARE(spareAt(calendar, utc("2026-11-26", 7h) - 1ms), std::int64_t(20));
    QCOMPARE(spareAt(calendar, utc("2026-11-26", 7h)), std::int64_t(-1));
    QCOMPARE(spareAt(calendar, utc("2026-11-28", 6h)), std::int64_t(-1)); // Saturday
    QCOMPARE(QString::fromStdString(sizesAt(calendar, berlin(), utc("2026-11-26", 6h)).why),
        QStringLiteral("mon-fri 06:30-08:00: spare 20"));
}

void TstCalendar::acrossMidnightBelongsToTheDayItBegins()
{
    const PoolCalendar calendar { { window("fri", "22:00", "06:00", spare(3)) }, {} };
    QCOMPARE(spareAt(calendar, utc("2026-11-27", 21h)), std::int64_t(3)); // Friday, 22:00
    QCOMPARE(spareAt(calendar, utc("2026-11-28", 4h + 59min)), std::int64_t(3)); // Saturday, 05:59
    QCOMPARE(spareAt(calendar, utc("2026-11-28", 5h)), std::int64_t(-1));
    QCOMPARE(spareAt(calendar, utc("2026-11-27", 4h)), std::int64_t(-1)); // Friday, 05:00
}

void TstCalendar::holidaysReplaceWeekdays()
{
    const PoolCalendar calendar { { window("daily", "00:00", "24:00", spare(20)),
                                      window("holidays", "06:00", "22:00", spare(4)) },
        { { *readDay("2026-12-25"), "Christmas" } } };
    QCOMPARE(spareAt(calendar, utc("2026-12-24", 12h)), std::int64_t(20));
    QCOMPARE(spareAt(calendar, utc("2026-12-25", 12h)), std::int64_t(4));
    QCOMPARE(spareAt(calendar, utc("2026-12-25", 22h)), std::int64_t(-1)); // nothing is set
    QCOMPARE(spareAt(calendar, utc("2026-12-26", 12h)), std::int64_t(20));
    QVERIFY(sizesAt(calendar, berlin(), utc("2026-12-25", 12h)).why.find("Christmas")
        != std::string::npos);
}

void TstCalendar::datesReplaceBoth()
{
    const PoolCalendar calendar { { window("daily", "00:00", "24:00", spare(20)),
                                      window("holidays", "00:00", "24:00", spare(4)),
                                      window(
                                          "2026-12-24..2026-12-26", "08:00", "12:00", spare(9)) },
        { { *readDay("2026-12-25"), "Christmas" } } };
    QCOMPARE(spareAt(calendar, utc("2026-12-25", 9h)), std::int64_t(9));
    QCOMPARE(spareAt(calendar, utc("2026-12-25", 15h)), std::int64_t(-1));
    QCOMPARE(spareAt(calendar, utc("2026-12-22", 9h)), std::int64_t(20));
    QCOMPARE(spareAt(calendar, utc("2026-12-27", 9h)), std::int64_t(20));
}

void TstCalendar::theLastWindowWins()
{
    PoolSizes both = spare(5);
    both.max = 50;
    const PoolCalendar calendar {
        { window("daily", "00:00", "24:00", both), window("mon", "07:00", "08:00", spare(30)) }, {}
    };
    const SizesInForce found = sizesAt(calendar, berlin(), utc("2026-11-23", 6h + 30min));
    QCOMPARE(found.sizes.spare, std::optional<std::int64_t>(30));
    QCOMPARE(found.sizes.max, std::optional<std::int64_t>(50)); // what it does not name stays
}

void TstCalendar::clocksPutForward()
{
    // 2026-03-29: at 01:00 UTC the clocks go from 02:00 to 03:00.
    const PoolCalendar calendar {
        { window("sun", "01:30", "03:30", spare(2)), window("sun", "02:15", "02:45", spare(7)) }, {}
    };
    QCOMPARE(spareAt(calendar, utc("2026-03-29", 30min)), std::int64_t(2)); // 01:30
    QCOMPARE(spareAt(calendar, utc("2026-03-29", 59min)), std::int64_t(2));
    QCOMPARE(
        spareAt(calendar, utc("2026-03-29", 60min)), std::int64_t(2)); // 03:00; 02:15 never came
    QCOMPARE(spareAt(calendar, utc("2026-03-29", 89min)), std::int64_t(2));
    QCOMPARE(spareAt(calendar, utc("2026-03-29", 90min)), std::int64_t(-1)); // 03:30
    // The morning is an hour earlier in UTC from then on.
    const PoolCalendar morning { { window("daily", "07:00", "08:00", spare(9)) }, {} };
    QCOMPARE(spareAt(morning, utc("2026-03-28", 6h)), std::int64_t(9));
    QCOMPARE(spareAt(morning, utc("2026-03-29", 5h)), std::int64_t(9));
    QCOMPARE(spareAt(morning, utc("2026-03-29", 6h)), std::int64_t(-1));
}

void TstCalendar::clocksPutBack()
{
    // 2026-10-25: at 01:00 UTC the clocks go from 03:00 back to 02:00.
    const PoolCalendar calendar {
        { window("sun", "01:00", "02:30", spare(2)), window("sun", "02:30", "04:00", spare(7)) }, {}
    };
    QCOMPARE(spareAt(calendar, utc("2026-10-25", 29min)), std::int64_t(2)); // the first 02:29
    QCOMPARE(spareAt(calendar, utc("2026-10-25", 30min)), std::int64_t(7)); // the first 02:30
    // The hour that comes again does not switch back: no flapping.
    QCOMPARE(spareAt(calendar, utc("2026-10-25", 75min)), std::int64_t(7)); // the second 02:15
    QCOMPARE(spareAt(calendar, utc("2026-10-25", 179min)), std::int64_t(7)); // 03:59
    QCOMPARE(spareAt(calendar, utc("2026-10-25", 180min)), std::int64_t(-1));
}

void TstCalendar::aWindowOverTheNightOfTheChange()
{
    const PoolCalendar calendar { { window("sat", "22:00", "06:00", spare(3)) }, {} };
    const auto minutesInForce = [&calendar](WallTime from) {
        int minutes = 0;
        for (WallTime now = from; now < from + 24h; now += 1min)
            minutes += spareAt(calendar, now) == 3 ? 1 : 0;
        return minutes;
    };
    QCOMPARE(minutesInForce(utc("2026-11-28", 12h)), 8 * 60);
    QCOMPARE(minutesInForce(utc("2026-03-28", 12h)), 7 * 60); // an hour less
    QCOMPARE(minutesInForce(utc("2026-10-24", 12h)), 9 * 60); // an hour more
}

void TstCalendar::everyLocalTimeIsOneMomentInOrder()
{
    for (const char* day : { "2026-03-29", "2026-10-25", "2026-07-01" }) {
        WallTime last {};
        for (LocalTime local(*readDay(day)); local < LocalTime(*readDay(day)) + 24h;
             local += 5min) {
            const WallTime moment = toWall(local, berlin());
            QVERIFY(moment >= last);
            last = moment;
            const bool never = std::string(day) == "2026-03-29"
                && local - LocalTime(*readDay(day)) >= 2h && local - LocalTime(*readDay(day)) < 3h;
            QCOMPARE(toLocal(moment, berlin()) == local, !never);
        }
    }
}

void TstCalendar::daysAreReadAndWrittenAlike_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("written");
    QTest::newRow("range") << "mon-fri"
                           << "mon-fri";
    QTest::newRow("list") << "sat,sun"
                          << "sat,sun";
    QTest::newRow("over the weekend") << "fri-mon"
                                      << "mon,fri-sun";
    QTest::newRow("all") << "mon-sun"
                         << "daily";
    QTest::newRow("holidays") << "holidays"
                              << "holidays";
    QTest::newRow("date") << "2026-12-24"
                          << "2026-12-24";
    QTest::newRow("dates") << "2026-12-24..2027-01-02"
                           << "2026-12-24..2027-01-02";
    QTest::newRow("leap day") << "2028-02-29"
                              << "2028-02-29";
}

void TstCalendar::daysAreReadAndWrittenAlike()
{
    QFETCH(QString, text);
    QFETCH(QString, written);
    CalendarWindow read;
    QVERIFY(readDays(text.toStdString(), read).has_value());
    QCOMPARE(QString::fromStdString(daysText(read)), written);
}

void TstCalendar::badDaysAreRefusedWithWhatIsExpected()
{
    for (const char* text : { "", "monday", "mon-", "mon,,tue", "2026-02-30",
             "2027-01-02..2026-12-24", "26-12-24", "2026-12-24..", "20x6-12-24", "2026/12-24",
             "2026-12/24", "1969-12-24", "2026-1x-24", "2026-12-2x", "feast", "holidays,mon" }) {
        CalendarWindow read;
        const auto refused = readDays(text, read);
        QVERIFY2(!refused, text);
        QVERIFY(refused.error().detail.find("is expected") != std::string::npos);
    }
    for (const char* text :
        { "6:30", "24:00", "12:60", "12.30", "-1:00", "1x:30", "12:3x", "25:00", "" })
        QVERIFY2(!readTimeOfDay("from", text, false), text);
    QVERIFY(readTimeOfDay("to", "24:00", true).has_value());
    QVERIFY(!readTimeOfDay("to", "24:01", true));
    QVERIFY(!readTimeOfDay("to", "25:00", true));
}

void TstCalendar::whatCannotBeIsRefused_data()
{
    QTest::addColumn<PoolSizes>("sizes");
    QTest::addColumn<QString>("refusal");
    const auto add = [](const char* name, const PoolSizes& sizes, const char* refusal) {
        QTest::newRow(name) << sizes << QString::fromUtf8(refusal);
    };
    using Count = std::optional<std::int64_t>;
    const auto sizes = [](Count spare, Count percent, Count min, Count max) {
        return PoolSizes { spare, percent, min, max };
    };
    const char* const range = "numbers from 0 to 10000";
    add("nothing", {}, "it sets nothing");
    add("less than none", sizes(-1, {}, {}, {}), range);
    add("less than none at least", sizes({}, {}, -1, {}), range);
    add("more than any site has", sizes({}, {}, {}, 10001), range);
    add("a negative share", sizes({}, -1, {}, {}), "from 0 to 1000");
    add("eleven for each", sizes({}, 1001, {}, {}), "from 0 to 1000");
    add("max above the pool's", sizes({}, {}, {}, 61), "above the pool's own, 60");
    add("spare above its max", sizes(11, {}, {}, 10),
        "spare cannot be above max, which is 10 then");
    add("spare above the pool's", sizes(61, {}, {}, {}),
        "spare cannot be above max, which is 60 then");
    add("min above its max", sizes({}, {}, 11, 10), "min cannot be above max, which is 10 then");
    add("min above the pool's", sizes({}, {}, 61, {}), "min cannot be above max, which is 60 then");
    add("all at their most", sizes(10, 1000, 10, 10), "");
    add("the pool's own", sizes(60, 0, 60, 60), "");
    add("none at all", sizes(0, 0, 0, 0), "");
    add("a share only", sizes({}, 50, {}, {}), "");
}

void TstCalendar::whatCannotBeIsRefused()
{
    QFETCH(const PoolSizes, sizes);
    QFETCH(const QString, refusal);
    const auto checked = checkCalendar({ { window("mon", "06:00", "07:00", sizes) }, {} }, 60);
    QCOMPARE(checked.has_value(), refusal.isEmpty());
    if (checked)
        return;
    const QString told = QString::fromStdString(checked.error().detail);
    QVERIFY2(told.contains(refusal), qPrintable(told));
    QVERIFY2(told.contains(QStringLiteral("mon")), qPrintable(told)); // which window
}

void TstCalendar::holidaysAreNamedOnceAndShortly()
{
    const Day day = *readDay("2026-12-25");
    const auto refusal = [](const std::vector<Holiday>& holidays) {
        const auto checked = checkCalendar({ {}, holidays }, 60);
        return checked ? std::string() : checked.error().detail;
    };
    QVERIFY(refusal({ { day, "a" }, { day, "b" } }).find("2026-12-25 is named twice")
        != std::string::npos);
    QVERIFY(refusal({ { day, std::string(101, 'a') } }).find("2026-12-25 is longer than 100")
        != std::string::npos);
    QCOMPARE(refusal({ { day, std::string(100, 'a') }, { day + std::chrono::days(1), "b" } }),
        std::string());
}

void TstCalendar::unknownZonesAreRefused()
{
    const TimeSpan span { utc("2026-01-01", 0min), utc("2026-02-01", 0min) };
    const auto refused = zoneOffsets("Europe/Berlinn", span);
    QVERIFY(!refused);
    QVERIFY(refused.error().detail.find("Europe/Berlin is expected") != std::string::npos);
    QVERIFY(zoneOffsets("", span).has_value());
}

QTEST_APPLESS_MAIN(TstCalendar)
#include "tst_calendar.moc"
