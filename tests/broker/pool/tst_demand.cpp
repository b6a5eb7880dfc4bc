// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/calendar.h"
#include "broker/pool/need.h"
#include "broker/service/zones.h"
#include "tests/broker/pool/berlin.h"

#include <QTest>
#include <cmath>

using namespace wardesk;
using namespace wardesk::broker;
using test::berlin;
using test::utc;
using namespace std::chrono_literals;
using std::chrono::days;

namespace {

/// `count` sign-ins at this local time of each day of the weeks before `today`.
void meter(DemandFacts& facts, const std::string& today, std::chrono::minutes local,
    std::int64_t count, int weeks = 8)
{
    for (int day = 1; day <= 7 * weeks; ++day)
        facts.history.push_back(
            { toWall(LocalTime(*readDay(today) - days(day) + local), berlin()), count });
}

/// 07:00 in Berlin so many weeks before this day.
WallTime weeksBefore(const std::string& day, int weeks)
{
    return toWall(LocalTime(*readDay(day) - days(7 * weeks) + 7h), berlin());
}

DemandFacts factsAt(WallTime now)
{
    DemandFacts facts;
    facts.now = now;
    facts.since = now - days(365);
    return facts;
}

double around(const Demand& demand, WallTime time)
{
    return demand.between(time - 20min, time + 20min);
}

Demand evenly(double perSlot, WallTime start)
{
    Demand demand;
    demand.start = start;
    demand.slots.assign(200, { perSlot, DemandSource::history, 0 });
    return demand;
}

}

/// Who is expected to sign in, and what must be ready for that.
class TstDemand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingKnownNobodyExpected();
    void theSameWeekdayAndHour();
    void recentWeeksCountMore();
    void aYoungPoolIsNotAveragedWithNothing();
    void theHourMovesWithTheClocks();
    void holidaysAreNoOrdinaryDays();
    void aHolidayIsLikeHolidaysOrSundays();
    void theRosterIsAssumedAtFirst();
    void theRosterIsLearnedFrom();
    void theNightShiftIsLearnedApart();
    void ofTwoHolidaysOnlyWhatIsOverCounts();
    void aYoungPoolKnowsNoSundays();
    void aHolidayOnASunday();
    void theNearestShiftExplains();
    void whoComesToTheNextShiftIsNotCountedTwice();
    void shiftsThatTeachNothing();
    void aNewShiftIsLikeTheOthers();
    void anAssumptionDoesNotOutweighWhatWasSeen();
    void nobodyNeedsNothing();
    void whatBootsInTimeNeedNotBeReady();
    void aRushBeginsEarlyWhenBootsAreSlow();
    void moreBootsAtOnceNeedFewerSpares();
    void measuredBootTimes();
};

void TstDemand::nothingKnownNobodyExpected()
{
    DemandFacts facts = factsAt(utc("2026-11-26", 5h));
    facts.since = facts.now; // a new pool
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(demand.slots.size(), std::size_t(27 * 12));
    QCOMPARE(demand.between(demand.start, demand.start + 27h), 0.0);
    QCOMPARE(needAt(demand, utc("2026-11-26", 5h), {}).spares, std::int64_t(0));
    QCOMPARE(demand.weeks, 0);
}

void TstDemand::theSameWeekdayAndHour()
{
    const WallTime now = utc("2026-11-26", 4h); // Thursday
    DemandFacts facts = factsAt(now);
    for (int week = 1; week <= 8; ++week) {
        facts.history.push_back({ weeksBefore("2026-11-26", week), 40 });
        facts.history.push_back({ weeksBefore("2026-11-25", week), 99 }); // Wednesdays
    }
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(around(demand, utc("2026-11-26", 6h))), 40.0);
    QCOMPARE(around(demand, utc("2026-11-26", 9h)), 0.0);
    QCOMPARE(demand.weeks, 8);
}

void TstDemand::recentWeeksCountMore()
{
    DemandFacts facts = factsAt(utc("2026-11-26", 4h));
    for (int week = 1; week <= 8; ++week)
        facts.history.push_back({ weeksBefore("2026-11-26", week), week <= 4 ? 40 : 0 });
    const double expected = around(expectDemand(facts, berlin()), utc("2026-11-26", 6h));
    QVERIFY(expected > 21 && expected < 40);
}

void TstDemand::aYoungPoolIsNotAveragedWithNothing()
{
    DemandFacts facts = factsAt(utc("2026-11-26", 4h));
    facts.since = facts.now - days(8);
    facts.history.push_back({ utc("2026-11-19", 6h), 40 });
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(around(demand, utc("2026-11-26", 6h))), 40.0);
    QCOMPARE(demand.weeks, 1);
}

void TstDemand::theHourMovesWithTheClocks()
{
    // The weeks before were summer: 07:00 in Berlin was 05:00 UTC and is 06:00 UTC now.
    DemandFacts facts = factsAt(utc("2026-10-26", 3h));
    meter(facts, "2026-10-26", 7h, 40);
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(around(demand, utc("2026-10-26", 6h))), 40.0);
    QCOMPARE(around(demand, utc("2026-10-26", 5h)), 0.0);
    // And the other way in spring.
    DemandFacts spring = factsAt(utc("2026-03-30", 3h));
    meter(spring, "2026-03-30", 7h, 40);
    QCOMPARE(std::round(around(expectDemand(spring, berlin()), utc("2026-03-30", 5h))), 40.0);
}

void TstDemand::holidaysAreNoOrdinaryDays()
{
    DemandFacts facts = factsAt(utc("2026-11-26", 4h));
    for (int week = 1; week <= 8; ++week)
        facts.history.push_back({ weeksBefore("2026-11-26", week), week == 1 ? 2 : 40 });
    facts.holidays = { { *readDay("2026-11-19"), "a feast" } };
    QCOMPARE(std::round(around(expectDemand(facts, berlin()), utc("2026-11-26", 6h))), 40.0);
}

void TstDemand::aHolidayIsLikeHolidaysOrSundays()
{
    DemandFacts facts = factsAt(utc("2026-11-26", 4h));
    meter(facts, "2026-11-26", 7h, 40);
    for (SignInCount& count : facts.history) {
        if (std::chrono::weekday(dayOf(count.slot, berlin())) == std::chrono::Sunday)
            count.count = 7;
    }
    facts.holidays = { { *readDay("2026-11-26"), "today" } };
    QCOMPARE(std::round(around(expectDemand(facts, berlin()), utc("2026-11-26", 6h))), 7.0);
    facts.holidays.push_back({ *readDay("2026-11-03"), "another" });
    for (SignInCount& count : facts.history) {
        if (dayOf(count.slot, berlin()) == *readDay("2026-11-03"))
            count.count = 3;
    }
    QCOMPARE(std::round(around(expectDemand(facts, berlin()), utc("2026-11-26", 6h))), 3.0);
}

void TstDemand::theRosterIsAssumedAtFirst()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    facts.shifts = { { "Ward 1", shift, 60 }, { "Ward 2", shift, 40 } };
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(demand.between(shift - 45min, shift + 45min)), 100.0);
    QVERIFY(demand.between(shift - 20min, shift) > 60);
    QCOMPARE(demand.learnedFrom, 0);
    QVERIFY(demand.slots[24].source == DemandSource::roster);
    QCOMPARE(demand.slots[24].heads, std::int64_t(100));
}

void TstDemand::theRosterIsLearnedFrom()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    // Of 20 heads 15 came, all of them ten minutes late.
    for (int day = 1; day <= 5; ++day) {
        facts.shifts.push_back({ "Ward 1", shift - days(day), 20 });
        facts.history.push_back({ shift - days(day) + 10min, 15 });
    }
    facts.shifts.push_back({ "Ward 1", shift, 100 });
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(demand.learnedFrom, 5);
    QCOMPARE(std::round(demand.showUp * 100), 75.0);
    QCOMPARE(std::round(demand.between(shift + 10min, shift + 15min)), 75.0);
    QCOMPARE(demand.between(shift - 45min, shift + 10min), 0.0);
}

void TstDemand::theNightShiftIsLearnedApart()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    for (int day = 1; day <= 5; ++day) {
        facts.shifts.push_back({ "Ward 1", shift - days(day), 20 });
        facts.history.push_back({ shift - days(day), 20 });
        facts.shifts.push_back({ "Ward 1", shift - days(day) - 9h, 20 });
        facts.history.push_back({ shift - days(day) - 9h, 5 });
    }
    facts.shifts.push_back({ "Ward 1", shift, 40 });
    facts.shifts.push_back({ "Ward 1", shift + 15h, 40 });
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(demand.between(shift - 45min, shift + 45min)), 40.0);
    QCOMPARE(std::round(demand.between(shift + 14h, shift + 16h)), 10.0);
}

void TstDemand::ofTwoHolidaysOnlyWhatIsOverCounts()
{
    DemandFacts facts = factsAt(utc("2026-12-25", 9h)); // 10:00 in Berlin
    meter(facts, "2026-12-25", 11h, 40);
    for (SignInCount& count : facts.history) {
        if (std::chrono::weekday(dayOf(count.slot, berlin())) == std::chrono::Sunday)
            count.count = 7;
    }
    facts.history.push_back({ utc("2026-12-25", 6h), 9 });
    facts.holidays = { { *readDay("2026-12-25"), "one" }, { *readDay("2026-12-26"), "two" } };
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(around(demand, utc("2026-12-26", 6h))), 9.0); // like this morning
    QCOMPARE(std::round(around(demand, utc("2026-12-26", 10h))), 7.0); // like Sundays
}

void TstDemand::aYoungPoolKnowsNoSundays()
{
    DemandFacts facts = factsAt(utc("2026-11-26", 4h)); // Thursday
    facts.since = facts.now - days(3);
    meter(facts, "2026-11-26", 7h, 40);
    facts.holidays = { { *readDay("2026-11-26"), "today" } };
    QCOMPARE(around(expectDemand(facts, berlin()), utc("2026-11-26", 6h)), 0.0);
}

void TstDemand::aHolidayOnASunday()
{
    DemandFacts facts = factsAt(utc("2026-11-29", 4h));
    meter(facts, "2026-11-29", 7h, 40);
    for (SignInCount& count : facts.history) {
        if (dayOf(count.slot, berlin()) == *readDay("2026-11-22"))
            count.count = 5;
    }
    facts.holidays = { { *readDay("2026-11-29"), "today" } };
    QCOMPARE(std::round(around(expectDemand(facts, berlin()), utc("2026-11-29", 6h))), 5.0);
}

void TstDemand::theNearestShiftExplains()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    facts.shifts = { { "Ward 1", shift, 60 }, { "Ward 2", shift + 30min, 20 } };
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(demand.slots[24].heads, std::int64_t(60)); // 06:00
    QCOMPARE(demand.slots[25].heads, std::int64_t(60));
    QCOMPARE(demand.slots[28].heads, std::int64_t(20)); // 06:20
    QCOMPARE(demand.slots[30].heads, std::int64_t(20));
}

void TstDemand::whoComesToTheNextShiftIsNotCountedTwice()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    for (int day = 1; day <= 5; ++day) {
        facts.shifts.push_back({ "Ward 1", shift - days(day), 20 });
        facts.history.push_back({ shift - days(day) - 5min, 20 });
        facts.shifts.push_back({ "Ward 2", shift - days(day) + 30min, 20 });
        facts.history.push_back({ shift - days(day) + 25min, 20 });
    }
    facts.shifts.push_back({ "Ward 1", shift, 40 });
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(demand.between(shift - 5min, shift)), 40.0);
    QCOMPARE(demand.between(shift, shift + 45min), 0.0);
}

void TstDemand::shiftsThatTeachNothing()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts nobody = factsAt(shift - 2h);
    DemandFacts early = factsAt(shift - 2h);
    early.since = early.now - days(4); // no pool before that
    for (int day = 1; day <= 5; ++day) {
        nobody.shifts.push_back({ "Ward 1", shift - days(day), 0 });
        nobody.history.push_back({ shift - days(day), 5 });
        early.shifts.push_back({ "Ward 1", shift - days(day), 20 });
    }
    nobody.shifts.push_back({ "Ward 1", shift, 40 });
    const Demand demand = expectDemand(nobody, berlin());
    QCOMPARE(demand.learnedFrom, 0);
    QCOMPARE(std::round(demand.between(shift - 45min, shift + 45min)), 40.0);
    QCOMPARE(expectDemand(early, berlin()).learnedFrom, 4);
}

void TstDemand::aNewShiftIsLikeTheOthers()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    for (int day = 1; day <= 5; ++day) {
        facts.shifts.push_back({ "Ward 1", shift - days(day), 20 });
        facts.history.push_back({ shift - days(day), 10 });
    }
    // Once is too little to tell the late shift from the others.
    facts.shifts.push_back({ "Ward 1", shift - 9h, 20 });
    facts.history.push_back({ shift - 9h, 20 });
    facts.shifts.push_back({ "Ward 1", shift + 15h, 120 });
    const Demand demand = expectDemand(facts, berlin());
    QCOMPARE(std::round(demand.between(shift + 14h, shift + 16h)), 70.0); // 70 of 120 heads came
}

void TstDemand::anAssumptionDoesNotOutweighWhatWasSeen()
{
    const WallTime shift = utc("2026-11-26", 6h);
    DemandFacts facts = factsAt(shift - 2h);
    meter(facts, "2026-11-26", 7h, 40);
    facts.shifts = { { "Ward 1", shift, 10 } };
    const Demand demand = expectDemand(facts, berlin());
    QVERIFY(demand.slots[24].source == DemandSource::history);
    QVERIFY(demand.between(shift - 10min, shift + 10min) >= 40);
}

void TstDemand::nobodyNeedsNothing()
{
    const WallTime now = utc("2026-11-26", 4h);
    QCOMPARE(needAt(evenly(0.001, now), now, {}).spares, std::int64_t(0));
}

void TstDemand::whatBootsInTimeNeedNotBeReady()
{
    const WallTime now = utc("2026-11-26", 4h);
    BootPace pace;
    pace.bootTime = 60s;
    pace.atOnce = 20;
    // One every minute, two minutes ahead: two and what chance adds.
    const SpareNeed need = needAt(evenly(5, now), now, pace);
    QCOMPARE(need.spares, std::int64_t(std::ceil(2 + 1.65 * std::sqrt(2.0))));
    QVERIFY(need.until == now + 2min);
}

void TstDemand::aRushBeginsEarlyWhenBootsAreSlow()
{
    const WallTime now = utc("2026-11-26", 4h);
    Demand demand = evenly(0, now);
    demand.slots[24].expected = 100; // from 06:00 to 06:05
    BootPace pace;
    pace.bootTime = 60s;
    pace.atOnce = 2;
    // All of them must be there when it begins, and half an hour before some are begun already.
    const auto at
        = [&](std::chrono::minutes time) { return needAt(demand, now + time, pace).spares; };
    QVERIFY(at(118min) >= 100);
    QVERIFY(at(90min) > 40);
    QCOMPARE(at(0min), std::int64_t(0));
    // From one minute to the next no more are wished than can boot.
    for (std::chrono::minutes time = 0min; time < 118min; time += 1min)
        QVERIFY(at(time + 1min) - at(time) <= 2);
    QCOMPARE(at(125min), std::int64_t(0)); // and when it is over nobody is
}

void TstDemand::moreBootsAtOnceNeedFewerSpares()
{
    const WallTime now = utc("2026-11-26", 4h);
    Demand demand = evenly(0, now);
    for (std::size_t i = 2; i < 10; ++i)
        demand.slots[i].expected = 10;
    BootPace slow;
    BootPace quick;
    quick.atOnce = 8;
    QVERIFY(needAt(demand, now, slow).spares > needAt(demand, now, quick).spares);
}

void TstDemand::measuredBootTimes()
{
    QVERIFY(!paceOf({}, 2).isMeasured);
    QVERIFY(paceOf({}, 2).bootTime == 60s);
    QVERIFY(paceOf({ 2s, 2s }, 2).bootTime == 60s); // too few to be believed
    QVERIFY(paceOf({ 90s }, 2).bootTime == 90s); // but slower ones are
    const BootPace pace = paceOf({ 3s, 2s, 2s, 9s, 2s, 2s, 2s, 2s, 2s, 2s, 2s }, 2);
    QVERIFY(pace.isMeasured);
    QVERIFY(pace.bootTime == 3s); // one that was slow is not the rule
    QCOMPARE(paceOf({}, 0).atOnce, std::int64_t(1));
}

QTEST_APPLESS_MAIN(TstDemand)
#include "tst_demand.moc"
