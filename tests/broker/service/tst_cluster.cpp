// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/peerproof.h"
#include "tests/broker/service/clusterworld.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

wire::Connection connected(ClusterWorld& world, Side& side, const Principal& who, const Pool& pool)
{
    wire::Connect request;
    request.pool = pool.id.value();
    return world
        .await<wire::Connection>([&](Done<wire::Connection> done) {
            side.connections.connect(who, request, "key-number-1", std::move(done));
        })
        .value_or(wire::Connection());
}

Result<wire::OneTimeCredential> redeemed(
    ClusterWorld& world, Side& side, const Principal& who, const wire::Connection& connection)
{
    return world.await<wire::OneTimeCredential>([&](Done<wire::OneTimeCredential> done) {
        side.connections.redeem(who, { connection.ticket.value_or("") }, std::move(done));
    });
}

}

class tst_Cluster : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void poolsAreSharedOut();
    void aKilledBrokersWorkIsTakenOverWithinFiveSeconds();
    void aPlannedEndCostsNoWaiting();
    void R3_aBrokerThatStoodStillWritesNothing();
    void R3_whereverABrokerStoodStillItDoesNothingMore_data();
    void R3_whereverABrokerStoodStillItDoesNothingMore();
    void whatFailsIsTriedAgainByTheSameBroker();
    void R3_aBrokerWhoseClockStoodStillIsRefusedByTheDatabase();
    void aReplacedRegistrationLosesItsClaims();
    void S5_aCredentialComesFromTheAgentAtAnotherBroker();
    void R13_aDesktopsWordsDoNotBreakTheChannelBetweenBrokers();
    void anOrderWaitsForTheAgentOfADeadBroker();
    void anAgentThatMovedIsFoundAtItsNewBroker();
    void anOldListOfAgentsEndsNoConnection();
    void R7_anAgentAtAnotherBrokerContradictsTheHost();
    void eventsReachTheClientsOfAllBrokers();
    void aUserWhoWaitsElsewhereMakesThePoolGrow();
    void newBrokersAreToldToTheAgents();
    void R10_ticketsEndByTheDatabasesClock();
    void onlyTheClusterSecretLetsABrokerIn();
};

void tst_Cluster::poolsAreSharedOut()
{
    ClusterWorld world({ "a", "b" });
    for (const char* name : { "w1", "w2", "w3", "w4" })
        world.addPool(name, 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& b = world.side("b");
    QCOMPARE(a.membership.held().size(), std::size_t(2));
    QCOMPARE(b.membership.held().size(), std::size_t(2));
    QCOMPARE(world.rows().size(), std::size_t(4)); // each made once
}

void tst_Cluster::aKilledBrokersWorkIsTakenOverWithinFiveSeconds()
{
    ClusterWorld world({ "a", "b" });
    Side& a = world.side("a");
    Side& b = world.side("b");
    const Pool one = world.addPool("w1", 0, 4);
    const Pool two = world.addPool("w2", 0, 4);
    world.advance(3s);
    const Pool& ofA = a.membership.find(one.id) ? one : two;
    QVERIFY(a.membership.find(ofA.id));
    a.stopped = true;
    world.part(a, b);
    const MonotonicTime died = world.clock.monotonic();
    while (!b.membership.find(ofA.id) && world.clock.monotonic() - died < 10s)
        world.advance(50ms);
    QVERIFY(b.membership.find(ofA.id));
    QVERIFY(world.clock.monotonic() - died <= 5s);
    // And it works on them.
    Pool grown = ofA;
    grown.spare = 1;
    QVERIFY(world.store.updatePool(grown));
    b.keeper.wake(ofA.id);
    world.settle();
    QCOMPARE(world.rows().size(), std::size_t(1));
    QVERIFY(world.rows().front().desktop.incarnation.startedAt);
}

void tst_Cluster::aPlannedEndCostsNoWaiting()
{
    ClusterWorld world({ "a", "b" });
    Side& a = world.side("a");
    const Pool one = world.addPool("w1", 0, 4);
    const Pool two = world.addPool("w2", 0, 4);
    world.advance(3s);
    bool left = false;
    a.membership.leave([&] {
        a.peers.tellReleased();
        left = true;
    });
    world.settle();
    QVERIFY(left);
    Side& b = world.side("b");
    QVERIFY(b.membership.find(one.id) && b.membership.find(two.id)); // no time has passed
}

void tst_Cluster::R3_aBrokerThatStoodStillWritesNothing()
{
    ClusterWorld world({ "a" });
    Side& a = world.side("a");
    const Pool pool = world.addPool("w1", 1, 1);
    // It stops right before it begins: the rows were read, the host was not called.
    world.advance(900ms);
    a.membership.hurry();
    for (int i = 0; i < 1000 && world.rows().empty(); ++i)
        a.runOne();
    QCOMPARE(world.rows().size(), std::size_t(1));
    a.stopped = true;
    world.sides.push_back(std::make_unique<Side>(world, "b"));
    Side& b = world.side("b");
    b.start();
    world.advance(10s);
    QVERIFY(b.membership.find(pool.id));
    const auto before = world.rows();
    const auto starts = world.host.startCalls();
    a.stopped = false;
    world.settle(); // what it had in mind
    QCOMPARE(world.host.startCalls(), starts);
    QVERIFY(!a.membership.find(pool.id));
    const auto after = world.rows();
    QCOMPARE(after.size(), before.size());
    QCOMPARE(after.front().desktop.incarnation.domain, before.front().desktop.incarnation.domain);
    QVERIFY(!a.keeper.messageOf(pool.id).size());
}

void tst_Cluster::R3_whereverABrokerStoodStillItDoesNothingMore_data()
{
    QTest::addColumn<bool>("grows");
    QTest::addColumn<int>("hosts");
    QTest::newRow("while the pool grows") << true << 0;
    QTest::newRow("while the pool shrinks") << false << 0;
    QTest::newRow("while the pool grows on two hosts") << true << 2;
    QTest::newRow("while the pool shrinks on two hosts") << false << 2;
}

/// It stops after each of the jobs that the work of a pool consists of, and goes on when the pool
/// has long been another's.
void tst_Cluster::R3_whereverABrokerStoodStillItDoesNothingMore()
{
    QFETCH(bool, grows);
    QFETCH(int, hosts);
    const std::int64_t size = std::max(1, hosts);
    bool finished = false;
    for (int jobs = 0; !finished; ++jobs) {
        ClusterWorld world({ "a" });
        for (int host = 0; host < hosts; ++host)
            world.addHost("host-" + std::to_string(host));
        Side& a = world.side("a");
        Pool pool = world.addPool("w1", grows ? 0 : size, size);
        world.advance(3s);
        QCOMPARE(world.rows().size(), std::size_t(grows ? 0 : size));
        pool.spare = grows ? size : 0;
        QVERIFY(world.store.updatePool(pool));
        a.keeper.wake(pool.id);
        for (int done = 0; done < jobs && !finished; ++done)
            finished = !a.runOne();
        a.stopped = true;
        world.sides.push_back(std::make_unique<Side>(world, "b"));
        Side& b = world.side("b");
        b.start();
        world.advance(10s);
        QVERIFY(b.membership.find(pool.id));
        const auto before = world.rows();
        QCOMPARE(before.size(), std::size_t(grows ? size : 0));
        const int calls = world.calls();
        a.stopped = false;
        world.settle();
        const std::string where = "after job " + std::to_string(jobs);
        QVERIFY2(!a.membership.find(pool.id), where.c_str());
        QVERIFY2(world.calls() == calls, where.c_str());
        const auto after = world.rows();
        QVERIFY2(after.size() == before.size(), where.c_str());
        QVERIFY2(!grows
                || after.front().desktop.incarnation.domain
                    == before.front().desktop.incarnation.domain,
            where.c_str());
        QVERIFY2(world.domains() == after.size(), where.c_str());
    }
}

void tst_Cluster::whatFailsIsTriedAgainByTheSameBroker()
{
    ClusterWorld world({ "a" });
    Side& a = world.side("a");
    world.host.failNextStarts(1, Error { Errc::unavailable, "no room" });
    const Pool pool = world.addPool("w1", 1, 2);
    world.advance(2s);
    QCOMPARE(world.rows().front().desktop.incarnation.lastError, std::string("no room"));
    world.advance(10s);
    QVERIFY(world.rows().front().desktop.incarnation.startedAt);
    QVERIFY(a.membership.find(pool.id));
    // The same where the database refuses to write.
    Pool grown = pool;
    grown.spare = 2;
    QVERIFY(world.store.updatePool(grown));
    world.store.setFull(true);
    a.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.rows().size(), std::size_t(1));
    world.store.setFull(false);
    world.advance(10s);
    QCOMPARE(world.rows().size(), std::size_t(2));
}

void tst_Cluster::R3_aBrokerWhoseClockStoodStillIsRefusedByTheDatabase()
{
    // As after a suspended machine: its own clock says that nothing has happened.
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 0, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& holder = a.membership.find(pool.id) ? a : world.side("b");
    Side& other = &holder == &a ? world.side("b") : a;
    const Fence old = holder.membership.find(pool.id)->fence();
    holder.stopped = true;
    world.advance(10s);
    QVERIFY(other.membership.find(pool.id));
    const FenceScope scope(world.store, old);
    Desktop desktop;
    desktop.id = DesktopId("d");
    desktop.organisation = world.organisation;
    desktop.pool = pool.id;
    desktop.name = "d";
    desktop.incarnation.number = Incarnation(1);
    desktop.incarnation.domain = DomainUuid("u");
    desktop.incarnation.image = ImageId("image-1");
    const auto added = world.store.addDesktop(desktop, "10.213.0.16", "10.213.0.60");
    QVERIFY(!added);
    QCOMPARE(added.error().code, Errc::stale);
}

void tst_Cluster::aReplacedRegistrationLosesItsClaims()
{
    ClusterWorld world({ "a" });
    Side& a = world.side("a");
    const Pool pool = world.addPool("w1", 0, 1);
    world.advance(2s);
    QVERIFY(a.membership.find(pool.id));
    BrokerRecord twin;
    twin.id = BrokerId("a");
    QVERIFY(world.store.registerBroker(twin)); // another process of the same name
    world.advance(1100ms);
    QVERIFY(!a.membership.find(pool.id));
    world.advance(10s); // the other one did not go on
    QVERIFY(a.membership.find(pool.id));
    // What it has in mind when that happens is refused by the database before it knows itself.
    QVERIFY(world.store.registerBroker(twin));
    Pool grown = pool;
    grown.spare = 1;
    QVERIFY(world.store.updatePool(grown));
    QVERIFY(a.membership.find(pool.id));
    a.keeper.wake(pool.id);
    world.settle();
    QVERIFY(world.rows().empty());
    world.advance(20s);
    QCOMPARE(world.rows().size(), std::size_t(1));
    QVERIFY(a.membership.find(pool.id));
}

void tst_Cluster::S5_aCredentialComesFromTheAgentAtAnotherBroker()
{
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& b = world.side("b");
    const auto agent = world.attach(a, world.rows().front());
    QVERIFY(b.agents.isConnected(world.rows().front().desktop.id, Incarnation(1)));
    QVERIFY(!b.agents.isAttached(world.rows().front().desktop.id, Incarnation(1)));
    const Principal nurse = world.addUser("nurse");
    const auto connection = connected(world, b, nurse, pool);
    QCOMPARE(connection.state, wire::ConnectionState::ready);
    const auto credential = redeemed(world, b, nurse, connection);
    QVERIFY2(credential, credential ? "" : credential.error().detail.c_str());
    QVERIFY(credential->credential.starts_with("one-time-"));
    QCOMPARE(agent->commands.back().kind, wire::AgentCommandKind::prepare);
}

void tst_Cluster::R13_aDesktopsWordsDoNotBreakTheChannelBetweenBrokers()
{
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& b = world.side("b");
    const auto agent = world.attach(world.side("a"), world.rows().front());
    // As much as an agent's own frame holds; what a broker says of it must still fit into one.
    agent->words = std::string((64U << 10U) - 200, 'x');
    for (std::size_t at = 0; at + 2 < agent->words.size(); at += 2)
        agent->words.replace(at, 2, "\u00e4");
    agent->words.insert(0, "x"); // and no character is cut in two
    const Principal nurse = world.addUser("nurse");
    const auto refused = redeemed(world, b, nurse, connected(world, b, nurse, pool));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    QVERIFY(refused.error().detail.find("\u00e4") != std::string::npos);
    QVERIFY2(
        refused.error().detail.size() < 1000, "and the audit is no place for a desktop's essays");
    QVERIFY(QString::fromUtf8(refused.error().detail.c_str()).toUtf8().toStdString()
        == refused.error().detail);
    QVERIFY(world.longestFrame < 4096);
}

void tst_Cluster::anOrderWaitsForTheAgentOfADeadBroker()
{
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& b = world.side("b");
    const DesktopRow row = world.rows().front();
    const auto deaf = world.attach(a, row);
    const Principal nurse = world.addUser("nurse");
    const auto connection = connected(world, b, nurse, pool);
    QCOMPARE(connection.state, wire::ConnectionState::ready);
    a.stopped = true; // the order gets no further than its queue
    std::optional<Result<wire::OneTimeCredential>> answer;
    b.connections.redeem(nurse, { connection.ticket.value_or("") },
        [&](Result<wire::OneTimeCredential> result) { answer = std::move(result); });
    world.settle();
    QVERIFY(!answer);
    world.part(a, b);
    QVERIFY(!answer);
    std::ignore = world.attach(b, row); // within the agent's patience
    QVERIFY(answer && *answer);
    QVERIFY(deaf->commands.empty());
}

void tst_Cluster::anAgentThatMovedIsFoundAtItsNewBroker()
{
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& b = world.side("b");
    const DesktopRow row = world.rows().front();
    const auto older = world.attach(a, row);
    const auto newer = world.attach(b, row); // a has not noticed that its line is dead
    QVERIFY(!older->closedBecause.empty());
    QVERIFY(!a.agents.isAttached(row.desktop.id, Incarnation(1)));
    const Principal nurse = world.addUser("nurse");
    QVERIFY(redeemed(world, a, nurse, connected(world, a, nurse, pool)));
    QCOMPARE(newer->commands.size(), std::size_t(1));
}

void tst_Cluster::anOldListOfAgentsEndsNoConnection()
{
    ClusterWorld world({ "a", "b" });
    std::ignore = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& b = world.side("b");
    const DesktopRow row = world.rows().front();
    std::ignore = world.attach(a, row);
    a.stopped = true;
    world.advance(5s); // b has parted with it
    const auto there = world.attach(b, row);
    a.stopped = false;
    world.join(a, b); // a tells what it had when it stood still
    QVERIFY(there->closedBecause.empty());
    QVERIFY(b.agents.isAttached(row.desktop.id, Incarnation(1)));
}

void tst_Cluster::R7_anAgentAtAnotherBrokerContradictsTheHost()
{
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    Side& holder = a.membership.find(pool.id) ? a : world.side("b");
    Side& other = &holder == &a ? world.side("b") : a;
    const DesktopRow row = world.rows().front();
    std::ignore = world.attach(other, row);
    const Principal nurse = world.addUser("nurse");
    QVERIFY(redeemed(world, holder, nurse, connected(world, holder, nurse, pool)));
    world.host.lose(row.desktop.incarnation.domain);
    holder.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.store.listOpenLeasesOf(nurse.user.id)->size(), std::size_t(1));
}

void tst_Cluster::eventsReachTheClientsOfAllBrokers()
{
    ClusterWorld world({ "a", "b" });
    Side& a = world.side("a");
    Side& b = world.side("b");
    const Principal nurse = world.addUser("nurse");
    auto listener = std::make_shared<FakeEvents>();
    std::ignore = b.events.attach(nurse, listener);
    wire::Event moved;
    moved.kind = wire::EventKind::sessionMoved;
    a.events.tellUser(nurse.user.id, moved);
    a.events.desktopsChanged(world.organisation);
    world.advance(2s);
    QCOMPARE(listener->count(wire::EventKind::sessionMoved), std::size_t(1));
    QCOMPARE(listener->count(wire::EventKind::desktopsChanged), std::size_t(1));
    a.events.tellUser(nurse.user.id, moved, nurse.token); // to all but the one who caused it
    world.settle();
    QCOMPARE(listener->count(wire::EventKind::sessionMoved), std::size_t(1));
    a.events.endToken(nurse.token, "signed out"); // A5
    world.settle();
    QVERIFY(listener->closed);
}

void tst_Cluster::aUserWhoWaitsElsewhereMakesThePoolGrow()
{
    ClusterWorld world({ "a", "b" });
    const Pool pool = world.addPool("w1", 0, 2);
    world.advance(3s);
    Side& a = world.side("a");
    Side& other = a.membership.find(pool.id) ? world.side("b") : a;
    const Principal nurse = world.addUser("nurse");
    QCOMPARE(connected(world, other, nurse, pool).state, wire::ConnectionState::preparing);
    world.settle();
    QCOMPARE(world.rows().size(), std::size_t(1));
}

void tst_Cluster::newBrokersAreToldToTheAgents()
{
    ClusterWorld world({ "a" });
    std::ignore = world.addPool("w1", 1, 1);
    world.advance(3s);
    Side& a = world.side("a");
    const auto agent = world.attach(a, world.rows().front());
    QVERIFY(agent->commands.empty()); // a single broker has nothing to tell
    a.agents.setBrokers({ { "h", 1, "k" }, { "i", 2, "l" } });
    QCOMPARE(agent->commands.size(), std::size_t(1));
    QCOMPARE(agent->commands.front().kind, wire::AgentCommandKind::brokers);
    QCOMPARE(agent->commands.front().brokers->size(), std::size_t(2));
}

void tst_Cluster::R10_ticketsEndByTheDatabasesClock()
{
    ManualClock mine;
    DatabaseClock clock(mine);
    QCOMPARE(clock.wall(), mine.wall()); // until the database has spoken
    const WallTime theirs = mine.wall() + 1h;
    clock.learn(theirs, mine.monotonic() - 20ms, mine.monotonic());
    QVERIFY(clock.wall() - theirs <= 10ms && clock.wall() >= theirs);
    mine.advance(30s);
    QVERIFY(clock.wall() - theirs <= 30010ms && clock.wall() - theirs >= 30s);
}

void tst_Cluster::onlyTheClusterSecretLetsABrokerIn()
{
    const Secret secret("cluster-secret");
    const std::string key(64, 'a');
    const PeerProof proof { .opener = { BrokerId("broker-2"), Epoch(7) },
        .openerKeySha256 = std::string(64, 'c'),
        .acceptorKeySha256 = key,
        .channelBinding = "binding" };
    const std::string good = proveTo(secret, proof);
    const auto checked = checkProof(secret, good, key, "binding");
    QVERIFY(checked);
    QCOMPARE(checked->opener.broker, BrokerId("broker-2"));
    QCOMPARE(checked->opener.epoch, Epoch(7));
    QCOMPARE(checked->openerKeySha256, std::string(64, 'c'));
    QVERIFY(!checkProof(Secret("another"), good, key, "binding"));
    QVERIFY(!checkProof(secret, good, std::string(64, 'b'), "binding")); // meant for another broker
    QVERIFY(!checkProof(secret, good, key, "another connection"));
    QVERIFY(!checkProof(secret, good, key, ""));
    std::string other = good;
    other.replace(0, 8, "broker-3");
    QVERIFY(!checkProof(secret, other, key, "binding"));
    other = good;
    other.replace(other.find("ccc"), 3, "ddd");
    QVERIFY(!checkProof(secret, other, key, "binding")); // another key than its own
    for (const char* nonsense : { "", "a", "a.b", "a.1.", "a.x.y", "broker-2.7.", "broker-2.7.c." })
        QVERIFY(!checkProof(secret, nonsense, key, "binding"));
    QVERIFY(!checkProof(Secret(), proveTo(Secret(), proof), key, "binding"));
    // And the other way round: the one who answers has it, too.
    const std::string answer = answerTo(secret, proof);
    QVERIFY(isAnswerTo(secret, proof, answer));
    QVERIFY(!isAnswerTo(Secret("another"), proof, answer));
    QVERIFY(!isAnswerTo(secret, proof, good.substr(good.rfind('.') + 1)));
    QVERIFY(!isAnswerTo(secret, proof, ""));
    QVERIFY(!isAnswerTo(Secret(), proof, answerTo(Secret(), proof)));
    PeerProof elsewhere = proof;
    elsewhere.channelBinding = "another connection";
    QVERIFY(!isAnswerTo(secret, elsewhere, answer));
    elsewhere.channelBinding.clear();
    QVERIFY(!isAnswerTo(secret, elsewhere, answerTo(secret, elsewhere)));
}

QTEST_GUILESS_MAIN(tst_Cluster)
#include "tst_cluster.moc"
