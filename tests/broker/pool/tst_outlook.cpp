// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/outlook.h"
#include "broker/service/zones.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;

namespace {

WallTime utc(const std::string& day, std::chrono::minutes time)
{
    return WallTime(readDay(day)->time_since_epoch() + time);
}

const WallTime night = utc("2026-11-26", 3h + 7min); // 04:07 in Berlin

PoolBasis basis()
{
    PoolBasis made;
    made.zone = zoneOffsets("Europe/Berlin", calendarSpan(night)).value();
    return made;
}

Pool ward()
{
    Pool pool;
    pool.name = "ward";
    pool.spare = 2;
    pool.max = 60;
    return pool;
}

std::vector<OutlookStep> from(const Pool& pool, const PoolBasis& known, std::int64_t inUse = 0)
{
    return outlookOf(pool, known, inUse, night);
}

const OutlookStep& stepAt(const std::vector<OutlookStep>& steps, WallTime time)
{
    return *std::find_if(steps.begin(), steps.end(), [time](const OutlookStep& step) {
        return step.from <= time && time < step.from + outlookStep;
    });
}

PoolBasis withShift(std::int64_t heads)
{
    PoolBasis known = basis();
    DemandFacts facts;
    facts.now = night;
    facts.since = night;
    facts.shifts = { { "Ward 3", utc("2026-11-26", 6h), heads } };
    known.demand = expectDemand(facts, known.zone);
    return known;
}

}

/// What a pool says that it will do.
class TstOutlook : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aPlainPoolDoesTheSameAllDay();
    void theCalendarIsNamed();
    void theRosterIsNamed();
    void pastWeeksAreNamed();
    void theMaximumIsNamed();
    void switchedOff();
    void theOutlookIsWhatIsDone();
};

void TstOutlook::aPlainPoolDoesTheSameAllDay()
{
    const auto steps = from(ward(), basis());
    QCOMPARE(steps.size(), std::size_t(96));
    QVERIFY(steps.front().from == utc("2026-11-26", 3h));
    for (const OutlookStep& step : steps) {
        QCOMPARE(step.spares, std::int64_t(2));
        QCOMPARE(step.why, std::string("spare 2"));
    }
}

void TstOutlook::theCalendarIsNamed()
{
    PoolBasis known = basis();
    CalendarWindow window;
    window.weekdays = 0x1F;
    window.from = 6h + 30min;
    window.to = 8h;
    window.sizes.spare = 20;
    known.calendar.windows = { window };
    const auto steps = from(ward(), known);
    QCOMPARE(stepAt(steps, utc("2026-11-26", 5h + 15min)).spares, std::int64_t(2));
    const OutlookStep& morning = stepAt(steps, utc("2026-11-26", 5h + 30min));
    QCOMPARE(morning.spares, std::int64_t(20));
    QCOMPARE(QString::fromStdString(morning.why),
        QStringLiteral("spare 20 (calendar: mon-fri 06:30-08:00: spare 20)"));
}

void TstOutlook::theRosterIsNamed()
{
    Pool pool = ward();
    pool.forecast = true;
    const auto steps = from(pool, withShift(80));
    const OutlookStep& rush = stepAt(steps, utc("2026-11-26", 5h + 35min));
    QVERIFY(rush.spares > 20);
    QVERIFY2(rush.why.find("roster: 80 begin") != std::string::npos, rush.why.c_str());
    QVERIFY2(rush.why.find("sign-ins expected until 0") != std::string::npos, rush.why.c_str());
    QCOMPARE(stepAt(steps, utc("2026-11-26", 10h)).spares, std::int64_t(2));
    pool.forecast = false;
    QCOMPARE(
        stepAt(from(pool, withShift(80)), utc("2026-11-26", 5h + 35min)).spares, std::int64_t(2));
}

void TstOutlook::pastWeeksAreNamed()
{
    Pool pool = ward();
    pool.forecast = true;
    PoolBasis known = basis();
    DemandFacts facts;
    facts.now = night;
    facts.since = night - std::chrono::days(60);
    for (int week = 1; week <= 8; ++week)
        facts.history.push_back({ utc("2026-11-26", 6h) - std::chrono::days(7 * week), 40 });
    known.demand = expectDemand(facts, known.zone);
    const WallTime morning = utc("2026-11-26", 5h + 50min);
    const OutlookStep rush = stepAt(from(pool, known), morning);
    QVERIFY(rush.spares > 10);
    QVERIFY2(rush.why.find(" sign-ins expected until 0") != std::string::npos, rush.why.c_str());
    QVERIFY2(rush.why.ends_with(", as in past weeks"), rush.why.c_str());
    // What the pool always has ready is not called a forecast.
    for (WallTime begin = morning; begin < morning + 2h; begin += outlookStep) {
        const WallTime first = stepAt(from(pool, known), begin).from;
        pool.spare = needAt(known.demand, first, known.pace).spares;
        const OutlookStep step = stepAt(from(pool, known), first);
        QVERIFY(step.wished > pool.spare || step.why == "spare " + std::to_string(pool.spare));
    }
}

void TstOutlook::theMaximumIsNamed()
{
    Pool pool = ward();
    pool.forecast = true;
    const auto steps = from(pool, withShift(400), 45);
    const OutlookStep& rush = stepAt(steps, utc("2026-11-26", 5h + 35min));
    QCOMPARE(rush.spares, std::int64_t(15));
    QVERIFY2(rush.why.find("max 60 allows only 15 of the ") == 0, rush.why.c_str());
}

void TstOutlook::switchedOff()
{
    Pool pool = ward();
    pool.enabled = false;
    const auto steps = from(pool, basis());
    QCOMPARE(steps[50].spares, std::int64_t(0));
    QCOMPARE(steps[50].why, std::string("switched off"));
}

void TstOutlook::theOutlookIsWhatIsDone()
{
    Pool pool = ward();
    pool.forecast = true;
    const PoolBasis known = withShift(40);
    for (const OutlookStep& step : from(pool, known)) {
        std::int64_t most = 0;
        for (auto time = std::max(step.from, night); time < step.from + outlookStep; time += 5min)
            most = std::max(most, wishedSpares(targetAt(pool, known, time), 0));
        QCOMPARE(step.wished, most);
    }
}

QTEST_APPLESS_MAIN(TstOutlook)
#include "tst_outlook.moc"
