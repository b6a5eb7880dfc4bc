// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/sizing.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;

namespace {

WallTime at(std::chrono::milliseconds time)
{
    return WallTime(std::chrono::milliseconds(1'700'000'000'000) + time);
}

Pool pool()
{
    Pool made;
    made.spare = 2;
    made.max = 50;
    return made;
}

}

/// How many spares a pool wishes, and when fewer are believed.
class TstSizing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plainSettings();
    void theCalendarReplacesWhatItNames();
    void theCalendarCannotRaiseTheMaximum();
    void theForecastMustBeTurnedOn();
    void theLargestWishCountsAndIsNamed();
    void moreIsFollowedAtOnce();
    void lessIsFollowedAfterAWhile();
    void aWishThatSwingsDoesNotFlap();
    void clocksThatGoBack_R10();
};

void TstSizing::plainSettings()
{
    const PoolTarget target = targetOf(pool(), {}, 0);
    QCOMPARE(wishedSpares(target, 0), std::int64_t(2));
    QCOMPARE(wishedSpares(target, 1000), std::int64_t(2));
}

void TstSizing::theCalendarReplacesWhatItNames()
{
    PoolSizes sizes;
    sizes.spare = 0;
    sizes.min = 7;
    const PoolTarget target = targetOf(pool(), sizes, 0);
    QCOMPARE(target.spare, std::int64_t(0));
    QCOMPARE(target.min, std::int64_t(7));
    QCOMPARE(target.max, std::int64_t(50));
}

void TstSizing::theCalendarCannotRaiseTheMaximum()
{
    PoolSizes sizes;
    sizes.max = 80;
    QCOMPARE(targetOf(pool(), sizes, 0).max, std::int64_t(50));
    sizes.max = 8;
    QCOMPARE(targetOf(pool(), sizes, 0).max, std::int64_t(8));
}

void TstSizing::theForecastMustBeTurnedOn()
{
    Pool known = pool();
    QCOMPARE(targetOf(known, {}, 30).forecast, std::int64_t(0));
    known.forecast = true;
    QCOMPARE(targetOf(known, {}, 30).forecast, std::int64_t(30));
}

void TstSizing::theLargestWishCountsAndIsNamed()
{
    PoolTarget target = targetOf(pool(), {}, 0);
    QCOMPARE(QString::fromStdString(reasonOf(target, 5)), QStringLiteral("spare 2"));
    target.sparePercent = 30;
    QCOMPARE(wishedSpares(target, 11), std::int64_t(4)); // rounded up
    QCOMPARE(QString::fromStdString(reasonOf(target, 11)), QStringLiteral("30 % of 11 in use"));
    target.min = 20;
    QCOMPARE(wishedSpares(target, 11), std::int64_t(9));
    QCOMPARE(QString::fromStdString(reasonOf(target, 11)), QStringLiteral("min 20 less 11 in use"));
    target.forecast = 12;
    QCOMPARE(wishedSpares(target, 11), std::int64_t(12));
    QCOMPARE(QString::fromStdString(reasonOf(target, 11)), QStringLiteral("forecast"));
}

void TstSizing::moreIsFollowedAtOnce()
{
    SpareMemory memory;
    QCOMPARE(memory.note(2, at(0s), 10min), std::int64_t(2));
    QCOMPARE(memory.note(9, at(1s), 10min), std::int64_t(9));
}

void TstSizing::lessIsFollowedAfterAWhile()
{
    SpareMemory memory;
    std::ignore = memory.note(9, at(0s), 10min);
    QCOMPARE(memory.note(3, at(1s), 10min), std::int64_t(9));
    QCOMPARE(memory.note(4, at(5min), 10min), std::int64_t(9));
    QCOMPARE(memory.note(3, at(10min - 1s), 10min), std::int64_t(9));
    QCOMPARE(memory.note(3, at(10min), 10min), std::int64_t(4)); // the most of that while
    QCOMPARE(memory.note(3, at(15min - 1s), 10min), std::int64_t(4));
    QCOMPARE(memory.note(3, at(15min), 10min), std::int64_t(3)); // not a while later than that
    QCOMPARE(memory.note(0, at(21min), 0min), std::int64_t(0)); // no calm wanted
}

void TstSizing::aWishThatSwingsDoesNotFlap()
{
    SpareMemory memory;
    std::ignore = memory.note(9, at(0s), 10min);
    for (std::chrono::minutes time = 1min; time < 120min; time += 1min)
        QCOMPARE(memory.note(time.count() % 2 == 0 ? 9 : 1, at(time), 10min), std::int64_t(9));
}

void TstSizing::clocksThatGoBack_R10()
{
    SpareMemory memory;
    std::ignore = memory.note(9, at(60min), 10min);
    QCOMPARE(memory.note(3, at(0min), 10min), std::int64_t(9));
    QCOMPARE(memory.note(3, at(5min), 10min), std::int64_t(9));
    QCOMPARE(memory.note(3, at(10min), 10min), std::int64_t(3));
}

QTEST_APPLESS_MAIN(TstSizing)
#include "tst_sizing.moc"
