// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

class tst_PoolKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sparesAreKeptReady();
    void R4_theIntentIsCommittedBeforeTheHostIsCalled();
    void R4_aStartThatFailedIsTriedAgain();
    void R4_aStartWhoseAnswerWasLostIsAdopted();
    void R4_aSecretThatDiedWithTheProcessMeansANewIncarnation();
    void theBootstrapSecretIsNotStored();
    void nothingLoopsWhileTheDiskIsFull();
    void R12_brokeringWorksWithinTenSecondsOfTheHostsReturn();
    void aPoolIsDeletedWithItsDesktops();
    void aPoolInUseIsNotDeleted();
    void badPoolsAreRefusedInWords();
};

void tst_PoolKeeper::sparesAreKeptReady()
{
    World world;
    const Pool pool = world.addPool("Ward 3", 2, 4);
    world.bootDesktops();
    QCOMPARE(world.rows().size(), std::size_t(2));
    QCOMPARE(
        QString::fromStdString(world.rows().front().desktop.name), QStringLiteral("ward-3-01"));
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    world.bootDesktops();
    QCOMPARE(world.rows().size(), std::size_t(3)); // the next spare at once
}

void tst_PoolKeeper::R4_theIntentIsCommittedBeforeTheHostIsCalled()
{
    World world;
    world.host.failNextStarts(1000, Error { Errc::unavailable, "no room" });
    world.addPool("Ward", 1, 1);
    QCOMPARE(world.rows().size(), std::size_t(1));
    QVERIFY(!world.rows().front().desktop.incarnation.startedAt);
    QVERIFY(world.host.startCalls() > 0);
}

void tst_PoolKeeper::R4_aStartThatFailedIsTriedAgain()
{
    World world;
    world.host.failNextStarts(1, Error { Errc::unavailable, "no room" });
    world.addPool("Ward", 1, 1);
    QCOMPARE(QString::fromStdString(world.rows().front().desktop.incarnation.lastError),
        QStringLiteral("no room"));
    world.advance(std::chrono::seconds(10));
    world.bootDesktops();
    QVERIFY(world.rows().front().desktop.incarnation.readyAt);
}

void tst_PoolKeeper::R4_aStartWhoseAnswerWasLostIsAdopted()
{
    World world;
    world.host.startButFailNext(1, Error { Errc::timeout, "no answer" });
    world.addPool("Ward", 1, 1);
    world.advance(std::chrono::seconds(10));
    world.bootDesktops();
    const auto rows = world.rows();
    QCOMPARE(rows.size(), std::size_t(1));
    QCOMPARE(rows.front().desktop.incarnation.number.value(), 1LL);
    QVERIFY(rows.front().desktop.incarnation.readyAt);
    QCOMPARE(world.host.list()->size(), std::size_t(1));
}

void tst_PoolKeeper::R4_aSecretThatDiedWithTheProcessMeansANewIncarnation()
{
    World world;
    // Rows as a killed broker leaves them: intent committed, host never called.
    Pool pool;
    pool.id = PoolId("pool-ward");
    pool.organisation = world.organisation;
    pool.name = "Ward";
    pool.image = world.image.id;
    QVERIFY(world.store.insertPool(pool));
    Desktop desktop;
    desktop.id = DesktopId("desktop-1");
    desktop.organisation = world.organisation;
    desktop.pool = pool.id;
    desktop.name = "ward-01";
    desktop.incarnation.number = Incarnation(1);
    desktop.incarnation.domain = DomainUuid(randomUuid());
    desktop.incarnation.image = world.image.id;
    desktop.incarnation.bootstrapHash = SecretHash("unknown");
    desktop.incarnation.createdAt = world.clock.wall();
    QVERIFY(world.store.addDesktop(desktop, "10.213.0.16", "10.213.0.60"));
    world.keeper.wake(pool.id);
    world.advance(std::chrono::seconds(5));
    world.bootDesktops();
    const DesktopRow row = world.row("ward-01");
    QCOMPARE(row.desktop.incarnation.number.value(), 2LL);
    QVERIFY(row.desktop.incarnation.readyAt);
    QCOMPARE(world.host.list()->size(), std::size_t(1));
}

void tst_PoolKeeper::theBootstrapSecretIsNotStored()
{
    World world;
    world.addPool("Ward", 1, 1);
    const DesktopRow row = world.rows().front();
    const auto spec = world.host.specOf(row.desktop.incarnation.domain);
    QVERIFY(spec);
    const auto bootstrap
        = wire::decode<wire::AgentBootstrap>(*fromBase64(spec->bootstrap.reveal()));
    QVERIFY(bootstrap);
    QCOMPARE(QString::fromStdString(bootstrap->hostname), QStringLiteral("ward-01"));
    QVERIFY(row.desktop.incarnation.bootstrapHash.value() != bootstrap->secret);
    QCOMPARE(row.desktop.incarnation.bootstrapHash.value(), sha256Hex(bootstrap->secret));
    QCOMPARE(fromBase64Url(bootstrap->secret)->size(), std::size_t(32));
}

void tst_PoolKeeper::nothingLoopsWhileTheDiskIsFull()
{
    World world;
    world.store.setFull(true);
    const int before = world.host.listCalls();
    world.store.setFull(false);
    Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    world.store.setFull(true);
    world.host.lose(world.row("ward-01").desktop.incarnation.domain);
    world.advance(std::chrono::seconds(60));
    QVERIFY(world.host.listCalls() - before < 200);
}

void tst_PoolKeeper::R12_brokeringWorksWithinTenSecondsOfTheHostsReturn()
{
    World world;
    const Pool pool = world.addPool("Ward", 0, 2);
    world.host.disconnect();
    world.advance(std::chrono::minutes(3));
    QVERIFY(!world.hostState.problem.empty());
    world.host.recover();
    const Principal nurse = world.addUser("nurse");
    for (int second = 0; second < 10; ++second) {
        std::ignore = world.connect(nurse, pool, "key-number-1");
        world.advance(std::chrono::seconds(1));
        world.bootDesktops();
    }
    QCOMPARE(QString::fromStdString(world.hostState.problem), QString());
    const auto connection = world.connect(nurse, pool, "key-number-1");
    QVERIFY(connection);
    QCOMPARE(connection->state, wire::ConnectionState::ready);
}

void tst_PoolKeeper::aPoolIsDeletedWithItsDesktops()
{
    World world;
    world.addPool("Ward", 2, 2);
    world.bootDesktops();
    const auto deleted = world.await<bool>([&](Done<bool> done) {
        world.pools.deletePool(
            world.addUser("admin", Role::administrator), "Ward", std::move(done));
    });
    QVERIFY2(deleted, deleted ? "" : deleted.error().detail.c_str());
    QVERIFY(world.rows().empty());
    QVERIFY(world.host.list()->empty());
    QVERIFY(world.store.listPools()->empty());
    QCOMPARE(world.countAudit("pool.delete"), std::size_t(1));
}

void tst_PoolKeeper::aPoolInUseIsNotDeleted()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    const auto deleted = world.await<bool>([&](Done<bool> done) {
        world.pools.deletePool(
            world.addUser("admin", Role::administrator), "Ward", std::move(done));
    });
    QVERIFY(!deleted);
    QCOMPARE(deleted.error().code, Errc::conflict);
    QVERIFY(world.store.listPools()->front().enabled);
}

void tst_PoolKeeper::badPoolsAreRefusedInWords()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto add = [&](const wire::NewPool& wanted) {
        return world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
            world.pools.addPool(admin, wanted, std::move(done));
        });
    };
    wire::NewPool wanted;
    wanted.name = "Ward";
    wanted.image = "plain";
    wanted.spare = -1;
    QCOMPARE(add(wanted).error().code, Errc::invalidArgument);
    wanted.spare = 3;
    wanted.max = 2;
    const auto tooMany = add(wanted);
    QCOMPARE(tooMany.error().code, Errc::invalidArgument);
    QVERIFY(tooMany.error().detail.find("'max' allows 2") != std::string::npos);
    wanted.spare = 1;
    wanted.image = "none";
    QCOMPARE(add(wanted).error().code, Errc::notFound);
    wanted.image = "plain";
    QVERIFY(add(wanted));
    const auto twice = add(wanted);
    QCOMPARE(twice.error().code, Errc::conflict);
    QCOMPARE(QString::fromStdString(twice.error().detail),
        QStringLiteral("There is a pool 'Ward' already."));
    QCOMPARE(world.countAudit("pool.create"), std::size_t(5));
    // The same for a change, whichever of the two is changed.
    const auto shrunk = world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        wire::PoolChange change;
        change.max = 0;
        world.pools.changePool(admin, "Ward", change, std::move(done));
    });
    QVERIFY(!shrunk);
    QCOMPARE(shrunk.error().code, Errc::invalidArgument);
}

QTEST_GUILESS_MAIN(tst_PoolKeeper)
#include "tst_poolkeeper.moc"
