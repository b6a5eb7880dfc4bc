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
    void aBrokerWithoutARecordAdopts();
    void aNewDatabaseNeedsNoHost();
    void whatIsInTheWayIsSetAside_data();
    void whatIsInTheWayIsSetAside();
    void strangersAreLeftAloneInPieces();
    void anOrderThatCannotBeNoted_A10();
    void aFollowerWithoutDatabaseGoesOnFollowing();
    void patienceHasAnEnd();
    void whoAsksTooEarlyIsToldSo();
    void aDesktopThatAppearsMeanwhileIsLetIn();
    void whatIsHeardMeanwhileIsNotForgotten();
    void itBeginsOnceOnly();
    void theWatchGoesOn();
    void theLeaseOfAnEarlierLifeIsClosed_R1();
    void aSecretIsOfOneLife();

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
    world.adoption.suspect("it says that it has seen more");
    world.settle();
    QVERIFY(!world.adoption.status());
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

void tst_Adoption::aBrokerWithoutARecordAdopts()
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

void tst_Adoption::aNewDatabaseNeedsNoHost()
{
    World blank;
    QVERIFY(blank.store.raiseEpoch(Epoch(3))); // by its own registration
    World world;
    world.host.disconnect();
    world.restore(blank, blank.store.backup(), std::nullopt);
    QVERIFY(!world.adoption.status());
    QCOMPARE(world.countAudit("system.adopting"), std::size_t(0));
}

void tst_Adoption::whatIsInTheWayIsSetAside_data()
{
    QTest::addColumn<int>("times");
    QTest::newRow("of its lease") << 1;
    QTest::newRow("of its row") << 2;
}

void tst_Adoption::whatIsInTheWayIsSetAside()
{
    QFETCH(int, times);
    World before;
    const Pool pool = before.addPool("Ward", 1, 1);
    const Principal anna = before.addUser("anna");
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    use(before, anna, pool, "key-anna-1");
    World after;
    after.failing.failNext("adoptDesktop", { Errc::conflict, "another has it" }, 0, times);
    after.restore(before, backup, before.watermark.value);
    after.agentsReturn(before);
    QVERIFY(!after.adoption.status());
    const DesktopRow row = after.row("ward-01");
    QVERIFY(row.desktop.quarantinedAt && !row.lease);
    QCOMPARE(row.desktop.quarantineReason, std::string("another has it"));
    QVERIFY(after.host.has(before.row("ward-01").desktop.incarnation.domain)); // R7
}

void tst_Adoption::strangersAreLeftAloneInPieces()
{
    World before;
    before.addPool("Ward", 1, 1);
    before.bootDesktops();
    for (int number = 0; number < 60; ++number) {
        ObservedDomain stranger = before.host.list()->front();
        stranger.uuid = DomainUuid("stranger-" + std::to_string(number));
        stranger.desktop = DesktopId(stranger.uuid.value());
        stranger.pool = PoolId("elsewhere");
        before.host.put(stranger);
    }
    World after;
    after.restore(before, before.store.backup(), Epoch(1000));
    QCOMPARE(after.store.listSettled()->size(), std::size_t(60));
    QVERIFY(isAdopting(after)); // for the one that it knows
    after.agentsReturn(before);
    QVERIFY(!after.adoption.status());
    QCOMPARE(after.countAudit("desktop.adopt"), std::size_t(61));
    QCOMPARE(after.rows().size(), std::size_t(1));
}

void tst_Adoption::anOrderThatCannotBeNoted_A10()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    world.failing.failAll("appendAudit", { Errc::storageFull, "full" });
    const auto status = world.await<wire::AdoptionStatus>(
        [&](Done<wire::AdoptionStatus> done) { world.adoption.order(admin, std::move(done)); });
    QVERIFY(!status);
    QVERIFY(!world.adoption.status());
}

void tst_Adoption::aFollowerWithoutDatabaseGoesOnFollowing()
{
    World world;
    world.addPool("Ward", 1, 1);
    world.bootDesktops();
    AdoptionRecord other;
    other.broker = BrokerId("other");
    other.reason = "it saw more";
    QVERIFY(world.store.beginAdoption(other, Epoch(5000), adoptionLife, AdoptionStart::anew));
    world.advance(std::chrono::seconds(3));
    world.failing.failAll("beginAdoption", { Errc::unavailable, "no database" });
    QVERIFY(world.store.endAdoption(other.broker));
    world.advance(std::chrono::seconds(2));
    QCOMPARE(world.adoption.status()->state, std::string("following"));
    QVERIFY(world.adoption.status()->message.ends_with("; no database"));
    world.failing.failNothing();
    world.advance(std::chrono::seconds(2));
    QVERIFY(!world.adoption.status());
}

void tst_Adoption::patienceHasAnEnd()
{
    World before;
    before.addPool("Ward", 24, 24);
    before.bootDesktops();
    World after;
    after.restore(before, before.store.backup(), Epoch(1000));
    // Every 15 s another one comes; after five minutes the rest is not waited for any longer.
    int waited = 0;
    for (const auto& [name, agent] : before.connected) {
        after.advance(std::chrono::seconds(15));
        if (!isAdopting(after))
            break;
        QVERIFY(after.agentReturns(*agent));
        ++waited;
    }
    QVERIFY2(waited >= 19 && waited <= 22, qPrintable(QString::number(waited)));
    QVERIFY(after.row("ward-24").desktop.quarantinedAt);
}

void tst_Adoption::whoAsksTooEarlyIsToldSo()
{
    World before;
    before.addPool("Ward", 1, 1);
    const MemoryTables empty = before.store.backup(); // no desktop is in it
    before.bootDesktops();
    World after;
    const auto ask = [&after] {
        Errc code = Errc::internal;
        after.adoption.authenticate(DesktopId("unknown"), Incarnation(1), SecretHash("hash"),
            [&code](const Result<AgentIdentity>& who) { code = who ? code : who.error().code; });
        after.settle();
        return code;
    };
    after.adoption.start(); // it checks
    QCOMPARE(ask(), Errc::unauthenticated);
    after.host.disconnect();
    after.restore(before, empty, Epoch(1000));
    QVERIFY(isAdopting(after)); // it cannot list
    QCOMPARE(ask(), Errc::unavailable);
}

void tst_Adoption::aDesktopThatAppearsMeanwhileIsLetIn()
{
    World before;
    const Pool pool = before.addPool("Ward", 2, 3);
    before.bootDesktops();
    const MemoryTables backup = before.store.backup();
    use(before, before.addUser("anna"), pool, "key-anna-1");
    before.bootDesktops(); // the third, of which the backup knows nothing
    const FakeAgent third = *before.agentOf("ward-03");
    ObservedDomain hidden;
    const auto running = before.host.list();
    for (const ObservedDomain& domain : *running) {
        if (domain.desktop == third.identity().desktop)
            hidden = domain;
    }
    before.host.lose(hidden.uuid);
    World after;
    after.restore(before, backup, Epoch(1000));
    QVERIFY(isAdopting(after));
    after.host.disconnect();
    after.advance(std::chrono::seconds(2));
    QVERIFY(!after.agentReturns(third)); // the host cannot be asked
    after.host.recover();
    after.host.put(hidden);
    after.advance(std::chrono::seconds(2));
    QVERIFY(after.agentReturns(third));
    FakeAgent liar = third; // with another secret
    liar.credentials.back() = liar.credentials.back() == 'A' ? 'B' : 'A';
    after.advance(std::chrono::seconds(2));
    QVERIFY(!after.agentReturns(liar));
}

void tst_Adoption::whatIsHeardMeanwhileIsNotForgotten()
{
    World before;
    before.addPool("Ward", 1, 1);
    before.bootDesktops();
    World after;
    after.restore(before, before.store.backup(), Epoch(1000));
    QVERIFY(isAdopting(after));
    after.adoption.heard();
    while (after.storeLane.runOne()) { } // it has looked, and nobody had said anything
    const AgentIdentity who = before.agentOf("ward-01")->identity();
    AgentWord word;
    word.desktop = who.desktop;
    word.incarnation = who.incarnation;
    word.session = SessionSeen::prepared;
    QVERIFY(after.store.recordWord(word));
    after.adoption.heard();
    after.settle(); // without time passing
    QVERIFY(!after.adoption.status());
}

void tst_Adoption::itBeginsOnceOnly()
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

void tst_Adoption::theWatchGoesOn()
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

void tst_Adoption::theLeaseOfAnEarlierLifeIsClosed_R1()
{
    World before;
    const Pool pool = before.addPool("Ward", 1, 1);
    const Principal anna = before.addUser("anna");
    const Principal bert = before.addUser("bert");
    before.bootDesktops();
    const Lease annas = use(before, anna, pool, "key-anna-1");
    const MemoryTables backup = before.store.backup();
    logOff(before, anna, annas);
    const Lease berts = use(before, bert, pool, "key-bert-1");
    QVERIFY(berts.desktop == annas.desktop && berts.incarnation > annas.incarnation);
    World after;
    after.restore(before, backup, before.watermark.value);
    after.agentsReturn(before);
    QVERIFY(!after.adoption.status());
    QVERIFY(after.store.findLease(after.organisation, annas.id)->closedAt);
    QCOMPARE(after.row("ward-01").lease->id, berts.id);
    QVERIFY(!after.row("ward-01").lease->closedAt);
}

void tst_Adoption::aSecretIsOfOneLife()
{
    World before;
    before.addPool("Ward", 1, 1);
    before.bootDesktops();
    const auto running = before.host.list();
    ObservedDomain mute = running->front();
    mute.uuid = DomainUuid("mute");
    mute.desktop = DesktopId("mute");
    mute.bootstrapHash = {};
    before.host.put(mute);
    World after;
    after.restore(before, before.store.backup(), Epoch(1000));
    QVERIFY(isAdopting(after));
    const auto isLetIn = [&after](const ObservedDomain& domain, Incarnation incarnation) {
        return after
            .await<AgentIdentity>([&](Done<AgentIdentity> done) {
                after.adoption.authenticate(
                    domain.desktop, incarnation, domain.bootstrapHash, std::move(done));
            })
            .has_value();
    };
    const ObservedDomain& good = running->front();
    QVERIFY(isLetIn(good, good.incarnation));
    QVERIFY(!isLetIn(good, Incarnation(good.incarnation.value() + 1)));
    QVERIFY(!isLetIn(mute, mute.incarnation)); // nothing is no secret
    // Nor is anybody let in while another broker adopts.
    World other;
    AdoptionRecord theirs;
    theirs.broker = BrokerId("other");
    theirs.reason = "it saw more";
    QVERIFY(other.store.beginAdoption(theirs, Epoch(5000), adoptionLife, AdoptionStart::anew));
    other.advance(std::chrono::seconds(4));
    QCOMPARE(other.adoption.status()->state, std::string("following"));
    QVERIFY(!other.await<AgentIdentity>([&](Done<AgentIdentity> done) {
        other.adoption.authenticate(
            good.desktop, good.incarnation, good.bootstrapHash, std::move(done));
    }));
}

QTEST_GUILESS_MAIN(tst_Adoption)
#include "tst_adoption.moc"
