// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "tests/broker/service/world.h"

#include <QtTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;
using wire::SessionState;

namespace {

/// A pool whose desktops have two seats, and its one desktop.
struct SharedWard
{
    explicit SharedWard(std::int64_t spare = 1, std::int64_t max = 2)
        : pool(world.addPool("Ward", spare, max, PoolKind::shared, 2))
    {
        world.bootDesktops();
        agent = world.agentOf("ward-01");
    }
    /// Asks, redeems and connects; the lease as it is then.
    Lease come(const Principal& who)
    {
        const auto connection = world.connect(who, pool, "key-of-" + who.user.name);
        if (!connection || !connection->ticket)
            return {};
        if (!world.redeem(who, *connection->ticket))
            return {};
        const Lease lease = leaseOf(*connection->lease);
        const auto row = world.store.findDesktop(lease.desktop);
        world.agentOf(row->desktop.name)->seat(lease.seat, SessionState::connected);
        world.settle();
        return leaseOf(*connection->lease);
    }
    Lease leaseOf(const std::string& id)
    {
        return world.store.findLease(world.organisation, LeaseId(id)).value_or(Lease {});
    }
    Lease now(const Lease& lease) { return leaseOf(lease.id.value()); }
    DesktopRow row() { return world.row("ward-01"); }
    std::string setAside()
    {
        return row().desktop.quarantinedAt ? row().desktop.quarantineReason : "";
    }
    [[nodiscard]] bool wasOrdered(wire::AgentCommandKind kind, std::int64_t seat) const
    {
        return std::any_of(agent->commands.begin(), agent->commands.end(),
            [&](const wire::AgentCommand& one) { return one.kind == kind && one.seat == seat; });
    }

    World world;
    Pool pool;
    std::shared_ptr<FakeAgent> agent;
    Principal anna = world.addUser("anna");
    Principal ben = world.addUser("ben");
    Principal cleo = world.addUser("cleo");
    Principal admin = world.addUser("admin", Role::administrator);
};

}

/// A whole broker and desktops that several users are in.
class tst_SharedPools : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theAgentIsToldOfItsSeats();
    void twoComeIntoOneDesktop_R1();
    void oneLogsOffAndTheOtherGoesOn_R7();
    void afterTheLastItIsMadeAnew_R1();
    void whatTheBrokerClosesTheAgentEnds();
    void andAgainWhenItWasAway();
    void aDeafAgentIsToldAgainAndTakesNobodyIn_R7();
    void oneThatIsAwayTakesNobodyInAfterARestart_R7();
    void whatIsReleasedTakesNobodyIn_R5();
    void anAdministratorDrainsOne();
    void anAgentThatKnowsNoSeatsIsNotLetIn();
    void anotherLeaseInAnAccountSetsItAside_R1();
    void aSessionThatNobodyWasGivenSetsItAside_R1();
    void aLostDomainEndsAllSessions_R6();
    void recyclingEndsAllSessions();
    void administratorsSeeEachSession();
    void whoNeverCameLosesTheSeatOnly_R6();
    void aFullDesktopMakesTheNextOneStart();
    void helloRestoresWhatHappenedMeanwhile_R11();
    void whatAPoolMayNotBe_data();
    void whatAPoolMayNotBe();
    void theLogOffTimerIsEachSessionsOwn();
    void afterARestoredDatabaseEachGoesOn_R11();
    void whereTheDatabaseKnowsNobodyAnyMoreOthersMayHaveCome_R11();
};

void tst_SharedPools::theAgentIsToldOfItsSeats()
{
    SharedWard ward;
    const auto spec = ward.world.host.specOf(ward.row().desktop.incarnation.domain);
    const auto bootstrap
        = wire::decode<wire::AgentBootstrap>(fromBase64(spec->bootstrap.reveal()).value());
    QCOMPARE(bootstrap->seats, std::optional<std::int64_t>(2));
    QCOMPARE(bootstrap->accounts, std::optional<std::int64_t>(8));
    const Pool other = ward.world.addPool("Other", 1, 1);
    const auto own = ward.world.host.specOf(ward.world.row("other-01").desktop.incarnation.domain);
    QVERIFY(
        !wire::decode<wire::AgentBootstrap>(fromBase64(own->bootstrap.reveal()).value())->seats);
}

void tst_SharedPools::twoComeIntoOneDesktop_R1()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const auto connection = ward.world.connect(ward.ben, ward.pool, "key-of-ben");
    QVERIFY(connection && connection->ticket);
    const auto credential = ward.world.redeem(ward.ben, *connection->ticket);
    QVERIFY(credential);
    QCOMPARE(credential->account, std::string("clinician-2"));
    const Lease ben = ward.leaseOf(*connection->lease);
    QCOMPARE(ben.desktop, anna.desktop);
    QCOMPARE(anna.seat, std::int64_t(1));
    QCOMPARE(ben.seat, std::int64_t(2));
    QVERIFY(anna.connectedAt);
    QVERIFY(ward.setAside().empty());
    // Full, and no other may be made.
    const auto refused = ward.world.connect(ward.cleo, ward.pool, "key-of-cleo");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::poolFull);
}

void tst_SharedPools::oneLogsOffAndTheOtherGoesOn_R7()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.agent->seat(anna.seat, SessionState::ended);
    ward.world.advance(1min);
    QCOMPARE(ward.now(anna).closeReason, std::optional(CloseReason::loggedOff));
    QVERIFY(ward.now(ben).connectedAt);
    QVERIFY(!ward.row().desktop.incarnation.endingAt);
    // The next one gets an account that nobody has had.
    const Lease cleo = ward.come(ward.cleo);
    QCOMPARE(cleo.desktop, ben.desktop);
    QCOMPARE(cleo.seat, std::int64_t(3));
}

void tst_SharedPools::afterTheLastItIsMadeAnew_R1()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.agent->seat(anna.seat, SessionState::ended);
    ward.agent->seat(ben.seat, SessionState::ended);
    ward.world.bootDesktops();
    const DesktopRow after = ward.row();
    QCOMPARE(after.desktop.incarnation.number.value(), anna.incarnation.value() + 1);
    QVERIFY(!after.lease);
    QCOMPARE(ward.come(ward.cleo).seat, std::int64_t(1));
}

void tst_SharedPools::whatTheBrokerClosesTheAgentEnds()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    const auto done = ward.world.await<bool>([&](Done<bool> answer) {
        ward.world.sessions.restart(ward.anna, anna.id, std::move(answer));
    });
    QVERIFY(done);
    QVERIFY(ward.wasOrdered(wire::AgentCommandKind::logoff, anna.seat));
    QVERIFY(!ward.wasOrdered(wire::AgentCommandKind::logoff, ben.seat));
    QCOMPARE(ward.agent->seats[anna.seat].session, SessionState::ended);
    QVERIFY(ward.now(ben).connectedAt);
    QVERIFY(ward.setAside().empty());
}

void tst_SharedPools::andAgainWhenItWasAway()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    ward.come(ward.ben);
    ward.world.agents.detach(ward.agent->identity().desktop, ward.agent.get());
    QVERIFY(ward.world.await<bool>([&](Done<bool> answer) {
        ward.world.sessions.restart(ward.anna, anna.id, std::move(answer));
    }));
    QVERIFY(!ward.wasOrdered(wire::AgentCommandKind::logoff, anna.seat));
    ward.agent = ward.world.agentReturns(*ward.agent);
    QVERIFY(ward.agent);
    ward.world.settle();
    QVERIFY(ward.wasOrdered(wire::AgentCommandKind::logoff, anna.seat));
    QCOMPARE(ward.agent->seats[anna.seat].session, SessionState::ended);
}

void tst_SharedPools::aDeafAgentIsToldAgainAndTakesNobodyIn_R7()
{
    SharedWard ward(1, 4);
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.agent->silent = true;
    ward.agent->commands.clear();
    QVERIFY(ward.world.await<bool>([&](Done<bool> answer) {
        ward.world.sessions.restart(ward.anna, anna.id, std::move(answer));
    }));
    ward.world.settle();
    QVERIFY(!ward.row().desktop.incarnation.drainingAt);
    ward.world.advance(6s);
    QVERIFY(ward.row().desktop.incarnation.drainingAt);
    QVERIFY(ward.now(ben).connectedAt);
    ward.agent->silent = false;
    ward.world.advance(6s);
    QVERIFY(std::ranges::count(
                ward.agent->commands, wire::AgentCommandKind::logoff, &wire::AgentCommand::kind)
        >= 2);
    QCOMPARE(ward.agent->seats[anna.seat].session, SessionState::ended);
    ward.world.bootDesktops();
    const Lease next = ward.come(ward.cleo);
    QVERIFY(!next.id.isEmpty());
    QVERIFY(next.desktop != anna.desktop);
}

void tst_SharedPools::oneThatIsAwayTakesNobodyInAfterARestart_R7()
{
    SharedWard ward(1, 4);
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.world.agents.detach(ward.agent->identity().desktop, ward.agent.get());
    QVERIFY(ward.world.await<bool>([&](Done<bool> answer) {
        ward.world.sessions.restart(ward.anna, anna.id, std::move(answer));
    }));
    ward.world.settle();
    QVERIFY(ward.row().desktop.incarnation.drainingAt);
    QVERIFY(!ward.now(ben).closedAt);
}

void tst_SharedPools::whatIsReleasedTakesNobodyIn_R5()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const auto aside = ward.world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
        ward.world.desktops.quarantine(ward.admin, "ward-01", { "looks odd" }, std::move(answer));
    });
    QVERIFY(aside);
    const auto released = ward.world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
        wire::QuarantineRelease why;
        why.reason = "it was nothing";
        ward.world.desktops.release(ward.admin, "ward-01", why, std::move(answer));
    });
    QVERIFY(released && released->draining);
    QVERIFY(ward.setAside().empty());
    QVERIFY(!ward.now(anna).closedAt);
    const auto other = ward.world.connect(ward.ben, ward.pool, "key-of-ben");
    QVERIFY(!other || !other->lease);
}

void tst_SharedPools::anAdministratorDrainsOne()
{
    SharedWard ward;
    const auto drain = [&] {
        return ward.world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
            ward.world.desktops.drain(ward.admin, "ward-01", std::move(answer));
        });
    };
    const Lease anna = ward.come(ward.anna);
    QVERIFY(drain());
    QVERIFY(ward.row().desktop.incarnation.drainingAt);
    const auto other = ward.world.connect(ward.ben, ward.pool, "key-of-ben");
    QVERIFY(!other);
    QVERIFY(other.error().detail.find("takes nobody in") != std::string::npos);
    QVERIFY(!ward.now(anna).closedAt);
    ward.agent->seat(anna.seat, SessionState::ended);
    ward.world.bootDesktops();
    QCOMPARE(ward.row().desktop.incarnation.number.value(), anna.incarnation.value() + 1);
    QVERIFY(drain()); // nobody is inside
    ward.world.bootDesktops();
    QCOMPARE(ward.row().desktop.incarnation.number.value(), anna.incarnation.value() + 2);
    // Not of another kind.
    ward.world.addPool("Other", 1, 1);
    ward.world.bootDesktops();
    QVERIFY(!ward.world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
        ward.world.desktops.drain(ward.admin, "other-01", std::move(answer));
    }));
}

void tst_SharedPools::anAgentThatKnowsNoSeatsIsNotLetIn()
{
    World world;
    world.hasOlderAgents = true;
    const Pool pool = world.addPool("Ward", 1, 2, PoolKind::shared, 2);
    world.bootDesktops();
    const DesktopRow row = world.row("ward-01");
    QVERIFY(!row.desktop.incarnation.readyAt);
    QVERIFY(row.desktop.incarnation.lastError.find("older than shared pools") != std::string::npos);
    const auto refused = world.connect(world.addUser("anna"), pool, "key");
    QVERIFY(!refused || !refused->lease);
}

void tst_SharedPools::anotherLeaseInAnAccountSetsItAside_R1()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    ward.agent->seats[anna.seat].lease = "another";
    ward.agent->seat(anna.seat, SessionState::connected);
    ward.world.settle();
    QVERIFY(ward.setAside().find("account 1") != std::string::npos);
    QVERIFY(!ward.now(anna).closedAt);
}

void tst_SharedPools::aSessionThatNobodyWasGivenSetsItAside_R1()
{
    SharedWard ward;
    ward.come(ward.anna);
    ward.agent->seats[5] = { 5, SessionState::connected, ward.agent->epoch, "stray", {} };
    ward.agent->seat(5, SessionState::connected);
    ward.world.settle();
    QVERIFY(ward.setAside().find("nobody was given") != std::string::npos);
}

void tst_SharedPools::aLostDomainEndsAllSessions_R6()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.world.agents.detach(ward.agent->identity().desktop, ward.agent.get());
    std::ignore = ward.world.host.destroy(ward.row().desktop.incarnation.domain);
    ward.world.advance(1min);
    for (const Lease& one : { anna, ben })
        QCOMPARE(ward.now(one).closeReason, std::optional(CloseReason::desktopLost));
    QVERIFY(ward.row().desktop.incarnation.number > anna.incarnation);
}

void tst_SharedPools::recyclingEndsAllSessions()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    const Principal admin = ward.world.addUser("admin", Role::administrator);
    QVERIFY(ward.world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> done) {
        ward.world.desktops.recycle(admin, "ward-01", std::move(done));
    }));
    for (const Lease& one : { anna, ben })
        QCOMPARE(ward.now(one).closeReason, std::optional(CloseReason::endedByAdmin));
    ward.world.bootDesktops();
    QVERIFY(ward.row().desktop.incarnation.number > anna.incarnation);
}

void tst_SharedPools::administratorsSeeEachSession()
{
    SharedWard ward;
    ward.come(ward.anna);
    ward.come(ward.ben);
    const Principal admin = ward.world.addUser("admin", Role::administrator);
    const auto sessions = ward.world.await<wire::ItemList<wire::SessionItem>>(
        [&](Done<wire::ItemList<wire::SessionItem>> done) {
            ward.world.desktops.listSessions(admin, std::move(done));
        });
    QCOMPARE(sessions->items.size(), std::size_t(2));
    QVERIFY(sessions->items[0].seat && sessions->items[1].seat);
    QVERIFY(sessions->items[0].seat != sessions->items[1].seat);
    const auto item = ward.world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> done) {
        ward.world.desktops.quarantine(admin, "ward-01", { "to look" }, std::move(done));
    });
    QCOMPARE(item->sessions, std::optional<std::int64_t>(2));
    QCOMPARE(item->seats, std::optional<std::int64_t>(2));
    QVERIFY(!item->user);
    QVERIFY(!item->lease);
}

void tst_SharedPools::whoNeverCameLosesTheSeatOnly_R6()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const auto connection = ward.world.connect(ward.ben, ward.pool, "key-of-ben");
    QVERIFY(connection && connection->lease);
    const Lease ben = ward.leaseOf(*connection->lease);
    ward.world.advance(6min);
    QCOMPARE(ward.now(ben).closeReason, std::optional(CloseReason::neverConnected));
    QVERIFY(ward.now(anna).connectedAt);
    QVERIFY(!ward.row().desktop.incarnation.endingAt);
    QVERIFY(ward.wasOrdered(wire::AgentCommandKind::logoff, ben.seat));
}

void tst_SharedPools::aFullDesktopMakesTheNextOneStart()
{
    SharedWard ward(1, 4);
    ward.come(ward.anna);
    QVERIFY(ward.world.agentOf("ward-02") == nullptr);
    ward.come(ward.ben);
    ward.world.bootDesktops();
    QVERIFY(ward.world.agentOf("ward-02") != nullptr);
    QCOMPARE(ward.come(ward.cleo).desktop, ward.world.row("ward-02").desktop.id);
}

void tst_SharedPools::helloRestoresWhatHappenedMeanwhile_R11()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.world.agents.detach(ward.agent->identity().desktop, ward.agent.get());
    ward.agent->seats[anna.seat].session = SessionState::ended;
    ward.agent->seats[ben.seat].session = SessionState::disconnected;
    QVERIFY(ward.world.agentReturns(*ward.agent));
    QCOMPARE(ward.now(anna).closeReason, std::optional(CloseReason::loggedOff));
    QVERIFY(ward.now(ben).disconnectedAt);
    QVERIFY(!ward.now(ben).closedAt);
}

void tst_SharedPools::whatAPoolMayNotBe_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("seats");
    QTest::addColumn<int>("max");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("shared") << "shared" << 8 << 16 << true;
    QTest::newRow("one seat") << "shared" << 1 << 16 << false;
    QTest::newRow("too many seats") << "shared" << 65 << 100 << false;
    QTest::newRow("less than a desktop") << "shared" << 8 << 7 << false;
    QTest::newRow("half a desktop more") << "shared" << 8 << 20 << false;
    QTest::newRow("nothing at all") << "shared" << 8 << 0 << true;
    QTest::newRow("floating with seats") << "floating" << 8 << 16 << false;
    QTest::newRow("no such kind") << "open" << 8 << 16 << false;
}

void tst_SharedPools::whatAPoolMayNotBe()
{
    QFETCH(QString, kind);
    QFETCH(int, seats);
    QFETCH(int, max);
    QFETCH(bool, isGood);
    World world;
    wire::NewPool wanted;
    wanted.name = "Hall";
    wanted.image = world.image.name;
    wanted.spare = 0;
    wanted.max = max;
    wanted.kind = kind.toStdString();
    wanted.seats = seats;
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto made = world.await<wire::PoolItem>(
        [&](Done<wire::PoolItem> done) { world.pools.addPool(admin, wanted, std::move(done)); });
    QCOMPARE(made.has_value(), isGood);
    if (!isGood)
        QCOMPARE(made.error().code, Errc::invalidArgument);
    else
        QCOMPARE(made->seats, std::int64_t(seats));
}

void tst_SharedPools::theLogOffTimerIsEachSessionsOwn()
{
    SharedWard ward;
    ward.pool.timers.logOff = 1h;
    std::ignore = ward.world.store.updatePool(ward.pool);
    const Lease anna = ward.come(ward.anna);
    const Lease ben = ward.come(ward.ben);
    ward.agent->seat(anna.seat, SessionState::disconnected);
    ward.world.advance(2h);
    QCOMPARE(ward.now(anna).closeReason, std::optional(CloseReason::loggedOff));
    QVERIFY(ward.now(ben).connectedAt);
    QVERIFY(ward.wasOrdered(wire::AgentCommandKind::logoffUnused, anna.seat));
}

/// Whom the lost database had let in, its agent says.
void tst_SharedPools::afterARestoredDatabaseEachGoesOn_R11()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    const MemoryTables backup = ward.world.store.backup();
    const Lease ben = ward.come(ward.ben);
    World after;
    after.restore(ward.world, backup, ward.world.watermark.value);
    QCOMPARE(after.agentsReturn(ward.world), 1);
    after.advance(1min);
    const DesktopRow row = after.row("ward-01");
    QVERIFY(!row.desktop.quarantinedAt && !row.desktop.incarnation.endingAt);
    QVERIFY(!after.store.findLease(after.organisation, anna.id)->closedAt);
    const auto again = after.store.findLease(after.organisation, ben.id);
    QVERIFY(again && !again->closedAt);
    QCOMPARE(again->user, ben.user);
    QCOMPARE(again->seat, ben.seat);
    // A place may have been promised to a third: nobody new comes in until it is made anew.
    QVERIFY(row.desktop.incarnation.drainingAt.has_value());
    const auto own = after.connect(ward.ben, ward.pool, "key-of-ben-2");
    QVERIFY(own && own->lease == ben.id.value());
    const Principal cleo = after.addUser("cleo");
    const auto other = after.connect(cleo, ward.pool, "key-of-cleo");
    QVERIFY(!other || !other->lease
        || after.store.findLease(after.organisation, LeaseId(*other->lease))->desktop
            != row.desktop.id);
}

void tst_SharedPools::whereTheDatabaseKnowsNobodyAnyMoreOthersMayHaveCome_R11()
{
    SharedWard ward;
    const Lease anna = ward.come(ward.anna);
    // As with a time to rest after the log-off: the desktop goes on although its lease is closed.
    QVERIFY(ward.world.store.closeLease(anna.id, CloseReason::loggedOff, ward.world.clock.wall()));
    const MemoryTables backup = ward.world.store.backup();
    ward.come(ward.ben);
    World after;
    after.restore(ward.world, backup, ward.world.watermark.value);
    after.advance(1min); // no agent speaks
    const DesktopRow row = after.row("ward-01");
    QVERIFY(row.desktop.quarantinedAt);
    QCOMPARE(row.desktop.incarnation.number, anna.incarnation);
    QVERIFY(after.host.has(row.desktop.incarnation.domain)); // and ben goes on working
}

QTEST_GUILESS_MAIN(tst_SharedPools)
#include "tst_sharedpools.moc"
