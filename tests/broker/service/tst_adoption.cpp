// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/adoptionworld.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

/// R11: what becomes of each desktop, lease and agent when the broker adopts what runs.
class tst_Adoption : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anOldBackupIsAdopted();
    void aSilentDesktopIsSetAside();
    void aUserWhomTheDatabaseDoesNotKnow();
    void twoLivesOfOneDesktop();
    void whatMayHaveBeenPromisedIsMadeAnew_R1();
    void aDesktopWithoutDomainNeverComesBack_R1();
    void anEarlierLifeDoesNotSpeakForALaterOne_R3();
    void aLeaseIsNotCalledWhateverAnAgentLikes();
    void whatIsInTheWayIsSetAside_data();
    void whatIsInTheWayIsSetAside();
    void strangersAreLeftAloneInPieces();
    void theLeaseOfAnEarlierLifeIsClosed_R1();
};

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

QTEST_GUILESS_MAIN(tst_Adoption)
#include "tst_adoption.moc"
