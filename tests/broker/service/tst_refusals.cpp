// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

const std::string key1 = "key-number-1";
const std::string key2 = "key-number-2";
const Error away { Errc::unavailable, "the database is away" };
const Error full { Errc::storageFull, "the disk is full" };

struct Ward
{
    explicit Ward(std::int64_t desktops = 1)
        : pool(world.addPool("Ward", desktops, desktops))
        , nurse(world.addUser("nurse"))
    {
        world.bootDesktops();
    }
    Result<wire::Connection> connect(const std::string& key)
    {
        return world.connect(nurse, pool, key);
    }
    World world;
    Pool pool;
    Principal nurse;
};

}

/// What a clinician gets, and is told, where something stands in the way of a desktop.
class tst_Refusals : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keysAreOfSomeLengthAndVisible_data();
    void keysAreOfSomeLengthAndVisible();
    void aPoolGoesByItsIdAndByItsName();
    void aPoolThatCannotBeLookedUpIsNotUnknown();
    void R9_aRetryAfterTheSessionsEndIsStale();
    void aDesktopThatWasSetAsideIsExplained();
    void R14_onesOwnDesktopIsHadWhileTheDatabaseWritesNothing();
    void R14_anotherPoolsDesktopIsNotThisPools();
    void R14_aDesktopOfAnotherLifeIsNotGivenAgain();
    void R14_whatCannotBeReadIsNotGiven();
    void anOverloadedDatabaseIsNobodysFault();
    void aTicketThatCannotBeWrittenIsNotGiven();
    void anUnknownTerminalIsNotNamed();
    void S1_aTicketIsNotCalledOldWhileTheDatabaseIsAway();
    void S1_aHeldTicketEndsWithItsLease_data();
    void S1_aHeldTicketEndsWithItsLease();
    void anAgentWithoutACredentialIsNoWayIn_data();
    void anAgentWithoutACredentialIsNoWayIn();
};

void tst_Refusals::keysAreOfSomeLengthAndVisible_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<bool>("good");
    QTest::newRow("7") << QStringLiteral("seven-7") << false;
    QTest::newRow("8") << QStringLiteral("eight-88") << true;
    QTest::newRow("128") << QString(128, QLatin1Char('k')) << true;
    QTest::newRow("129") << QString(129, QLatin1Char('k')) << false;
    QTest::newRow("a space") << QStringLiteral("with a space") << false;
    QTest::newRow("a control") << QStringLiteral("with-\x7f-in") << false;
}

void tst_Refusals::keysAreOfSomeLengthAndVisible()
{
    QFETCH(QString, key);
    QFETCH(bool, good);
    Ward ward;
    const auto connection = ward.connect(key.toStdString());
    QCOMPARE(connection.has_value(), good);
    if (!good)
        QCOMPARE(connection.error().code, Errc::invalidArgument);
}

void tst_Refusals::aPoolGoesByItsIdAndByItsName()
{
    Ward ward;
    ward.world.addPool("Other", 0, 1);
    Pool named = ward.pool;
    named.id = PoolId("Ward");
    const auto connection = ward.world.connect(ward.nurse, named, key1);
    QVERIFY(connection);
    QCOMPARE(connection->state, wire::ConnectionState::ready);
    named.id = PoolId("None");
    const auto none = ward.world.connect(ward.nurse, named, key2);
    QCOMPARE(none.error().code, Errc::notFound);
    QCOMPARE(none.error().detail, std::string("There is no pool of that name that you may use. Ask IT if you need it."));
}

void tst_Refusals::aPoolThatCannotBeLookedUpIsNotUnknown()
{
    Ward ward;
    ward.world.failing.failNext("findPool", away);
    QCOMPARE(ward.connect(key1).error().code, Errc::unavailable);
    Pool named = ward.pool;
    named.id = PoolId("Ward");
    ward.world.failing.failNext("listPools", away);
    QCOMPARE(ward.world.connect(ward.nurse, named, key1).error().code, Errc::unavailable);
}

void tst_Refusals::R9_aRetryAfterTheSessionsEndIsStale()
{
    Ward ward;
    const auto first = ward.connect(key1);
    QVERIFY(ward.world.redeem(ward.nurse, *first->ticket));
    ward.world.host.failNextDestroys(1000, away); // the desktop is still there
    ward.world.agentOf("ward-01")->session(wire::SessionState::ended);
    ward.world.settle();
    const auto retry = ward.connect(key1);
    QCOMPARE(retry.error().code, Errc::stale);
    QCOMPARE(retry.error().detail, std::string("That session has ended. Connect again."));
}

void tst_Refusals::aDesktopThatWasSetAsideIsExplained()
{
    Ward ward;
    QVERIFY(ward.connect(key1));
    QVERIFY(ward.world.store.quarantine(
        ward.world.row("ward-01").desktop.id, "Its certificate changed.", ward.world.clock.wall()));
    const auto again = ward.connect(key1);
    QCOMPARE(again.error().code, Errc::unavailable);
    QVERIFY2(again.error().detail.find("Its certificate changed.") != std::string::npos,
        again.error().detail.c_str());
}

void tst_Refusals::R14_onesOwnDesktopIsHadWhileTheDatabaseWritesNothing()
{
    Ward ward(2);
    const auto first = ward.connect(key1);
    for (const Error& refusal : { away, full }) {
        ward.world.failing.failNext("grant", refusal);
        const auto again = ward.connect(key2);
        QVERIFY(again);
        QCOMPARE(*again->lease, *first->lease);
    }
    ward.world.failing.failNext("grant", full);
    const auto other = ward.world.connect(ward.world.addUser("doctor"), ward.pool, key1);
    QCOMPARE(other.error().code, Errc::storageFull);
    QCOMPARE(other.error().detail,
        std::string("No new desktops can be given out now: the disk is full. Tell IT."));
}

void tst_Refusals::R14_anotherPoolsDesktopIsNotThisPools()
{
    Ward ward;
    const Pool other = ward.world.addPool("Other", 1, 1);
    ward.world.bootDesktops();
    QVERIFY(ward.world.connect(ward.nurse, other, key1));
    ward.world.failing.failNext("grant", full);
    QCOMPARE(ward.connect(key2).error().code, Errc::storageFull);
}

void tst_Refusals::R14_aDesktopOfAnotherLifeIsNotGivenAgain()
{
    Ward ward;
    QVERIFY(ward.connect(key1));
    // As a database is that somebody has written into: the row has gone on, the lease has not.
    MemoryTables tables = ward.world.store.backup();
    for (auto& [id, desktop] : tables.m_desktops)
        desktop.incarnation.number = Incarnation(7);
    ward.world.store.restore(tables);
    ward.world.failing.failNext("grant", full);
    QCOMPARE(ward.connect(key2).error().code, Errc::storageFull);
}

void tst_Refusals::R14_whatCannotBeReadIsNotGiven()
{
    Ward ward;
    QVERIFY(ward.connect(key1));
    ward.world.failing.failAll("grant", full);
    ward.world.failing.meanwhile(
        "listOpenLeasesOf", [&] { ward.world.failing.failNext("listOpenLeasesOf", away); });
    QCOMPARE(ward.connect(key2).error().code, Errc::storageFull);
    ward.world.failing.failAll("grant", full);
    ward.world.failing.meanwhile(
        "findDesktop", [&] { ward.world.failing.failNext("findDesktop", away); });
    QCOMPARE(ward.connect(key2).error().code, Errc::storageFull);
}

void tst_Refusals::anOverloadedDatabaseIsNobodysFault()
{
    Ward ward;
    ward.world.failing.failNext("grant", Error { Errc::overloaded, "too much at once" });
    const auto refused = ward.connect(key1);
    QCOMPARE(refused.error().code, Errc::overloaded);
    QCOMPARE(refused.error().detail, std::string("too much at once"));
    QCOMPARE(ward.world.countAudit("lease.grant"), std::size_t(0));
    // Another refusal is written down.
    ward.world.failing.failNext("grant", Error { Errc::conflict, "not now" });
    QCOMPARE(ward.connect(key1).error().code, Errc::conflict);
    QCOMPARE(ward.world.countAudit("lease.grant"), std::size_t(1));
}

void tst_Refusals::aTicketThatCannotBeWrittenIsNotGiven()
{
    Ward ward;
    ward.world.failing.failNext("insertTicket", away);
    QCOMPARE(ward.connect(key1).error().code, Errc::unavailable);
    ward.world.failing.failNext("appendAudit", away); // A10: no act without its record
    QCOMPARE(ward.connect(key1).error().code, Errc::unavailable);
    QVERIFY(ward.connect(key1));
}

void tst_Refusals::anUnknownTerminalIsNotNamed()
{
    Ward ward;
    const auto events = std::make_shared<FakeEvents>();
    std::ignore = ward.world.events.attach(ward.nurse, events);
    QVERIFY(ward.connect(key1));
    Principal elsewhere = ward.nurse;
    elsewhere.token = SecretHash("another token");
    elsewhere.terminal.clear();
    QVERIFY(ward.world.connect(elsewhere, ward.pool, key2));
    const auto moved = std::find_if(events->events.begin(), events->events.end(),
        [](const wire::Event& event) { return event.kind == wire::EventKind::sessionMoved; });
    QVERIFY(moved != events->events.end());
    QCOMPARE(moved->message, std::string("Your session was opened at another terminal."));
}

void tst_Refusals::S1_aTicketIsNotCalledOldWhileTheDatabaseIsAway()
{
    Ward ward;
    const auto connection = ward.connect(key1);
    ward.world.failing.failNext("redeemTicket", away);
    QCOMPARE(ward.world.redeem(ward.nurse, *connection->ticket).error().code, Errc::unavailable);
    QVERIFY(ward.world.redeem(ward.nurse, *connection->ticket));
    QCOMPARE(ward.world.redeem(ward.nurse, "no such ticket").error().code, Errc::stale);
}

void tst_Refusals::S1_aHeldTicketEndsWithItsLease_data()
{
    QTest::addColumn<int>("what");
    QTest::addColumn<Errc>("code");
    QTest::newRow("the lease cannot be read") << 0 << Errc::unavailable;
    QTest::newRow("the desktop cannot be read") << 1 << Errc::unavailable;
    QTest::newRow("the lease is closed") << 2 << Errc::stale;
    QTest::newRow("the session has moved on") << 3 << Errc::stale;
    QTest::newRow("nothing of that") << 4 << Errc::unavailable;
    QTest::newRow("the desktop is in another life") << 5 << Errc::stale;
}

void tst_Refusals::S1_aHeldTicketEndsWithItsLease()
{
    QFETCH(int, what);
    QFETCH(Errc, code);
    Ward ward;
    ward.world.failing.failNext("insertTicket", full);
    const auto connection = ward.connect(key1);
    QVERIFY(connection);
    if (what == 0)
        ward.world.failing.failNext("findLease", away);
    if (what == 1)
        ward.world.failing.failNext("findDesktop", away);
    if (what == 2)
        QVERIFY(ward.world.store.closeLease(
            LeaseId(*connection->lease), CloseReason::desktopLost, ward.world.clock.wall()));
    if (what == 3)
        QVERIFY(ward.connect(key2)); // with a higher epoch
    if (what == 5) {
        MemoryTables tables = ward.world.store.backup();
        for (auto& [id, desktop] : tables.m_desktops)
            desktop.incarnation.number = Incarnation(7);
        ward.world.store.restore(tables);
    }
    const auto redeemed = ward.world.redeem(ward.nurse, *connection->ticket);
    QCOMPARE(redeemed.has_value(), what == 4);
    if (!redeemed)
        QCOMPARE(redeemed.error().code, code);
}

void tst_Refusals::anAgentWithoutACredentialIsNoWayIn_data()
{
    QTest::addColumn<bool>("account");
    QTest::addColumn<bool>("credential");
    QTest::newRow("neither") << false << false;
    QTest::newRow("no account") << false << true;
    QTest::newRow("no credential") << true << false;
}

void tst_Refusals::anAgentWithoutACredentialIsNoWayIn()
{
    QFETCH(bool, account);
    QFETCH(bool, credential);
    Ward ward;
    const auto connection = ward.connect(key1);
    const auto agent = ward.world.agentOf("ward-01");
    agent->silent = true;
    std::optional<Result<wire::OneTimeCredential>> answer;
    ward.world.connections.redeem(ward.nurse, { *connection->ticket },
        [&](Result<wire::OneTimeCredential> result) { answer = std::move(result); });
    ward.world.settle();
    QVERIFY(!agent->commands.empty());
    wire::AgentReport told;
    told.kind = wire::AgentReportKind::answer;
    told.id = agent->commands.back().id;
    told.epoch = agent->commands.back().epoch;
    if (account)
        told.account = "clinician";
    if (credential)
        told.credential = "one-time";
    agent->report(told);
    ward.world.settle();
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().code, Errc::unavailable);
    QCOMPARE(answer->error().detail, std::string("The desktop's agent sent no credential."));
}

QTEST_GUILESS_MAIN(tst_Refusals)
#include "tst_refusals.moc"
