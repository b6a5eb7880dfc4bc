// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

/// R11: the broker adopts what runs before it grants anything.
class tst_Adoption : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anOldBackupIsAdopted();
    void nothingIsGivenOutBeforeTheFirstLook();
    void aFreshInstallationAdoptsNothing();
    void aDatabaseThatIsAsItWasIsNotAdopted();
    void withoutAWatermarkWhatRunsDecides();
    void anotherBrokerVouchesForTheDatabase();
    void aSilentDesktopIsSetAside();
    void whoIsOnTheWayBackIsWaitedFor();
    void aUserWhomTheDatabaseDoesNotKnow();
    void twoLivesOfOneDesktop();
    void whatMayHaveBeenPromisedIsMadeAnew_R1();
    void aDesktopWithoutDomainNeverComesBack_R1();
    void aStrangerIsNotLetIn();
    void theHostIsWaitedFor();
    void aPromotionThatLostSomething();
    void aLiarStopsNobody();
    void aLiarStopsNobody_afterAnotherBrokerAdopted();
    void anEarlierLifeDoesNotSpeakForALaterOne_R3();
    void aLeaseIsNotCalledWhateverAnAgentLikes();
    void anAgentIsBelievedWhenNothingElseIsKnown();
    void anOrderOfAnAdministrator_A10();
    void anotherBrokerAdopts();
    void aBrokerThatDiedWhileAdoptingIsReplaced();
    void nothingIsDestroyedMeanwhile();
    void aBackupOfTheMidstOfAnAdoption();

private:
    /// Connects as the client does: ticket, credential, session.
    static Lease use(World& world, const Principal& who, const Pool& pool, const std::string& key);
    static void logOff(World& world, const Principal& who, const Lease& lease);
    static bool isAdopting(const World& world)
    {
        const auto status = world.adoption.status();
        return status && status->state == "adopting";
    }
    static Result<wire::Connection> tryConnect(
        World& world, const Principal& who, const Pool& pool, const std::string& key)
    {
        std::optional<Result<wire::Connection>> answer;
        wire::Connect request;
        request.pool = pool.id.value();
        world.connections.connect(who, request, key,
            [&answer](Result<wire::Connection> result) { answer = std::move(result); });
        world.settle();
        return *answer;
    }
};

Lease tst_Adoption::use(
    World& world, const Principal& who, const Pool& pool, const std::string& key)
{
    const auto connection = world.connect(who, pool, key);
    if (!connection || !connection->ticket || !world.redeem(who, *connection->ticket))
        return {};
    for (const DesktopRow& row : world.rows()) {
        if (row.lease && row.lease->id.value() == *connection->lease)
            world.agentOf(row.desktop.name)->session(wire::SessionState::connected);
    }
    world.settle();
    return world.store.findLease(world.organisation, LeaseId(*connection->lease)).value_or(Lease());
}

void tst_Adoption::logOff(World& world, const Principal& who, const Lease& lease)
{
    std::ignore = world.await<bool>([&](Done<bool> answer) {
        world.sessions.logOff(who, LeaseScope::own, lease.id, std::move(answer));
    });
    world.bootDesktops();
}

void tst_Adoption::anOldBackupIsAdopted()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 3);
    const Principal anna = before.addUser("anna");
    const Principal bert = before.addUser("bert");
    const Principal cleo = before.addUser("cleo");
    before.bootDesktops();
    const Lease annas = use(before, anna, pool, "key-anna-1");
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();

    // What the backup does not know: Anna leaves, her desktop has a new life, Bert comes, and Anna
    // comes again.
    logOff(before, anna, annas);
    const Lease berts = use(before, bert, pool, "key-bert-1");
    before.bootDesktops();
    const Lease annasNew = use(before, anna, pool, "key-anna-2");
    before.bootDesktops();
    QVERIFY(berts.connectedAt && annasNew.connectedAt && annasNew.id != annas.id);
    const auto runningBefore = before.rows();

    World after;
    after.restore(before, backup, before.watermark.value);
    QVERIFY(isAdopting(after));
    // Nobody gets anything: not even Anna, whom the database believes on another desktop.
    const auto refused = tryConnect(after, cleo, pool, "key-cleo-1");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable); // 503, with Retry-After
    QVERIFY(refused.error().detail.find("restored") != std::string::npos);
    QVERIFY(!tryConnect(after, anna, pool, "key-anna-3"));
    QVERIFY(!tryConnect(after, anna, pool, "key-anna-1")); // nor by a key of the lost time
    QCOMPARE(after.host.destroyCalls(), 0);

    // Bert's agent is first: his desktop is his at once, while the others are still missing.
    const std::string bertsDesktop = before.store.findDesktop(berts.desktop)->desktop.name;
    QVERIFY(after.agentReturns(*before.agentOf(bertsDesktop)));
    QVERIFY(isAdopting(after));
    const auto own = tryConnect(after, bert, pool, "key-bert-2");
    QVERIFY(own && own->lease);
    QCOMPARE(*own->lease, berts.id.value());
    QVERIFY(*own->resumed);
    QVERIFY(*own->epoch > before.watermark.value->value());
    QVERIFY(after.redeem(bert, *own->ticket));
    QVERIFY(!tryConnect(after, cleo, pool, "key-cleo-2"));

    QCOMPARE(after.agentsReturn(before), 3);
    after.bootDesktops();
    QVERIFY(!after.adoption.status());
    // Everybody has what they had: lease, user, desktop, incarnation.
    for (const DesktopRow& old : runningBefore) {
        if (!old.lease || old.lease->closedAt)
            continue;
        const DesktopRow now = after.row(old.desktop.name);
        QVERIFY(now.lease);
        QCOMPARE(now.lease->id, old.lease->id);
        QCOMPARE(now.lease->user, old.lease->user);
        QCOMPARE(now.desktop.incarnation.number, old.desktop.incarnation.number);
        QCOMPARE(now.desktop.incarnation.domain, old.desktop.incarnation.domain);
        QVERIFY(after.host.has(old.desktop.incarnation.domain));
    }
    QCOMPARE(after.store.findLease(after.organisation, annas.id)->closeReason,
        std::optional(CloseReason::desktopLost));
    const auto cleos = after.connect(cleo, pool, "key-cleo-3");
    QVERIFY(cleos && cleos->lease);
    for (const DesktopRow& row : after.rows()) {
        if (row.lease && row.lease->id.value() == *cleos->lease)
            QVERIFY(row.lease->desktop != berts.desktop && row.lease->desktop != annasNew.desktop);
    }
    QCOMPARE(after.countAudit("desktop.adopt"), std::size_t(4)); // and the one that is no more
    QCOMPARE(after.countAudit("system.adopting"), std::size_t(1));
    QCOMPARE(after.countAudit("system.adopted"), std::size_t(1));
}

void tst_Adoption::nothingIsGivenOutBeforeTheFirstLook()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal anna = world.addUser("anna");
    world.adoption.start(); // as a new process does; nothing has been looked at
    std::optional<Result<wire::Connection>> answer;
    wire::Connect request;
    request.pool = pool.id.value();
    world.connections.connect(anna, request, "key-anna-1",
        [&answer](Result<wire::Connection> result) { answer = std::move(result); });
    QVERIFY(answer && !*answer); // at once, without asking the database
    QCOMPARE(answer->error().code, Errc::unavailable);
    QCOMPARE(world.adoption.status()->state, std::string("checking"));
    world.settle();
    QVERIFY(!world.adoption.status());
    QVERIFY(tryConnect(world, anna, pool, "key-anna-2"));
}

void tst_Adoption::aFreshInstallationAdoptsNothing()
{
    World world;
    QVERIFY(!world.adoption.status());
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(0));
}

void tst_Adoption::aDatabaseThatIsAsItWasIsNotAdopted()
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

void tst_Adoption::withoutAWatermarkWhatRunsDecides()
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

void tst_Adoption::anotherBrokerVouchesForTheDatabase()
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

void tst_Adoption::aSilentDesktopIsSetAside()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 2);
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    const Principal anna = before.addUser("anna");
    use(before, anna, pool, "key-anna-1");
    World after;
    after.restore(before, backup, before.watermark.value);
    const Principal bert = after.addUser("bert");
    after.advance(std::chrono::seconds(19));
    QVERIFY(isAdopting(after));
    QCOMPARE(after.row("ward-01").desktop.quarantinedAt, std::optional<WallTime>());
    after.advance(std::chrono::seconds(2));
    QVERIFY(!after.adoption.status());
    QVERIFY(after.row("ward-01").desktop.quarantinedAt);
    QVERIFY(after.countAudit("desktop.adopt") >= 1);
    after.bootDesktops();
    const auto berts = after.connect(bert, pool, "key-bert-1");
    QVERIFY(!berts || *berts->lease != after.row("ward-01").desktop.id.value());
    QVERIFY(!after.row("ward-01").lease);
    // Its agent comes at last, with Anna in it: it stays set aside, and is not given to anybody.
    const auto agent = after.agentReturns(*before.agentOf("ward-01"));
    QVERIFY(agent);
    QVERIFY(after.row("ward-01").desktop.quarantinedAt && !after.row("ward-01").lease);
    QVERIFY(after.host.has(before.row("ward-01").desktop.incarnation.domain));
}

void tst_Adoption::whoIsOnTheWayBackIsWaitedFor()
{
    World before;
    before.addPool("Ward", 3, 3);
    before.bootDesktops();
    World after;
    after.restore(before, before.store.backup(), Epoch(1000));
    after.advance(std::chrono::seconds(15));
    QVERIFY(after.agentReturns(*before.agentOf("ward-01")));
    after.advance(std::chrono::seconds(15));
    QVERIFY(isAdopting(after));
    QVERIFY(after.agentReturns(*before.agentOf("ward-02")));
    after.advance(std::chrono::seconds(15));
    QVERIFY(isAdopting(after));
    QVERIFY(!after.row("ward-03").desktop.quarantinedAt);
    after.advance(std::chrono::seconds(6)); // nobody else came
    QVERIFY(!after.adoption.status());
    QVERIFY(after.row("ward-03").desktop.quarantinedAt);
}

void tst_Adoption::aUserWhomTheDatabaseDoesNotKnow()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 2);
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    const Principal anna = before.addUser("anna"); // after the backup
    use(before, anna, pool, "key-anna-1");
    World after;
    after.restore(before, backup, before.watermark.value);
    after.agentsReturn(before);
    after.settle();
    QVERIFY(
        after.row("ward-01").desktop.quarantineReason.find("does not know") != std::string::npos);
    QVERIFY(after.host.has(before.row("ward-01").desktop.incarnation.domain)); // R7: she works on
}

void tst_Adoption::twoLivesOfOneDesktop()
{
    World before;
    before.addPool("Ward", 1, 2);
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    ObservedDomain second = before.host.list()->front();
    second.uuid = DomainUuid("another");
    second.incarnation = Incarnation(9);
    second.epoch = Epoch(99);
    before.host.put(second);
    World after;
    after.restore(before, backup, before.watermark.value);
    after.agentsReturn(before);
    QVERIFY(after.row("ward-01").desktop.quarantineReason.find("several") != std::string::npos);
    QCOMPARE(after.host.destroyCalls(), 0);
    QVERIFY(*after.store.currentEpoch() > Epoch(99));
}

void tst_Adoption::whatMayHaveBeenPromisedIsMadeAnew_R1()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 1);
    before.bootDesktops();
    const Principal anna = before.addUser("anna");
    const Principal bert = before.addUser("bert");
    const MemoryTables backup = before.store.backup();
    // Promised to Anna, and lost before she came: her agent has never heard of it.
    const auto promised = before.connect(anna, pool, "key-anna-1");
    QVERIFY(promised && promised->lease);
    const Incarnation hers = before.row("ward-01").desktop.incarnation.number;
    World after;
    after.restore(before, backup, before.watermark.value);
    after.agentsReturn(before);
    after.bootDesktops();
    const auto berts = after.connect(bert, pool, "key-bert-1");
    QVERIFY(berts && berts->lease);
    QVERIFY(after.row("ward-01").lease->incarnation > hers);
    QVERIFY(!after.redeem(anna, *promised->ticket));
}

void tst_Adoption::aDesktopWithoutDomainNeverComesBack_R1()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 1);
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    const DesktopId old = before.row("ward-01").desktop.id;
    // In the lost time it lived on to who knows which number; now there is none of it.
    before.host.lose(before.row("ward-01").desktop.incarnation.domain);
    World after;
    after.restore(before, backup, Epoch(1000));
    after.bootDesktops();
    QVERIFY(!after.adoption.status());
    QCOMPARE(after.rows().size(), std::size_t(1));
    QVERIFY(after.rows().front().desktop.id != old);
    QVERIFY(after.connect(after.addUser("anna"), pool, "key-anna-1"));
}

void tst_Adoption::aStrangerIsNotLetIn()
{
    World before;
    before.addPool("Ward", 1, 2);
    before.bootDesktops();
    const MemoryTables empty = [&] {
        World blank;
        blank.addUser("anna");
        return blank.store.backup();
    }();
    FakeAgent stranger(before, {});
    stranger.credentials = before.agentOf("ward-01")->credentials;
    World after;
    after.restore(before, empty, Epoch(1000));
    // The pool is not known: left alone, and not let in after the mode is over.
    QVERIFY(!after.adoption.status());
    QVERIFY(!after.agentReturns(stranger));
    World other;
    other.restore(before, before.store.backup(), Epoch(1000));
    QVERIFY(isAdopting(other));
    stranger.credentials.back() = stranger.credentials.back() == 'A' ? 'B' : 'A';
    QVERIFY(!other.agentReturns(stranger));
    QVERIFY(other.agentReturns(*before.agentOf("ward-01")));
}

void tst_Adoption::theHostIsWaitedFor()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 1);
    const Principal anna = before.addUser("anna");
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    use(before, anna, pool, "key-anna-1");
    World after;
    after.host.disconnect();
    after.restore(before, backup, before.watermark.value);
    after.advance(std::chrono::minutes(2));
    QVERIFY(isAdopting(after));
    QVERIFY(!tryConnect(after, after.addUser("bert"), pool, "key-bert-1"));
    QCOMPARE(after.row("ward-01").desktop.quarantinedAt, std::optional<WallTime>());
    after.host.recover();
    after.advance(std::chrono::seconds(5));
    QCOMPARE(after.agentsReturn(before), 1);
    QVERIFY(!after.adoption.status());
    QCOMPARE(after.row("ward-01").lease->user, anna.user.id);
}

void tst_Adoption::aPromotionThatLostSomething()
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

void tst_Adoption::aLiarStopsNobody()
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
    QVERIFY(tryConnect(world, world.addUser("anna"), pool, "key-anna-1"));
}

void tst_Adoption::aLiarStopsNobody_afterAnotherBrokerAdopted()
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

void tst_Adoption::anEarlierLifeDoesNotSpeakForALaterOne_R3()
{
    // A restored database knows an earlier life of a desktop, and lets in who kept its secret.
    World world;
    world.addPool("Ward", 1, 1);
    world.bootDesktops();
    AdoptionRecord other;
    other.broker = BrokerId("other");
    other.reason = "it saw more";
    QVERIFY(world.store.beginAdoption(other, Epoch(5000), adoptionLife, AdoptionStart::anew));
    AgentIdentity earlier = world.agentOf("ward-01")->identity();
    AgentIdentity later = earlier;
    later.incarnation = Incarnation(2);
    auto now = std::make_shared<FakeAgent>(world, later);
    auto then = std::make_shared<FakeAgent>(world, earlier);
    world.agents.attach(later, now);
    now->session(wire::SessionState::connected);
    world.settle();
    world.agents.attach(earlier, then);
    QVERIFY(now->closedBecause.empty());
    QVERIFY(!then->closedBecause.empty());
    QVERIFY(world.agents.isAttached(later.desktop, later.incarnation));
    then->session(wire::SessionState::ended); // was on its way already
    world.settle();
    QCOMPARE(world.store.listWords()->size(), std::size_t(1));
    QCOMPARE(world.store.listWords()->front().incarnation, Incarnation(2));
}

void tst_Adoption::aLeaseIsNotCalledWhateverAnAgentLikes()
{
    for (const std::string name : { "../../users", "\x1b[2J", "a b" }) {
        World before;
        const Pool pool = before.addPool("Ward", 1, 1);
        const Principal anna = before.addUser("anna");
        before.bootDesktops();
        const MemoryTables backup = before.store.backup();
        use(before, anna, pool, "key-anna-1");
        before.agentOf("ward-01")->lease = name;
        World after;
        after.restore(before, backup, before.watermark.value);
        after.agentsReturn(before);
        QVERIFY(!after.adoption.status());
        QVERIFY(after.row("ward-01").desktop.quarantinedAt);
        QVERIFY(!after.row("ward-01").lease);
        QVERIFY(after.host.has(before.row("ward-01").desktop.incarnation.domain)); // R7
    }
}

void tst_Adoption::anAgentIsBelievedWhenNothingElseIsKnown()
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

void tst_Adoption::anOrderOfAnAdministrator_A10()
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

void tst_Adoption::anotherBrokerAdopts()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 2);
    const Principal anna = world.addUser("anna");
    world.bootDesktops();
    AdoptionRecord other;
    other.broker = BrokerId("other");
    other.reason = "it saw more";
    QVERIFY(world.store.beginAdoption(other, Epoch(5000), adoptionLife, AdoptionStart::anew));
    QVERIFY(!tryConnect(world, anna, pool, "key-anna-1"));
    world.advance(std::chrono::seconds(3));
    QCOMPARE(world.adoption.status()->state, std::string("following"));
    world.agentsReturn(world); // their words reach the other one through the database
    QCOMPARE(world.store.listWords()->size(), std::size_t(1));
    QVERIFY(world.store.noteAdoption(other.broker, 1, 1));
    world.advance(std::chrono::seconds(2));
    QCOMPARE(world.adoption.status()->settled, std::int64_t(1));
    QVERIFY(world.store.endAdoption(other.broker));
    world.advance(std::chrono::seconds(2));
    QVERIFY(!world.adoption.status());
    QVERIFY(tryConnect(world, anna, pool, "key-anna-2"));
}

void tst_Adoption::aBrokerThatDiedWhileAdoptingIsReplaced()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    const Principal anna = world.addUser("anna");
    world.bootDesktops();
    AdoptionRecord other;
    other.broker = BrokerId("other");
    other.reason = "it saw more";
    QVERIFY(world.store.beginAdoption(other, Epoch(5000), adoptionLife, AdoptionStart::anew));
    world.advance(std::chrono::seconds(3));
    world.agentsReturn(world);
    world.advance(std::chrono::seconds(20)); // it gives no sign
    world.bootDesktops();
    QVERIFY(!world.adoption.status());
    QVERIFY(!*world.store.findAdoption());
    QVERIFY(world.connect(anna, pool, "key-anna-1"));
}

void tst_Adoption::nothingIsDestroyedMeanwhile()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 3);
    const Principal anna = before.addUser("anna");
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    const Lease lease = use(before, anna, pool, "key-anna-1");
    logOff(before, anna, lease);
    World after;
    after.restore(before, backup, before.watermark.value);
    const int starts = after.host.startCalls();
    for (int minute = 0; minute < 4; ++minute) {
        after.keeper.wake(pool.id);
        after.advance(std::chrono::seconds(4));
        QVERIFY(isAdopting(after));
        QCOMPARE(after.host.destroyCalls(), 0);
        QCOMPARE(after.host.startCalls(), starts);
    }
    after.agentsReturn(before);
    after.advance(std::chrono::seconds(1));
    QVERIFY(!after.adoption.status());
    QVERIFY(after.host.destroyCalls() > 0); // what was free before is made anew now
}

void tst_Adoption::aBackupOfTheMidstOfAnAdoption()
{
    World before;
    const Pool pool = before.addPool("Ward", 2, 2);
    before.bootDesktops();
    const Principal anna = before.addUser("anna");
    const MemoryTables old = before.store.backup();
    const Lease lease = use(before, anna, pool, "key-anna-1");
    const std::string hers = before.store.findDesktop(lease.desktop)->desktop.name;
    World between; // the process that adopts is killed in the middle, after a backup was made
    between.restore(before, old, before.watermark.value);
    between.agentReturns(*before.agentOf(hers));
    QCOMPARE(between.store.listSettled()->size(), std::size_t(1));
    const MemoryTables middle = between.store.backup();
    World next; // it goes on: what was settled stays so
    next.restore(before, middle, between.watermark.value);
    QVERIFY(isAdopting(next));
    QCOMPARE(next.store.listSettled()->size(), std::size_t(1));
    next.agentsReturn(before);
    QVERIFY(!next.adoption.status());
    QCOMPARE(next.row(hers).lease->id, lease.id);
    World later; // that backup is restored long after: nothing of it is believed
    later.restore(before, middle, next.watermark.value);
    QVERIFY(isAdopting(later));
    QVERIFY(later.store.listSettled()->empty());
    later.agentsReturn(before);
    QVERIFY(!later.adoption.status());
    QCOMPARE(later.row(hers).lease->id, lease.id);
}

QTEST_GUILESS_MAIN(tst_Adoption)
#include "tst_adoption.moc"
