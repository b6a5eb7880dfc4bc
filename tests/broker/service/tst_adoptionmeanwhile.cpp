// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/adoptionworld.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

/// R11: what happens before the adoption is over, and who does it.
class tst_AdoptionMeanwhile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothingIsGivenOutBeforeTheFirstLook();
    void whoIsOnTheWayBackIsWaitedFor();
    void aWordAtTheLastMomentCounts();
    void aStrangerIsNotLetIn();
    void theHostIsWaitedFor();
    void anotherBrokerAdopts();
    void aBrokerThatDiedWhileAdoptingIsReplaced();
    void nothingIsDestroyedMeanwhile();
    void aBackupOfTheMidstOfAnAdoption();
    void aFollowerWithoutDatabaseGoesOnFollowing();
    void patienceHasAnEnd();
    void whoAsksTooEarlyIsToldSo();
    void aDesktopThatAppearsMeanwhileIsLetIn();
    void whatIsHeardMeanwhileIsNotForgotten();
    void aSecretIsOfOneLife();
};

void tst_AdoptionMeanwhile::nothingIsGivenOutBeforeTheFirstLook()
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

void tst_AdoptionMeanwhile::whoIsOnTheWayBackIsWaitedFor()
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

void tst_AdoptionMeanwhile::aWordAtTheLastMomentCounts()
{
    World before;
    before.addPool("Ward", 1, 1);
    before.bootDesktops();
    World after;
    after.restore(before, before.store.backup(), Epoch(1000));
    after.advance(std::chrono::seconds(19));
    QVERIFY(isAdopting(after));
    // Through another broker, when its silence is just being judged.
    after.failing.meanwhile("listWords", [&after] {
        AgentWord word;
        word.desktop = after.row("ward-01").desktop.id;
        word.incarnation = Incarnation(1);
        std::ignore = after.store.recordWord(word);
    });
    after.advance(std::chrono::seconds(2));
    QVERIFY(!after.adoption.status());
    QVERIFY(!after.row("ward-01").desktop.quarantinedAt);
}

void tst_AdoptionMeanwhile::aStrangerIsNotLetIn()
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

void tst_AdoptionMeanwhile::theHostIsWaitedFor()
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

void tst_AdoptionMeanwhile::anotherBrokerAdopts()
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

void tst_AdoptionMeanwhile::aBrokerThatDiedWhileAdoptingIsReplaced()
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

void tst_AdoptionMeanwhile::nothingIsDestroyedMeanwhile()
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

void tst_AdoptionMeanwhile::aBackupOfTheMidstOfAnAdoption()
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

void tst_AdoptionMeanwhile::aFollowerWithoutDatabaseGoesOnFollowing()
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
    QVERIFY(
        world.adoption.status()->message.find("the database does not answer") != std::string::npos);
    world.failing.failNothing();
    world.advance(std::chrono::seconds(2));
    QVERIFY(!world.adoption.status());
}

void tst_AdoptionMeanwhile::patienceHasAnEnd()
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

void tst_AdoptionMeanwhile::whoAsksTooEarlyIsToldSo()
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

void tst_AdoptionMeanwhile::aDesktopThatAppearsMeanwhileIsLetIn()
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

void tst_AdoptionMeanwhile::whatIsHeardMeanwhileIsNotForgotten()
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

void tst_AdoptionMeanwhile::aSecretIsOfOneLife()
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

QTEST_GUILESS_MAIN(tst_AdoptionMeanwhile)
#include "tst_adoptionmeanwhile.moc"
