// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

/// This process has seen more epochs than the database has given, and the next one was refused.
void refuseAnEpoch(World& world)
{
    world.store.expectEpoch(Epoch(100));
    std::ignore = world.store.nextEpoch();
}

}

/// R11: by what it is noticed that the database has gone back, when its epoch alone does not tell.
class tst_GoneBack : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theRoundOfAPoolNotices();
    void theWatchNotices();
    void theFirstLookNotices();
    void aDatabaseWithoutDesktopsIsNotNewWhereSomethingRuns();
    void aDatabaseWithoutDesktopsIsNewWhereNothingRuns();
};

void tst_GoneBack::theRoundOfAPoolNotices()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    refuseAnEpoch(world);
    QVERIFY(world.store.hasGoneBack());
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
}

void tst_GoneBack::theWatchNotices()
{
    World world;
    refuseAnEpoch(world);
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(0));
    world.advance(60s);
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
}

void tst_GoneBack::theFirstLookNotices()
{
    World world;
    refuseAnEpoch(world);
    world.adoption.start();
    world.settle();
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
}

void tst_GoneBack::aDatabaseWithoutDesktopsIsNotNewWhereSomethingRuns()
{
    World before;
    before.addPool("Ward", 1, 1);
    before.bootDesktops();
    World after;
    std::ignore = after.store.nextEpoch();
    after.restore(before, after.store.backup(), std::nullopt);
    QVERIFY(after.countAudit("system.adopting") == 1 || after.adoption.status());
}

void tst_GoneBack::aDatabaseWithoutDesktopsIsNewWhereNothingRuns()
{
    World before;
    World after;
    std::ignore = after.store.nextEpoch();
    after.restore(before, after.store.backup(), std::nullopt);
    QCOMPARE(after.countAudit("system.adopting"), std::size_t(0));
    QVERIFY(!after.adoption.status());
}

QTEST_GUILESS_MAIN(tst_GoneBack)
#include "tst_goneback.moc"
