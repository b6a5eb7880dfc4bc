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
    void aDesktopIsToldOfTheOtherBrokers();
    void nothingLoopsWhileTheDiskIsFull();
    void R12_brokeringWorksWithinTenSecondsOfTheHostsReturn();
    void aPoolIsDeletedWithItsDesktops();
    void aPoolInUseIsNotDeleted();
    void badPoolsAreRefusedInWords();
    void aPoolMayHaveANetworkOfItsOwn();
    void aHostThatPreparesHasNotFailed();
    void R4_aDestroyThatFailedIsTriedAgain();
    void aContradictionIsSetAsideWithWhatTheHostShows_data();
    void aContradictionIsSetAsideWithWhatTheHostShows();
    void R6_whoLoggedOffMeanwhileHasNotLostADesktop();
    void R6_whoConnectedMeanwhileKeepsTheLease();
    void aLossIsTriedAgainWhenItCannotBeWritten();
    void aPoolThatIsGoneIsForgotten();
    void R11_nothingIsDoneOnRowsThatHaveGoneBack();
    void R11_aDomainThatIsNewerThanItsRowIsLeftToTheAdoption();
    void whatStartsAfterItsDesktopWasRemovedIsDestroyed();
    void theLostOneOfTwoIsClosed();
    void aCalendarThatChangesDuringALookIsNotForgotten();
    void aCalendarTakesNothingAwayWhileTheHostIsAway();
    void nothingIsDoneWhileHeld();
    void addressesThatCannotBeCountedAreNotGuessed();
};

namespace {

const Error away { Errc::unavailable, "the test makes it fail" };

/// A desktop of this pool that some broker has written down, in any state.
Desktop writtenDown(World& world, const Pool& pool)
{
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
    return desktop;
}

CalendarWindow allWeek(std::int64_t spare)
{
    CalendarWindow window;
    window.weekdays = 0x7f;
    window.to = std::chrono::hours(24);
    window.sizes.spare = spare;
    return window;
}

LeaseId session(World& world, const Principal& who, const Pool& pool)
{
    const auto connection = world.connect(who, pool, "key-number-1");
    std::ignore = world.redeem(who, *connection->ticket);
    world.agentOf("ward-01")->session(wire::SessionState::connected);
    world.settle();
    return LeaseId(*connection->lease);
}

/// The host says that the domain is gone, and its agent is away, too.
void lose(World& world)
{
    const auto agent = world.agentOf("ward-01");
    world.reports.left(agent->identity(), agent.get());
    world.host.lose(world.row("ward-01").desktop.incarnation.domain);
    world.keeper.wake(agent->identity().pool);
    world.settle();
}

}

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
    const Desktop desktop = writtenDown(world, pool);
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

void tst_PoolKeeper::aDesktopIsToldOfTheOtherBrokers()
{
    World world;
    const auto brokersOf = [&](const char* desktop) {
        const auto spec = world.host.specOf(world.row(desktop).desktop.incarnation.domain);
        return wire::decode<wire::AgentBootstrap>(*fromBase64(spec->bootstrap.reveal()))->brokers;
    };
    Pool pool = world.addPool("Ward", 1, 2);
    QVERIFY(!brokersOf("ward-01")); // there is one, and it is named already
    world.keeper.setBrokers({ { "h", 1, "k" }, { "i", 2, "l" } });
    pool.spare = 2;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(brokersOf("ward-02")->size(), std::size_t(2));
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

void tst_PoolKeeper::aPoolMayHaveANetworkOfItsOwn()
{
    World world;
    const auto networkOf = [&](const char* desktop) {
        return world.host.specOf(world.row(desktop).desktop.incarnation.domain)->network;
    };
    Pool pool = world.addPool("Ward", 1, 2);
    QCOMPARE(networkOf("ward-01"), std::string("wardesk"));
    pool.network = "intensive-care";
    pool.spare = 2;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(networkOf("ward-02"), std::string("intensive-care"));
}

void tst_PoolKeeper::aHostThatPreparesHasNotFailed()
{
    World world;
    world.host.failNextStarts(
        3, Error { Errc::preparing, "The image is booted for the first time." });
    const Pool pool = world.addPool("Ward", 1, 1);
    QVERIFY(world.row("ward-01").desktop.incarnation.lastError.empty());
    QCOMPARE(
        world.keeper.messageOf(pool.id), std::string("The image is booted for the first time."));
    world.advance(std::chrono::seconds(60));
    world.bootDesktops();
    QVERIFY(world.row("ward-01").desktop.incarnation.readyAt);
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 1LL);
    QCOMPARE(world.keeper.messageOf(pool.id), std::string());
}

void tst_PoolKeeper::R4_aDestroyThatFailedIsTriedAgain()
{
    World world;
    Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    world.host.failNextDestroys(2, away);
    pool.spare = 0;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.wake(pool.id);
    world.settle();
    QVERIFY(world.row("ward-01").desktop.incarnation.endingAt);
    QVERIFY(!world.row("ward-01").desktop.incarnation.endedAt);
    world.advance(std::chrono::seconds(30));
    QVERIFY(world.rows().empty());
    QVERIFY(world.host.list()->empty());
}

void tst_PoolKeeper::aContradictionIsSetAsideWithWhatTheHostShows_data()
{
    QTest::addColumn<int>("domains");
    QTest::addColumn<bool>("agent");
    QTest::addColumn<QString>("seen");
    QTest::newRow("nothing") << 0 << false << "host: no domain of it\nagent: away";
    QTest::newRow("an agent") << 0 << true << "host: no domain of it\nagent: connected";
    QTest::newRow("a domain") << 1 << false
                              << "host: domain one U, incarnation 1, epoch 5, running\nagent: away";
    QTest::newRow("two domains") << 2 << false
                                 << "host: domain one U, incarnation 1, epoch 5, running; domain "
                                    "two other, incarnation 0, epoch 4, not running\nagent: away";
}

void tst_PoolKeeper::aContradictionIsSetAsideWithWhatTheHostShows()
{
    QFETCH(int, domains);
    QFETCH(bool, agent);
    QFETCH(QString, seen);
    World world;
    const Pool pool = world.addPool("Ward", 0, 1);
    Desktop desktop = writtenDown(world, pool);
    desktop.incarnation.endedAt = world.clock.wall(); // and nobody has ended it
    QVERIFY(world.store.addDesktop(desktop, "10.213.0.16", "10.213.0.60"));
    const auto put = [&](const char* name, const DomainUuid& uuid, const DesktopId& of,
                         long long incarnation, DomainState state) {
        ObservedDomain domain;
        domain.uuid = uuid;
        domain.name = name;
        domain.desktop = of;
        domain.pool = pool.id;
        domain.incarnation = Incarnation(incarnation);
        domain.epoch = Epoch(4 + incarnation);
        domain.state = state;
        world.host.put(domain);
    };
    put("a neighbour", DomainUuid("neighbour"), DesktopId("desktop-9"), 1, DomainState::running);
    if (domains > 0)
        put("one", desktop.incarnation.domain, DesktopId("another's"), 1, DomainState::running);
    if (domains > 1)
        put("two", DomainUuid("other"), desktop.id, 0, DomainState::shutOff);
    if (agent)
        world.agents.attach({ .organisation = world.organisation,
                                .pool = pool.id,
                                .desktop = desktop.id,
                                .name = desktop.name,
                                .incarnation = Incarnation(1) },
            std::make_shared<FakeAgent>(world, AgentIdentity {}));
    world.keeper.wake(pool.id);
    world.settle();
    QVERIFY(world.row("ward-01").desktop.quarantinedAt);
    const auto evidence = world.store.listEvidence(desktop.id, 10);
    QCOMPARE(evidence->size(), std::size_t(1));
    const QString expected = seen.replace(
        QLatin1Char('U'), QString::fromStdString(desktop.incarnation.domain.value()));
    QVERIFY2(QString::fromStdString(evidence->front().seen).contains(expected),
        evidence->front().seen.c_str());
    QCOMPARE(world.countAudit("desktop.quarantine"), std::size_t(1));
}

void tst_PoolKeeper::R6_whoLoggedOffMeanwhileHasNotLostADesktop()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(nurse, events);
    const LeaseId lease = session(world, nurse, pool);
    world.failing.meanwhile("findLease", [&] {
        std::ignore = world.store.closeLease(lease, CloseReason::loggedOff, world.clock.wall());
    });
    lose(world);
    QCOMPARE(
        *world.store.findLease(world.organisation, lease)->closeReason, CloseReason::loggedOff);
    QCOMPARE(world.countAudit("lease.close"), std::size_t(0));
    QCOMPARE(events->count(wire::EventKind::sessionEnded), std::size_t(0));
}

void tst_PoolKeeper::R6_whoConnectedMeanwhileKeepsTheLease()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = session(world, nurse, pool);
    world.failing.failAll("closeLease", Error { Errc::conflict, "somebody is connected" });
    lose(world);
    QVERIFY(world.failing.hasFailed());
    QCOMPARE(world.countAudit("lease.close"), std::size_t(0));
    // The next look decides anew.
    world.failing.failNothing();
    world.advance(std::chrono::seconds(31));
    QVERIFY(world.store.findLease(world.organisation, lease)->closedAt);
}

void tst_PoolKeeper::aLossIsTriedAgainWhenItCannotBeWritten()
{
    for (const char* call : { "findLease", "closeLease" }) {
        World world;
        const Pool pool = world.addPool("Ward", 1, 1);
        world.bootDesktops();
        const Principal nurse = world.addUser("nurse");
        const auto events = std::make_shared<FakeEvents>();
        std::ignore = world.events.attach(nurse, events);
        const LeaseId lease = session(world, nurse, pool);
        world.failing.failAll(call, away);
        lose(world);
        QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
        QCOMPARE(events->count(wire::EventKind::sessionEnded), std::size_t(0));
        world.failing.failNothing();
        world.advance(std::chrono::seconds(10));
        QVERIFY(world.store.findLease(world.organisation, lease)->closedAt);
        QCOMPARE(events->count(wire::EventKind::sessionEnded), std::size_t(1));
    }
}

void tst_PoolKeeper::aPoolThatIsGoneIsForgotten()
{
    World world;
    world.addPool("Other", 0, 1);
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    QCOMPARE(world.keeper.messages().count(pool.id), std::size_t(1)); // it is at its maximum
    // Another broker has deleted it.
    MemoryTables tables = world.store.backup();
    tables.m_pools.erase(pool.id);
    world.store.restore(tables);
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.keeper.messages().count(pool.id), std::size_t(0));
}

void tst_PoolKeeper::R11_nothingIsDoneOnRowsThatHaveGoneBack()
{
    World world;
    const Pool pool = world.addPool("Ward", 0, 1);
    const MemoryTables backup = world.store.backup();
    for (int n = 0; n < 5; ++n)
        world.adoption.noteEpoch(*world.store.nextEpoch());
    world.store.restore(backup);
    Pool grown = pool;
    grown.spare = 1;
    QVERIFY(world.store.updatePool(grown));
    QCOMPARE(world.countAudit("system.adopted"), std::size_t(0));
    world.keeper.wake(pool.id);
    world.advance(std::chrono::seconds(60));
    world.bootDesktops();
    QCOMPARE(world.countAudit("system.adopted"), std::size_t(1)); // it was noticed by the round
    QCOMPARE(world.rows().size(), std::size_t(1));
}

void tst_PoolKeeper::R11_aDomainThatIsNewerThanItsRowIsLeftToTheAdoption()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    ObservedDomain newer;
    newer.uuid = DomainUuid("newer");
    newer.name = "newer";
    newer.desktop = world.row("ward-01").desktop.id;
    newer.pool = pool.id;
    newer.incarnation = Incarnation(9);
    newer.epoch = Epoch(1);
    world.host.put(newer);
    const int destroyed = world.host.destroyCalls();
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.host.destroyCalls(), destroyed);
    QVERIFY(world.host.has(newer.uuid));
}

void tst_PoolKeeper::whatStartsAfterItsDesktopWasRemovedIsDestroyed()
{
    World world;
    Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const std::vector<ObservedDomain> before = *world.host.list();
    QCOMPARE(before.size(), std::size_t(1));
    pool.spare = 0;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.wake(pool.id);
    world.settle();
    QVERIFY(world.rows().empty());
    QVERIFY(world.host.list()->empty());

    ObservedDomain neverOurs = before.front();
    neverOurs.uuid = DomainUuid("of the same desktop, but in no row");
    ObservedDomain unknown = before.front();
    unknown.uuid = DomainUuid("of another desktop");
    unknown.desktop = DesktopId("nobody");
    for (const ObservedDomain& domain : { before.front(), neverOurs, unknown })
        world.host.put(domain);
    world.failing.failNext("isRemoved", away);
    world.keeper.wake(pool.id);
    world.settle();
    world.keeper.wake(pool.id);
    world.settle();
    QVERIFY(!world.host.has(before.front().uuid));
    QVERIFY(world.host.has(neverOurs.uuid));
    QVERIFY(world.host.has(unknown.uuid));
}

void tst_PoolKeeper::theLostOneOfTwoIsClosed()
{
    World world;
    const Pool pool = world.addPool("Ward", 3, 3);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    QVERIFY(world.connect(world.addUser("doctor"), pool, "key-number-1"));
    const auto connection = world.connect(nurse, pool, "key-number-1");
    QVERIFY(world.redeem(nurse, *connection->ticket));
    for (const DesktopRow& row : world.rows()) {
        if (!row.lease || row.lease->id.value() != *connection->lease)
            continue;
        const auto agent = world.agentOf(row.desktop.name);
        agent->session(wire::SessionState::connected);
        world.settle();
        world.reports.left(agent->identity(), agent.get());
        world.host.lose(row.desktop.incarnation.domain);
    }
    world.advance(std::chrono::seconds(5));
    const auto open = world.store.listOpenLeases(world.organisation);
    QCOMPARE(open->size(), std::size_t(1));
    QVERIFY(open->front().id.value() != *connection->lease);
}

void tst_PoolKeeper::aCalendarThatChangesDuringALookIsNotForgotten()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 4);
    world.bootDesktops();
    world.failing.meanwhile("findOpenRollout", [&] {
        PoolCalendar calendar;
        calendar.windows.push_back(allWeek(3));
        QVERIFY(world.store.replaceCalendar(world.organisation, pool.id, calendar));
        world.keeper.forgetBasis(pool.id);
    });
    world.keeper.wake(pool.id);
    world.settle();
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.rows().size(), std::size_t(3));
}

void tst_PoolKeeper::aCalendarTakesNothingAwayWhileTheHostIsAway()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 4);
    PoolCalendar calendar;
    calendar.windows.push_back(allWeek(2));
    QVERIFY(world.store.replaceCalendar(world.organisation, pool.id, calendar));
    world.keeper.forgetBasis(pool.id);
    world.keeper.wake(pool.id);
    world.bootDesktops();
    QCOMPARE(world.rows().size(), std::size_t(2));
    world.host.disconnect();
    world.advance(std::chrono::minutes(5));
    QCOMPARE(world.rows().size(), std::size_t(2));
    world.host.recover();
    world.advance(std::chrono::seconds(10));
    QCOMPARE(world.rows().size(), std::size_t(2));
}

void tst_PoolKeeper::nothingIsDoneWhileHeld()
{
    World world;
    Pool pool = world.addPool("Ward", 0, 2);
    pool.spare = 2;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.hold();
    world.keeper.wake(pool.id);
    world.settle();
    world.keeper.wake(pool.id);
    world.settle();
    QVERIFY(world.rows().empty());
    world.keeper.release();
    world.settle();
    world.bootDesktops();
    QCOMPARE(world.rows().size(), std::size_t(2));
    // Held and let go in the midst of a round: it goes on, and once more after it.
    pool.max = 3;
    pool.spare = 3;
    QVERIFY(world.store.updatePool(pool));
    world.failing.meanwhile("addDesktop", [&] {
        world.keeper.hold();
        world.keeper.wake(pool.id);
        world.keeper.release();
    });
    world.keeper.wake(pool.id);
    world.settle();
    world.bootDesktops();
    QCOMPARE(world.rows().size(), std::size_t(3));
    pool.spare = 2;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.wake(pool.id);
    world.advance(std::chrono::seconds(10));
    QCOMPARE(world.rows().size(), std::size_t(2));
    // One that is under way stops at its next step.
    pool.spare = 0;
    QVERIFY(world.store.updatePool(pool));
    world.keeper.wake(pool.id);
    world.failing.meanwhile("beginEnding", [&] { world.keeper.hold(); });
    world.settle();
    world.advance(std::chrono::seconds(10));
    QCOMPARE(world.rows().size(), std::size_t(2));
    QCOMPARE(world.host.list()->size(), std::size_t(2));
    world.keeper.release();
    world.advance(std::chrono::seconds(10));
    QVERIFY(world.rows().empty());
}

void tst_PoolKeeper::addressesThatCannotBeCountedAreNotGuessed()
{
    World world;
    Pool pool = world.addPool("Ward", 1, 60); // there are 45 addresses
    world.bootDesktops();
    pool.spare = 2;
    QVERIFY(world.store.updatePool(pool));
    world.failing.failNext("listAddresses", away);
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.rows().size(), std::size_t(1));
    world.advance(std::chrono::seconds(10));
    QCOMPARE(world.rows().size(), std::size_t(2));
}

QTEST_GUILESS_MAIN(tst_PoolKeeper)
#include "tst_poolkeeper.moc"
