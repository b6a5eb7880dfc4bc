// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/adoptionworld.h"

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

/// R11: by what it is noticed that the database is older than what runs, and what proves nothing.
class tst_AdoptionStart : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFreshInstallationAdoptsNothing();
    void aDatabaseThatIsAsItWasIsNotAdopted();
    void withoutAWatermarkWhatRunsDecides();
    void anotherBrokerVouchesForTheDatabase();
    void aPromotionThatLostSomething();
    void aLiarStopsNobody();
    void whatOthersMayHaveSeenIsNoProof();
    void aLiarStopsNobody_afterAnotherBrokerAdopted();
    void anAgentIsBelievedWhenNothingElseIsKnown();
    void anOrderOfAnAdministrator_A10();
    void aBrokerWithoutARecordAdopts();
    void aNewDatabaseNeedsNoHost();
    void anOrderThatCannotBeNoted_A10();
    void itBeginsOnceOnly();
    void theWatchGoesOn();
    void theRoundOfAPoolNotices();
    void theRoundNoticesANewerLife();
    void theWatchNotices();
    void theFirstLookNotices();
    void aDatabaseWithoutDesktopsIsNewWhereNothingRuns();
};

void tst_AdoptionStart::aFreshInstallationAdoptsNothing()
{
    World world;
    QVERIFY(!world.adoption.status());
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(0));
}

void tst_AdoptionStart::aDatabaseThatIsAsItWasIsNotAdopted()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 2);
    const Principal anna = before.addUser("anna");
    before.bootDesktops();
    const Lease lease = use(before, anna, pool, "key-anna-1");
    before.bootDesktops();
    World after;
    after.restore(before, before.store.backup(), before.watermark.value);
    QVERIFY(!after.adoption.status());
    QCOMPARE(after.agentsReturn(before), 2);
    QCOMPARE(*tryConnect(after, anna, pool, "key-anna-2")->lease, lease.id.value());
    QCOMPARE(after.host.destroyCalls(), 0); // the free one is free as before
    // A power failure may leave an older mark; that proves nothing against the database.
    World later;
    later.restore(before, before.store.backup(), Epoch(1));
    QVERIFY(!later.adoption.status());
}

void tst_AdoptionStart::withoutAWatermarkWhatRunsDecides()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 2);
    before.bootDesktops();
    const Principal anna = before.addUser("anna");
    const MemoryTables backup = before.store.backup();
    const Lease lease
        = use(before, anna, pool, "key-anna-1"); // the same incarnation: free in the backup
    before.bootDesktops();
    World after; // on another machine
    after.restore(before, backup, std::nullopt);
    QVERIFY(isAdopting(after));
    QVERIFY(!tryConnect(after, after.addUser("bert"), pool, "key-bert-1"));
    after.agentsReturn(before);
    after.bootDesktops();
    QVERIFY(!after.adoption.status());
    QCOMPARE(*tryConnect(after, anna, pool, "key-anna-2")->lease, lease.id.value());
    // With an old mark the domains tell: the second desktop was started after the backup.
    World domains;
    domains.restore(before, backup, Epoch(1));
    QVERIFY(isAdopting(domains));
}

void tst_AdoptionStart::anotherBrokerVouchesForTheDatabase()
{
    World before;
    before.addPool("Ward", 1, 2);
    before.bootDesktops();
    World after;
    after.store.restore(before.store.backup());
    BrokerRecord other;
    other.id = BrokerId("other");
    QVERIFY(after.store.registerBroker(other));
    after.restore(before, after.store.backup(), std::nullopt);
    QVERIFY(!after.adoption.status());
}

void tst_AdoptionStart::aPromotionThatLostSomething()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 3);
    const Principal anna = world.addUser("anna");
    const Principal bert = world.addUser("bert");
    world.bootDesktops();
    const MemoryTables replica = world.store.backup(); // a standby that is a moment behind
    const Lease annas = use(world, anna, pool, "key-anna-1");
    world.bootDesktops();
    const auto annasAgent = world.agentOf("ward-01");
    world.store.restore(replica); // promoted; this broker never stopped
    // The very next grant would give Anna's desktop away.
    const auto berts = tryConnect(world, bert, pool, "key-bert-1");
    QVERIFY(!berts);
    QCOMPARE(berts.error().code, Errc::unavailable);
    QVERIFY(!world.row("ward-01").lease);
    world.settle();
    QVERIFY(isAdopting(world));
    QVERIFY(!annasAgent->closedBecause.empty()); // asked to say it all again
    world.agentsReturn(world);
    world.bootDesktops();
    QVERIFY(!world.adoption.status());
    QCOMPARE(world.row("ward-01").lease->id, annas.id);
    QCOMPARE(world.row("ward-01").lease->user, anna.user.id);
    QCOMPARE(*tryConnect(world, anna, pool, "key-anna-2")->lease, annas.id.value());
    // Also when nobody asks for anything.
    world.store.restore(replica);
    world.advance(std::chrono::seconds(3));
    QVERIFY(isAdopting(world));
}

void tst_AdoptionStart::aLiarStopsNobody()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 2);
    world.bootDesktops();
    world.adoption.start(); // the mark says exactly what the database says
    world.settle();
    FakeAgent liar = *world.agentOf("ward-01");
    liar.epoch = 4'000'000'000'000'000'000;
    QVERIFY(world.agentReturns(liar));
    QVERIFY(!world.adoption.status());
    QVERIFY(world.row("ward-01").desktop.quarantinedAt);
    world.adoption.suspect("it says that it has seen more");
    world.settle();
    QVERIFY(!world.adoption.status());
    QVERIFY(tryConnect(world, world.addUser("anna"), pool, "key-anna-1"));
}

void tst_AdoptionStart::whatOthersMayHaveSeenIsNoProof()
{
    World world;
    world.addPool("Ward", 1, 1);
    world.bootDesktops();
    world.adoption.start(); // the mark says exactly what the database says
    world.settle();
    QVERIFY(!world.adoption.believesAgents());
    for (const char* name : { "broker", "other" }) {
        BrokerRecord record;
        record.id = BrokerId(name);
        record.name = name;
        record.peerAddress = std::string(name) + ":8443";
        QVERIFY(world.store.registerBroker(record));
    }
    world.advance(std::chrono::seconds(3)); // the other may see more and be gone when it is lost
    QVERIFY(world.adoption.believesAgents());
}

void tst_AdoptionStart::aLiarStopsNobody_afterAnotherBrokerAdopted()
{
    World before;
    before.addPool("Ward", 1, 2);
    before.bootDesktops();
    World world;
    world.restore(before, before.store.backup(), Epoch(0)); // its mark proves nothing
    QVERIFY(!world.adoption.status() && world.adoption.believesAgents());
    AdoptionRecord other;
    other.broker = BrokerId("other");
    other.reason = "it saw more";
    QVERIFY(world.store.beginAdoption(other, Epoch(5000), adoptionLife, AdoptionStart::anew));
    world.advance(std::chrono::seconds(3));
    QCOMPARE(world.adoption.status()->state, std::string("following"));
    QVERIFY(world.store.endAdoption(other.broker));
    world.advance(std::chrono::seconds(2));
    QVERIFY(!world.adoption.status());
    FakeAgent liar = *before.agentOf("ward-01");
    liar.epoch = world.store.currentEpoch()->value() + 1;
    QVERIFY(world.agentReturns(liar));
    QVERIFY(!world.adoption.status());
    QVERIFY(world.row("ward-01").desktop.quarantinedAt);
}

void tst_AdoptionStart::anAgentIsBelievedWhenNothingElseIsKnown()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 1);
    const Principal anna = before.addUser("anna");
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    const Lease lease = use(before, anna, pool, "key-anna-1");
    World after;
    after.restore(before, backup, Epoch(0)); // an old mark: no proof, and no domain is newer
    QVERIFY(!after.adoption.status());
    QVERIFY(after.agentReturns(*before.agentOf("ward-01")));
    QVERIFY(isAdopting(after));
    after.agentsReturn(before);
    QVERIFY(!after.adoption.status());
    QCOMPARE(after.row("ward-01").lease->id, lease.id);
}

void tst_AdoptionStart::anOrderOfAnAdministrator_A10()
{
    World world;
    world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto order = [&] {
        return world.await<wire::AdoptionStatus>(
            [&](Done<wire::AdoptionStatus> done) { world.adoption.order(admin, std::move(done)); });
    };
    const auto status = order();
    QVERIFY(status);
    QCOMPARE(status->state, std::string("adopting"));
    QCOMPARE(world.countAudit("system.adopt"), std::size_t(1));
    QVERIFY(order()); // under way already
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
    world.agentsReturn(world);
    QVERIFY(!world.adoption.status());
}

void tst_AdoptionStart::aBrokerWithoutARecordAdopts()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 2);
    const Principal anna = before.addUser("anna");
    before.bootDesktops();
    const Lease lease = use(before, anna, pool, "key-anna-1");
    before.bootDesktops();
    World after; // all is as it was, but nobody can know that
    after.restore(before, before.store.backup(), std::nullopt);
    QVERIFY(isAdopting(after));
    after.agentsReturn(before);
    QVERIFY(!after.adoption.status());
    QCOMPARE(after.store.findLease(after.organisation, lease.id)->closedAt, std::nullopt);
    // The same where a database without desktops meets a host with some.
    World blank;
    QVERIFY(blank.store.raiseEpoch(Epoch(1000)));
    World other;
    other.restore(before, blank.store.backup(), std::nullopt);
    QCOMPARE(other.countAudit("system.adopting"), std::size_t(1));
}

void tst_AdoptionStart::aNewDatabaseNeedsNoHost()
{
    World blank;
    QVERIFY(blank.store.raiseEpoch(Epoch(3))); // by its own registration
    World world;
    world.host.disconnect();
    world.restore(blank, blank.store.backup(), std::nullopt);
    QVERIFY(!world.adoption.status());
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(0));
}

void tst_AdoptionStart::anOrderThatCannotBeNoted_A10()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    world.failing.failAll("appendAudit", { Errc::storageFull, "full" });
    const auto status = world.await<wire::AdoptionStatus>(
        [&](Done<wire::AdoptionStatus> done) { world.adoption.order(admin, std::move(done)); });
    QVERIFY(!status);
    QVERIFY(!world.adoption.status());
}

void tst_AdoptionStart::itBeginsOnceOnly()
{
    World before;
    before.addPool("Ward", 1, 1);
    before.bootDesktops();
    World world;
    world.restore(before, before.store.backup(), Epoch(0)); // its mark proves nothing
    const auto begun = [&world] { return world.countAudit("system.adopting"); };
    QVERIFY(!world.adoption.status() && world.adoption.believesAgents());
    // A database that is away when it is looked at again is asked another time.
    world.failing.failNext("findAdoption", { Errc::unavailable, "no database" });
    world.adoption.recheck();
    world.settle();
    QVERIFY(!world.adoption.status());
    // An agent gives it away while the database is being looked at, for either reason.
    world.adoption.recheck();
    world.clock.advance(std::chrono::seconds(2));
    world.timers.runDue();
    world.adoption.suspect("an agent has seen more");
    world.settle();
    QVERIFY(isAdopting(world));
    world.adoption.suspect("another one, too");
    world.settle();
    QCOMPARE(begun(), std::size_t(1));
    // And just as the broker was about to open again.
    World next;
    next.watermark.value = Epoch(0);
    next.store.restore(before.store.backup());
    const auto running = before.host.list();
    for (const ObservedDomain& domain : *running)
        next.host.put(domain);
    next.adoption.start();
    while (next.adoption.status()
        && (next.main.runOne() || next.storeLane.runOne() || next.hostLane.runOne())) { }
    QVERIFY(!next.adoption.status());
    next.adoption.suspect("an agent has seen more");
    next.settle();
    QVERIFY(isAdopting(next));
    next.advance(std::chrono::seconds(5));
    QCOMPARE(next.host.destroyCalls(), 0); // the pools rest
}

void tst_AdoptionStart::theWatchGoesOn()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    const Principal anna = world.addUser("anna");
    world.bootDesktops();
    const MemoryTables replica = world.store.backup();
    use(world, anna, pool, "key-anna-1");
    world.storeLane.refusing = true; // more to do than it can
    world.advance(std::chrono::seconds(3));
    world.storeLane.refusing = false;
    world.store.restore(replica);
    world.advance(std::chrono::seconds(3));
    QVERIFY(isAdopting(world));
}

void tst_AdoptionStart::theRoundOfAPoolNotices()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    refuseAnEpoch(world);
    QVERIFY(world.store.hasGoneBack());
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
}

void tst_AdoptionStart::theRoundNoticesANewerLife()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal anna = world.addUser("anna");
    const MemoryTables replica = world.store.backup();
    logOff(world, anna, use(world, anna, pool, "key-anna-1"));
    QCOMPARE(world.row("ward-01").desktop.incarnation.number, Incarnation(2));
    // Rows are lost, and the counter of epochs is not: what runs is newer all the same.
    const Epoch epoch = *world.store.currentEpoch();
    world.store.restore(replica);
    QVERIFY(world.store.raiseEpoch(epoch));
    world.keeper.wake(pool.id);
    world.settle();
    QVERIFY(isAdopting(world));
    QVERIFY(!world.row("ward-01").desktop.quarantinedAt);
}

void tst_AdoptionStart::theWatchNotices()
{
    World world;
    refuseAnEpoch(world);
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(0));
    world.advance(60s);
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
}

void tst_AdoptionStart::theFirstLookNotices()
{
    World world;
    refuseAnEpoch(world);
    world.adoption.start();
    world.settle();
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(1));
}

void tst_AdoptionStart::aDatabaseWithoutDesktopsIsNewWhereNothingRuns()
{
    World before;
    World after;
    std::ignore = after.store.nextEpoch();
    after.restore(before, after.store.backup(), std::nullopt);
    QCOMPARE(after.countAudit("system.adopting"), std::size_t(0));
    QVERIFY(!after.adoption.status());
}

QTEST_GUILESS_MAIN(tst_AdoptionStart)
#include "tst_adoptionstart.moc"
