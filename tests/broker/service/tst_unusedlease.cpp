// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/lifetimes.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

namespace {

/// A ward of one desktop, which the nurse was given and has not connected to.
struct Given : World
{
    Given()
    {
        bootDesktops();
        lease = LeaseId(*connect(nurse, pool, "key-number-1").value().lease);
    }

    const Pool pool = addPool("Ward", 1, 1);
    const Principal nurse = addUser("nurse");
    LeaseId lease;
};

void tellReady(FakeAgent& agent, bool isReady)
{
    wire::AgentReport told;
    told.kind = wire::AgentReportKind::ready;
    told.epoch = agent.epoch;
    told.isReady = isReady;
    if (isReady)
        told.certificateSha256 = agent.certificate;
    agent.report(told);
}

}

/// How what was given out and never used is given up (R6), and what is not (R7).
class tst_UnusedLease : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void R6_onlyWhatWasNeverUsedIsGivenBack();
    void R6_whoIsInsideGivesNothingBackThoughNobodyHeardOfIt();
    void R6_whoAsksAgainMeanwhileGivesNothingBack();
    void R6_neverConnectedIsGivenBackAndWiped();
    void R6_aSessionThatHasEndedUnheardWasNotUnused();
    void oneClickKeepsNoDesktop();
    void R6_whatIsGivenAndLetsNobodyInIsGivenUp_data();
    void R6_whatIsGivenAndLetsNobodyInIsGivenUp();
    void aRefusalOfWhatIsGoneChangesNothing_data();
    void aRefusalOfWhatIsGoneChangesNothing();
    void R7_whatGetsReadyInTimeIsKept();
    void R7_whoIsInsideKeepsADesktopThatIsNotReady_data();
    void R7_whoIsInsideKeepsADesktopThatIsNotReady();
    void R3_aRefusalOfAnEarlierLifeSaysNothingOfTheNext();
    void R6_whoIsInsideIsKeptThoughNobodyHeardOfIt_data();
    void R6_whoIsInsideIsKeptThoughNobodyHeardOfIt();
    void R7_leasesOfSeveralDesktopsAreKeptWhileTheirAgentsAreAway();
    void R6_whatHappensWhileTheAgentIsAskedCounts_data();
    void R6_whatHappensWhileTheAgentIsAskedCounts();
    void R6_aDatabaseThatKnowsBetterIsBelieved_data();
    void R6_aDatabaseThatKnowsBetterIsBelieved();
    void R7_neverConnectedIsKeptWhileItsAgentIsAway();
    void R7_anAnswerThatSaysNothingIsNoEvidence();
    void R6_whoAsksAgainMeanwhileKeepsTheDesktop();
};

void tst_UnusedLease::R6_neverConnectedIsGivenBackAndWiped()
{
    Given world;
    world.advance(std::chrono::minutes(6));
    const auto lease = world.store.findLease(world.organisation, world.lease);
    QVERIFY(lease->closedAt);
    QCOMPARE(*lease->closeReason, CloseReason::neverConnected);
    world.bootDesktops();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
}

void tst_UnusedLease::R6_aSessionThatHasEndedUnheardWasNotUnused()
{
    Given world;
    // Whoever was in it has logged off, and none of the reports of that has been written.
    world.agentOf("ward-01")->state = wire::SessionState::ended;
    world.advance(std::chrono::minutes(6));
    const auto lease = world.store.findLease(world.organisation, world.lease);
    QVERIFY(lease->closedAt);
    QCOMPARE(*lease->closeReason, CloseReason::loggedOff);
}

void tst_UnusedLease::oneClickKeepsNoDesktop()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1, PoolKind::dedicated);
    world.bootDesktops();
    const Principal anna = world.addUser("anna");
    const Principal ben = world.addUser("ben");
    QVERIFY(world.connect(anna, pool, "key-number-1"));
    const Desktop first = world.row("ward-01").desktop;
    QCOMPARE(first.owner, anna.user.id);
    QVERIFY(world.host.keepsDisk(first.incarnation.domain));
    QCOMPARE(world.connect(ben, pool, "key-number-2").error().code, Errc::poolFull);
    world.advance(std::chrono::minutes(6));
    world.bootDesktops();
    const Desktop second = world.row("ward-01").desktop;
    QVERIFY(second.owner.isEmpty());
    QCOMPARE(second.incarnation.number.value(), 2LL);
    QVERIFY(second.incarnation.disk.isEmpty());
    QVERIFY(!world.host.keepsDisk(first.incarnation.domain));
    const auto given = world.connect(ben, pool, "key-number-3");
    QVERIFY(given && given->lease);
    QCOMPARE(world.row("ward-01").desktop.owner, ben.user.id);
}

void tst_UnusedLease::R6_whatIsGivenAndLetsNobodyInIsGivenUp_data()
{
    QTest::addColumn<bool>("says");
    QTest::newRow("its agent says that it is not ready") << true;
    QTest::newRow("its agent refuses to let anybody in") << false;
}

void tst_UnusedLease::R6_whatIsGivenAndLetsNobodyInIsGivenUp()
{
    QFETCH(bool, says);
    World world;
    const Pool pool = world.addPool("Ward", 0, 2);
    const Principal nurse = world.addUser("nurse");
    world.connect(nurse, pool, "key-number-1");
    world.bootDesktops();
    const auto given = world.connect(nurse, pool, "key-number-2");
    const LeaseId lease(given->lease.value());
    const auto agent = world.agentOf("ward-01");
    agent->unready = true;
    if (says) {
        tellReady(*agent, false);
        world.settle();
    } else {
        const auto refused = world.redeem(nurse, given->ticket.value());
        QVERIFY(!refused && refused.error().code == Errc::preparing);
    }
    // Whoever asks waits, and another one is made for them meanwhile.
    const auto waits = world.connect(nurse, pool, "key-number-3");
    QCOMPARE(waits->state, wire::ConnectionState::preparing);
    QVERIFY(!waits->ticket);
    QVERIFY(waits->message.find("is not ready yet") != std::string::npos);
    world.bootDesktops();
    QCOMPARE(world.rows().size(), std::size_t(2));
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
    const std::chrono::milliseconds pause(waits->retryAfterMs.value());
    std::chrono::milliseconds waited(0);
    auto another = waits;
    for (; another->state != wire::ConnectionState::ready; waited += pause) {
        QVERIFY(waited < neverReadyAfter + 2 * pause);
        world.advance(pause);
        another = world.connect(nurse, pool, "key-number-3"); // as the client does: the same
    }
    QVERIFY(waited >= neverReadyAfter - pause);
    const auto closed = world.store.findLease(world.organisation, lease);
    QVERIFY(closed->closedAt);
    QCOMPARE(*closed->closeReason, CloseReason::neverReady);
    const auto records = world.audit();
    QVERIFY(std::any_of(records.begin(), records.end(), [](const AuditRecord& record) {
        return record.action == "lease.close"
            && record.detail.find("did not get ready") != std::string::npos;
    }));
    QVERIFY(world.redeem(nurse, another->ticket.value()));
}

void tst_UnusedLease::aRefusalOfWhatIsGoneChangesNothing_data()
{
    using Act = std::function<void(World&)>;
    const auto row = [](const char* name, const Act& act) { QTest::newRow(name) << act; };
    QTest::addColumn<Act>("meanwhile");
    row("the desktop cannot be read", [](World& world) {
        world.failing.failNext("findDesktop", { Errc::unavailable, "the database is away" });
    });
    row("it has begun another life", [](World& world) {
        const Desktop desktop = world.row("ward-01").desktop;
        std::ignore = world.store.closeLease(
            world.row("ward-01").lease->id, CloseReason::endedByAdmin, world.clock.wall());
        std::ignore = world.store.beginEnding(
            desktop.id, Incarnation(1), EndReason::restarted, world.clock.wall());
        std::ignore = world.store.recordEnded(
            desktop.id, Incarnation(1), DiskFate::removed, world.clock.wall());
        std::ignore = world.store.beginIncarnation({ .desktop = desktop.id,
            .number = Incarnation(2),
            .domain = DomainUuid("domain-2"),
            .image = desktop.incarnation.image,
            .bootstrapHash = SecretHash("hash"),
            .now = world.clock.wall() });
    });
    row("it is somebody else's", [](World& world) {
        MemoryTables tables = world.store.backup();
        Lease other = tables.m_leases.begin()->second;
        other.id = LeaseId("another");
        tables.m_leases = { { other.id, other } };
        world.store.restore(tables);
    });
}

void tst_UnusedLease::aRefusalOfWhatIsGoneChangesNothing()
{
    QFETCH(std::function<void(World&)>, meanwhile);
    Given world;
    const auto given = world.connect(world.nurse, world.pool, "key-number-2");
    const auto agent = world.agentOf("ward-01");
    agent->unready = true;
    // After the agent's refusal, before it is written down.
    world.failing.meanwhile("findDesktop", [&] { meanwhile(world); });
    const auto refused = world.redeem(world.nurse, given->ticket.value());
    QVERIFY(!refused && refused.error().code == Errc::preparing);
    QVERIFY(!world.row("ward-01").desktop.incarnation.unreadyAt);
}

void tst_UnusedLease::R7_whatGetsReadyInTimeIsKept()
{
    Given world;
    const auto agent = world.agentOf("ward-01");
    tellReady(*agent, false);
    world.settle();
    QCOMPARE(world.connect(world.nurse, world.pool, "key-number-2")->state,
        wire::ConnectionState::preparing);
    world.advance(neverReadyAfter - std::chrono::seconds(1));
    tellReady(*agent, true);
    world.settle();
    world.advance(std::chrono::minutes(1));
    const auto again = world.connect(world.nurse, world.pool, "key-number-3");
    QCOMPARE(again->lease.value(), world.lease.value());
    QVERIFY(world.redeem(world.nurse, again->ticket.value()));
}

void tst_UnusedLease::R7_whoIsInsideKeepsADesktopThatIsNotReady_data()
{
    QTest::addColumn<bool>("known");
    QTest::newRow("as everybody knows") << true;
    QTest::newRow("and nobody has heard of it") << false;
}

void tst_UnusedLease::R7_whoIsInsideKeepsADesktopThatIsNotReady()
{
    QFETCH(bool, known);
    Given world;
    const auto agent = world.agentOf("ward-01");
    if (known)
        agent->session(wire::SessionState::connected);
    else
        agent->state = wire::SessionState::connected;
    world.settle();
    tellReady(*agent, false);
    world.settle();
    world.advance(std::chrono::minutes(6));
    const auto lease = world.store.findLease(world.organisation, world.lease);
    QVERIFY(!lease->closedAt);
    QVERIFY(lease->firstConnectedAt);
    QCOMPARE(world.connect(world.nurse, world.pool, "key-number-2")->state,
        wire::ConnectionState::ready);
}

void tst_UnusedLease::R3_aRefusalOfAnEarlierLifeSaysNothingOfTheNext()
{
    Given world;
    world.agentOf("ward-01")->unready = true;
    const auto ticket = world.connect(world.nurse, world.pool, "key-number-2")->ticket.value();
    const DesktopId id = world.row("ward-01").desktop.id;
    const WallTime now = world.clock.wall();
    // Another broker is quicker with its next life than this one with what its agent has said.
    world.failing.meanwhile("findDesktop", [&] {
        Store& store = world.store;
        QVERIFY(store.closeLease(world.lease, CloseReason::restarted, now));
        QVERIFY(store.beginEnding(id, Incarnation(1), EndReason::restarted, now));
        QVERIFY(store.recordEnded(id, Incarnation(1), DiskFate::removed, now));
        QVERIFY(store.beginIncarnation({ .desktop = id,
            .number = Incarnation(2),
            .domain = DomainUuid("another"),
            .image = world.pool.image,
            .bootstrapHash = SecretHash("hash"),
            .now = now }));
        QVERIFY(store.recordReady(id, Incarnation(2), std::string(64, 'a'), now));
    });
    world.connections.redeem(
        world.nurse, { ticket }, [](const Result<wire::OneTimeCredential>&) {});
    world.settle();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
    QVERIFY(world.row("ward-01").desktop.incarnation.readyAt);
}

void tst_UnusedLease::R7_leasesOfSeveralDesktopsAreKeptWhileTheirAgentsAreAway()
{
    World world;
    const Pool pool = world.addPool("Ward", 2, 4);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const Principal doctor = world.addUser("doctor");
    QVERIFY(world.connect(nurse, pool, "key-number-1"));
    QVERIFY(world.connect(doctor, pool, "key-number-2"));
    world.bootDesktops();
    for (const DesktopRow& row : world.rows()) {
        const auto agent = world.agentOf(row.desktop.name);
        if (row.lease)
            world.reports.left(agent->identity(), agent.get());
    }
    world.advance(std::chrono::minutes(6));
    int kept = 0;
    for (const DesktopRow& row : world.rows()) {
        if (row.lease && !row.lease->closedAt && !row.desktop.incarnation.endingAt)
            ++kept;
    }
    QCOMPARE(kept, 2);
}

void tst_UnusedLease::R6_whatHappensWhileTheAgentIsAskedCounts_data()
{
    QTest::addColumn<bool>("comes");
    QTest::newRow("its user comes") << true;
    QTest::newRow("an administrator ends it") << false;
}

void tst_UnusedLease::R6_whatHappensWhileTheAgentIsAskedCounts()
{
    QFETCH(bool, comes);
    Given world;
    const auto agent = world.agentOf("ward-01");
    agent->silent = true;
    world.advance(std::chrono::minutes(4) + std::chrono::seconds(55));
    for (int tries = 0; agent->commands.empty() && tries < 60; ++tries)
        world.advance(std::chrono::seconds(1));
    QCOMPARE(agent->commands.size(), std::size_t(1));
    const Lease asked = *world.store.findLease(world.organisation, world.lease);
    if (comes)
        QVERIFY(world.store.recordConnected(world.lease, asked.epoch, world.clock.wall()));
    else
        QVERIFY(world.store.closeLease(world.lease, CloseReason::endedByAdmin, world.clock.wall()));
    agent->silent = false;
    const wire::AgentCommand question = agent->commands.front();
    agent->send(question); // "nobody is inside", said too late
    world.settle();
    const Lease after = *world.store.findLease(world.organisation, world.lease);
    QCOMPARE(after.closedAt.has_value(), !comes);
    QVERIFY(after.closeReason != CloseReason::neverConnected);
}

void tst_UnusedLease::R6_aDatabaseThatKnowsBetterIsBelieved_data()
{
    QTest::addColumn<QString>("call");
    QTest::addColumn<int>("code");
    QTest::newRow("before it is asked") << QStringLiteral("reviewLease") << int(Errc::stale);
    QTest::newRow("as it is closed") << QStringLiteral("closeLease") << int(Errc::conflict);
}

void tst_UnusedLease::R6_aDatabaseThatKnowsBetterIsBelieved()
{
    QFETCH(QString, call);
    QFETCH(int, code);
    Given world;
    // Somebody comes between the plan and the statement, each time.
    world.failing.failAll(call.toStdString(), { static_cast<Errc>(code), "somebody has come" });
    world.advance(std::chrono::minutes(6));
    QVERIFY(world.failing.hasFailed());
    QVERIFY(!world.store.findLease(world.organisation, world.lease)->closedAt);
    QVERIFY(!world.row("ward-01").desktop.incarnation.endingAt);
    world.failing.failNothing();
    world.advance(std::chrono::minutes(1));
    QVERIFY(world.store.findLease(world.organisation, world.lease)->closedAt);
}

void tst_UnusedLease::R6_whoIsInsideIsKeptThoughNobodyHeardOfIt_data()
{
    QTest::addColumn<bool>("looks");
    QTest::newRow("at the screen") << true;
    QTest::newRow("away from it") << false;
}

void tst_UnusedLease::R6_whoIsInsideIsKeptThoughNobodyHeardOfIt()
{
    QFETCH(bool, looks);
    Given world;
    // The report of it waited for a full disk and has not been written.
    world.agentOf("ward-01")->state
        = looks ? wire::SessionState::connected : wire::SessionState::disconnected;
    world.advance(std::chrono::minutes(6));
    const auto lease = world.store.findLease(world.organisation, world.lease);
    QVERIFY(!lease->closedAt);
    QVERIFY(lease->firstConnectedAt);
    QCOMPARE(lease->connectedAt.has_value(), looks);
    QCOMPARE(lease->disconnectedAt.has_value(), !looks);
    QVERIFY(!world.row("ward-01").desktop.incarnation.endingAt);
}

void tst_UnusedLease::R7_neverConnectedIsKeptWhileItsAgentIsAway()
{
    Given world;
    const auto agent = world.agentOf("ward-01");
    world.reports.left(agent->identity(), agent.get());
    world.advance(std::chrono::minutes(20));
    QVERIFY(!world.store.findLease(world.organisation, world.lease)->closedAt);
    // It is back, and cannot say who is inside: that is no evidence either.
    agent->silent = true;
    world.agents.attach(agent->identity(), agent);
    world.advance(std::chrono::minutes(2));
    QVERIFY(!world.store.findLease(world.organisation, world.lease)->closedAt);
    agent->silent = false;
    world.advance(std::chrono::minutes(2));
    QVERIFY(world.store.findLease(world.organisation, world.lease)->closedAt);
}

void tst_UnusedLease::R7_anAnswerThatSaysNothingIsNoEvidence()
{
    Given world;
    const auto agent = world.agentOf("ward-01");
    agent->silent = true;
    world.advance(std::chrono::minutes(4) + std::chrono::seconds(55));
    for (int tries = 0; agent->commands.empty() && tries < 60; ++tries)
        world.advance(std::chrono::seconds(1));
    QCOMPARE(agent->commands.size(), std::size_t(1));
    wire::AgentReport answer; // of an agent that does not know the question
    answer.kind = wire::AgentReportKind::answer;
    answer.id = agent->commands.front().id;
    answer.epoch = agent->commands.front().epoch;
    agent->report(answer);
    world.settle();
    QVERIFY(!world.store.findLease(world.organisation, world.lease)->closedAt);
    QVERIFY(!world.row("ward-01").desktop.incarnation.endingAt);
    agent->silent = false;
    world.advance(std::chrono::minutes(2));
    QVERIFY(world.store.findLease(world.organisation, world.lease)->closedAt);
}

void tst_UnusedLease::R6_whoAsksAgainMeanwhileKeepsTheDesktop()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto first = world.connect(nurse, pool, "key-number-1");
    QVERIFY(first);
    const auto agent = world.agentOf("ward-01");
    agent->silent = true; // the agent takes its time to answer
    world.advance(std::chrono::minutes(4) + std::chrono::seconds(55));
    for (int tries = 0; agent->commands.empty() && tries < 60; ++tries)
        world.advance(std::chrono::seconds(1));
    QCOMPARE(agent->commands.size(), std::size_t(1));
    const wire::AgentCommand question = agent->commands.front();
    QVERIFY(question.kind == wire::AgentCommandKind::state);
    agent->silent = false;
    // What was handed out before is worth nothing now (R3) ...
    QVERIFY(!world.redeem(nurse, *first->ticket));
    // ... and who asks again keeps the desktop, whatever is answered to the old question.
    const auto second = world.connect(nurse, pool, "key-number-2");
    QVERIFY(second);
    QCOMPARE(*second->lease, *first->lease);
    QVERIFY(*second->epoch > question.epoch);
    agent->send(question);
    world.settle();
    QVERIFY(!world.store.findLease(world.organisation, LeaseId(*first->lease))->closedAt);
    QVERIFY(world.redeem(nurse, *second->ticket));
}

void tst_UnusedLease::R6_onlyWhatWasNeverUsedIsGivenBack()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto granted = world.connect(nurse, pool, "key-of-nurse");
    QVERIFY(granted && granted->lease);
    const auto giveBack = [&](const Principal& who, const LeaseId& lease) {
        return world.await<bool>(
            [&](Done<bool> answer) { world.sessions.giveBack(who, lease, std::move(answer)); });
    };
    const LeaseId first(*granted->lease);
    QCOMPARE(giveBack(world.addUser("doctor"), first).error().code, Errc::notFound);
    QVERIFY(giveBack(nurse, first));
    const auto closed = world.store.findLease(world.organisation, first);
    QCOMPARE(*closed->closeReason, CloseReason::neverConnected);
    QCOMPARE(giveBack(nurse, first).error().code, Errc::stale);
    world.bootDesktops();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL); // wiped all the same
    QVERIFY(world.agents.isConnected(world.row("ward-01").desktop.id, Incarnation(2)));

    const auto again = world.connect(nurse, pool, "another-key-of-nurse");
    QVERIFY(again && again->ticket && world.redeem(nurse, *again->ticket));
    world.agentOf("ward-01")->session(wire::SessionState::connected);
    world.agentOf("ward-01")->session(wire::SessionState::disconnected);
    world.settle();
    QCOMPARE(giveBack(nurse, LeaseId(*again->lease)).error().code, Errc::conflict);
    QVERIFY(!world.store.findLease(world.organisation, LeaseId(*again->lease))->closedAt);
}

void tst_UnusedLease::R6_whoIsInsideGivesNothingBackThoughNobodyHeardOfIt()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto here = world.connect(nurse, pool, "key-of-nurse");
    QVERIFY(here && here->ticket && world.redeem(nurse, *here->ticket));
    // She works at one terminal, and the report of it waits for a full disk or was overtaken...
    world.agentOf("ward-01")->state = wire::SessionState::connected;
    // ...while another one, which she left after cancelling, gives back what was never used.
    const LeaseId lease(*here->lease);
    const auto giveBack = [&] {
        return world.await<bool>(
            [&](Done<bool> answer) { world.sessions.giveBack(nurse, lease, std::move(answer)); });
    };
    QCOMPARE(giveBack().error().code, Errc::conflict);
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
    QVERIFY(world.store.findLease(world.organisation, lease)->firstConnectedAt);
    QCOMPARE(world.countAudit("lease.giveBack"), std::size_t(1));

    // Whose agent does not answer may be in use, too (R7).
    World other;
    const Pool ward = other.addPool("Ward", 1, 1);
    other.bootDesktops();
    const Principal doctor = other.addUser("doctor");
    const auto granted = other.connect(doctor, ward, "key-of-doctor");
    other.agentOf("ward-01")->silent = true;
    const auto refused = other.await<bool>([&](Done<bool> answer) {
        other.sessions.giveBack(doctor, LeaseId(*granted->lease), std::move(answer));
    });
    QCOMPARE(refused.error().code, Errc::unavailable);
    QVERIFY(!other.row("ward-01").lease->closedAt);
}

void tst_UnusedLease::R6_whoAsksAgainMeanwhileGivesNothingBack()
{
    Given world;
    const auto agent = world.agentOf("ward-01");
    agent->silent = true; // it takes its time to answer
    std::optional<Result<bool>> answer;
    world.sessions.giveBack(world.nurse, world.lease, [&](Result<bool> told) { answer = told; });
    world.settle();
    QCOMPARE(agent->commands.size(), std::size_t(1));
    const wire::AgentCommand question = agent->commands.front();
    agent->silent = false;
    const auto again = world.connect(world.nurse, world.pool, "key-number-2");
    QVERIFY(again);
    QCOMPARE(*again->lease, world.lease.value());
    agent->state = wire::SessionState::disconnected;
    agent->send(question);
    world.settle();
    QVERIFY(answer && !*answer);
    QCOMPARE(answer->error().code, Errc::conflict);
    // What was said under an older epoch is not written down either (R3).
    const auto lease = world.store.findLease(world.organisation, world.lease);
    QVERIFY(!lease->closedAt && !lease->firstConnectedAt && !lease->disconnectedAt);
}

QTEST_GUILESS_MAIN(tst_UnusedLease)
#include "tst_unusedlease.moc"
