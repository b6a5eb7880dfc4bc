// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;

class tst_Sessions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void R1_logOffLeadsToANewIncarnation();
    void oneLookAtTheHostBringsTheNextLife();
    void R6_closingWaitsForTheAgentsReport();
    void R7_anUnreachableAgentFreesNothing();
    void R6_aDomainThatStoppedEndsTheLease();
    void R6_anAgentThatGoesIsAReasonToLook();
    void R7_anAgentThatLivesIsBelievedAgainstTheHost();
    void R3_anAgentOfAnOlderLifeIsRefused();
    void R3_aReportOfAnOlderEpochConnectsNobody();
    void R11_helloRestoresWhatHappenedMeanwhile();
    void S3_aChangedCertificateIsQuarantined();
    void aConnectionWithoutLeaseIsQuarantined();
    void R14_aLogOffDuringAFullDiskIsNotLost();
    void restartGivesTheDesktopUpWithoutAskingIt();
    void anotherUsersLeaseDoesNotExist();
    void administratorsEndSessions();
    void administratorsAreToldWhatToDoAboutADeadAgent();
    void R6_onlyWhatWasNeverUsedIsGivenBack();
    void R6_whoIsInsideGivesNothingBackThoughNobodyHeardOfIt();
    void R6_whoAsksAgainMeanwhileGivesNothingBack();
    void R14_anOldReportDoesNotUndoANewerOne();
    void recycleEndsASessionAndWipes();
    void quarantineAndRelease();
    void R6_neverConnectedIsGivenBackAndWiped();
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

private:
    static LeaseId use(World& world, const Principal& who, const Pool& pool);
};

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

}

LeaseId tst_Sessions::use(World& world, const Principal& who, const Pool& pool)
{
    const auto connection = world.connect(who, pool, "key-of-" + who.user.name);
    if (!connection || !connection->ticket || !world.redeem(who, *connection->ticket))
        return {};
    for (const DesktopRow& row : world.rows()) {
        if (row.lease && row.lease->id.value() == *connection->lease)
            world.agentOf(row.desktop.name)->session(wire::SessionState::connected);
    }
    world.settle();
    return LeaseId(*connection->lease);
}

void tst_Sessions::R1_logOffLeadsToANewIncarnation()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    const DesktopRow before = world.row("ward-01");
    QVERIFY(before.lease && before.lease->connectedAt);
    const auto done = world.await<bool>([&](Done<bool> answer) {
        world.sessions.logOff(nurse, LeaseScope::own, lease, std::move(answer));
    });
    QVERIFY(done);
    world.bootDesktops();
    const DesktopRow after = world.row("ward-01");
    QCOMPARE(
        after.desktop.incarnation.number.value(), before.desktop.incarnation.number.value() + 1);
    QVERIFY(after.desktop.incarnation.domain != before.desktop.incarnation.domain);
    QVERIFY(!world.host.has(before.desktop.incarnation.domain));
    QVERIFY(!after.lease);
    QCOMPARE(statusOf(after.desktop, nullptr), DesktopStatus::ready);
    const auto closed = world.store.findLease(world.organisation, lease);
    QCOMPARE(*closed->closeReason, CloseReason::loggedOff);
    const auto other = world.connect(world.addUser("doctor"), pool, "key-of-doctor");
    QVERIFY(other && other->lease && *other->lease != lease.value());
}

void tst_Sessions::oneLookAtTheHostBringsTheNextLife()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    std::ignore = use(world, nurse, pool);
    const auto number = world.row("ward-01").desktop.incarnation.number;
    const int looks = world.host.listCalls();
    const int starts = world.host.startCalls();
    world.agentOf("ward-01")->session(wire::SessionState::ended);
    world.settle();
    QCOMPARE(world.host.startCalls(), starts + 1);
    QCOMPARE(world.host.listCallsBeforeLastStart(), looks + 1);
    const DesktopRow next = world.row("ward-01");
    QCOMPARE(next.desktop.incarnation.number.value(), number.value() + 1);
    QVERIFY(next.desktop.incarnation.startedAt);
    QCOMPARE(world.host.list()->size(), std::size_t(1));
}

void tst_Sessions::R6_closingWaitsForTheAgentsReport()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    world.agentOf("ward-01")->silent = true;
    const auto done = world.await<bool>([&](Done<bool> answer) {
        world.sessions.logOff(nurse, LeaseScope::own, lease, std::move(answer));
    });
    QVERIFY(!done);
    QCOMPARE(done.error().code, Errc::unavailable);
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
}

void tst_Sessions::R7_anUnreachableAgentFreesNothing()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    const auto agent = world.agentOf("ward-01");
    world.agents.detach(agent->identity().desktop, agent.get());
    world.advance(std::chrono::hours(10));
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
    const auto other = world.connect(world.addUser("doctor"), pool, "key-of-doctor");
    QVERIFY(!other);
    QCOMPARE(other.error().code, Errc::poolFull);
}

void tst_Sessions::R6_aDomainThatStoppedEndsTheLease()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(nurse, events);
    const DesktopRow before = world.row("ward-01");
    const auto agent = world.agentOf("ward-01");
    world.agents.detach(agent->identity().desktop, agent.get());
    const int destroyed = world.host.destroyCalls();
    world.host.lose(before.desktop.incarnation.domain);
    world.advance(std::chrono::seconds(5));
    const auto closed = world.store.findLease(world.organisation, lease);
    QVERIFY(closed->closedAt);
    QCOMPARE(*closed->closeReason, CloseReason::desktopLost);
    QCOMPARE(events->count(wire::EventKind::sessionEnded), std::size_t(1));
    world.bootDesktops();
    // A machine that ended by itself leaves its disk, and what its user wrote is on that.
    QCOMPARE(world.host.destroyCalls(), destroyed + 1);
    QVERIFY(world.row("ward-01").desktop.incarnation.number > before.desktop.incarnation.number);
}

void tst_Sessions::R6_anAgentThatGoesIsAReasonToLook()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const LeaseId lease = use(world, world.addUser("nurse"), pool);
    const auto agent = world.agentOf("ward-01");
    world.host.onChange({}); // the host tells nothing
    world.advance(std::chrono::seconds(31)); // just after the regular look
    world.host.lose(world.row("ward-01").desktop.incarnation.domain);
    world.reports.left(agent->identity(), agent.get());
    world.advance(std::chrono::seconds(3));
    QVERIFY(world.store.findLease(world.organisation, lease)->closedAt);
}

void tst_Sessions::R7_anAgentThatLivesIsBelievedAgainstTheHost()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    world.host.lose(world.row("ward-01").desktop.incarnation.domain);
    world.advance(std::chrono::seconds(5));
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
    const auto agent = world.agentOf("ward-01");
    world.agents.detach(agent->identity().desktop, agent.get());
    world.advance(std::chrono::seconds(5));
    QVERIFY(world.store.findLease(world.organisation, lease)->closedAt);
}

void tst_Sessions::R3_anAgentOfAnOlderLifeIsRefused()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const auto old = world.agentOf("ward-01");
    const auto spec = world.host.specOf(world.row("ward-01").desktop.incarnation.domain);
    const Principal nurse = world.addUser("nurse");
    use(world, nurse, pool);
    old->session(wire::SessionState::ended);
    world.bootDesktops();
    QVERIFY(!old->closedBecause.empty());
    QVERIFY(world.agentOf("ward-01") != old);
    // What it still says changes nothing, and its secret lets nobody in.
    const auto before = world.audit().size();
    old->session(wire::SessionState::connected);
    world.settle();
    QVERIFY(!world.row("ward-01").desktop.quarantinedAt);
    QCOMPARE(world.audit().size(), before);
    const auto refused = world.await<AgentIdentity>([&](Done<AgentIdentity> done) {
        world.reports.authenticate(
            old->identity().desktop.value() + ".1.wrong-secret", std::move(done));
    });
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unauthenticated);
}

void tst_Sessions::R3_aReportOfAnOlderEpochConnectsNobody()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    QVERIFY(world.connect(nurse, pool, "key-number-1"));
    const auto agent = world.agentOf("ward-01");
    wire::AgentReport report;
    report.kind = wire::AgentReportKind::session;
    report.session = wire::SessionState::connected;
    report.epoch = 0;
    agent->report(report);
    world.settle();
    QVERIFY(!world.row("ward-01").lease->connectedAt);
}

void tst_Sessions::R11_helloRestoresWhatHappenedMeanwhile()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const auto connection = world.connect(nurse, pool, "key-number-1");
    QVERIFY(world.redeem(nurse, *connection->ticket));
    const auto agent = world.agentOf("ward-01");
    world.agents.detach(agent->identity().desktop, agent.get());
    // Connected while the broker was away: told by the next hello.
    world.agents.attach(agent->identity(), agent);
    wire::AgentReport hello;
    hello.epoch = agent->epoch;
    hello.lease = agent->lease;
    hello.session = wire::SessionState::connected;
    hello.isReady = true;
    hello.certificateSha256 = world.row("ward-01").desktop.incarnation.certificateSha256;
    agent->report(hello);
    world.settle();
    QVERIFY(world.row("ward-01").lease->connectedAt);
}

void tst_Sessions::S3_aChangedCertificateIsQuarantined()
{
    World world;
    world.addPool("Ward", 1, 1);
    world.bootDesktops();
    wire::AgentReport ready;
    ready.kind = wire::AgentReportKind::ready;
    ready.isReady = true;
    ready.certificateSha256 = std::string(64, 'b');
    world.agentOf("ward-01")->report(ready);
    world.settle();
    QVERIFY(world.row("ward-01").desktop.quarantinedAt);
    QCOMPARE(world.countAudit("desktop.quarantine"), std::size_t(1));
}

void tst_Sessions::aConnectionWithoutLeaseIsQuarantined()
{
    World world;
    world.addPool("Ward", 1, 1);
    world.bootDesktops();
    world.agentOf("ward-01")->session(wire::SessionState::connected);
    world.settle();
    QVERIFY(world.row("ward-01").desktop.quarantinedAt);
}

void tst_Sessions::R14_aLogOffDuringAFullDiskIsNotLost()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    world.store.setFull(true);
    world.agentOf("ward-01")->session(wire::SessionState::ended);
    world.advance(std::chrono::seconds(20));
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
    world.store.setFull(false);
    world.advance(std::chrono::seconds(6));
    QVERIFY(world.store.findLease(world.organisation, lease)->closedAt);
    world.bootDesktops();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
}

void tst_Sessions::restartGivesTheDesktopUpWithoutAskingIt()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    world.agentOf("ward-01")->silent = true;
    const auto done = world.await<bool>(
        [&](Done<bool> answer) { world.sessions.restart(nurse, lease, std::move(answer)); });
    QVERIFY(done);
    world.bootDesktops();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
    const auto again = world.connect(nurse, pool, "key-number-2");
    QVERIFY(again && again->state == wire::ConnectionState::ready);
    QVERIFY(*again->lease != lease.value());
}

void tst_Sessions::anotherUsersLeaseDoesNotExist()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const LeaseId lease = use(world, world.addUser("nurse"), pool);
    const Principal doctor = world.addUser("doctor");
    for (const auto act : { 0, 1, 2 }) {
        const auto done = world.await<bool>([&](Done<bool> answer) {
            if (act == 0)
                world.sessions.logOff(doctor, LeaseScope::own, lease, std::move(answer));
            else if (act == 1)
                world.sessions.disconnect(doctor, LeaseScope::own, lease, std::move(answer));
            else
                world.sessions.restart(doctor, lease, std::move(answer));
        });
        QVERIFY(!done);
        QCOMPARE(done.error().code, Errc::notFound);
    }
    QVERIFY(!world.store.findLease(world.organisation, lease)->closedAt);
}

void tst_Sessions::administratorsEndSessions()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const LeaseId lease = use(world, world.addUser("nurse"), pool);
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto disconnected = world.await<bool>([&](Done<bool> answer) {
        world.sessions.disconnect(admin, LeaseScope::organisation, lease, std::move(answer));
    });
    QVERIFY(disconnected);
    QVERIFY(!world.row("ward-01").lease->connectedAt);
    const auto done = world.await<bool>([&](Done<bool> answer) {
        world.sessions.logOff(admin, LeaseScope::organisation, lease, std::move(answer));
    });
    QVERIFY(done);
    QVERIFY(world.store.findLease(world.organisation, lease)->closedAt);
    QCOMPARE(world.countAudit("lease.logOff"), std::size_t(1));
}

void tst_Sessions::administratorsAreToldWhatToDoAboutADeadAgent()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    world.agentOf("ward-01")->silent = true;
    const auto logOff = [&](const Principal& who, LeaseScope scope) {
        return world.await<bool>([&](Done<bool> answer) {
            world.sessions.logOff(who, scope, lease, std::move(answer));
        });
    };
    const auto told = logOff(world.addUser("admin", Role::administrator), LeaseScope::organisation);
    QVERIFY(!told);
    QCOMPARE(told.error().code, Errc::unavailable);
    QVERIFY(told.error().detail.find("wardeskctl desktop recycle ward-01") != std::string::npos);
    const auto nurses = logOff(nurse, LeaseScope::own);
    QVERIFY(nurses.error().detail.find("wardeskctl") == std::string::npos);
}

void tst_Sessions::R6_onlyWhatWasNeverUsedIsGivenBack()
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

void tst_Sessions::R6_whoIsInsideGivesNothingBackThoughNobodyHeardOfIt()
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

void tst_Sessions::R6_whoAsksAgainMeanwhileGivesNothingBack()
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

void tst_Sessions::R14_anOldReportDoesNotUndoANewerOne()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    const auto agent = world.agentOf("ward-01");
    agent->session(wire::SessionState::disconnected);
    world.settle();
    world.store.setFull(true);
    agent->session(wire::SessionState::connected);
    world.settle();
    world.store.setFull(false);
    agent->session(wire::SessionState::disconnected);
    world.advance(std::chrono::seconds(10)); // what was held is tried again
    QVERIFY(!world.store.findLease(world.organisation, lease)->connectedAt);
}

void tst_Sessions::recycleEndsASessionAndWipes()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    const LeaseId lease = use(world, nurse, pool);
    auto events = std::make_shared<FakeEvents>();
    std::ignore = world.events.attach(nurse, events);
    world.agentOf("ward-01")->silent = true;
    const auto before = world.audit().size();
    const auto item = world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
        world.desktops.recycle(
            world.addUser("admin", Role::administrator), "ward-01", std::move(answer));
    });
    QVERIFY(item);
    QCOMPARE(world.audit().size(), before + 1);
    QCOMPARE(QString::fromStdString(item->status), QStringLiteral("recycling"));
    QCOMPARE(events->count(wire::EventKind::sessionEnded), std::size_t(1));
    world.bootDesktops();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
    QCOMPARE(
        *world.store.findLease(world.organisation, lease)->closeReason, CloseReason::endedByAdmin);
}

void tst_Sessions::quarantineAndRelease()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 1);
    world.bootDesktops();
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto set = world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
        world.desktops.quarantine(admin, "ward-01", { "odd noises" }, std::move(answer));
    });
    QVERIFY(set);
    const auto refused = world.connect(world.addUser("nurse"), pool, "key-number-1");
    QVERIFY(!refused);
    const auto released = world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
        world.desktops.release(admin, "ward-01", { "nothing found" }, std::move(answer));
    });
    QVERIFY(released);
    world.bootDesktops();
    // What was set aside is not given to anybody as it is.
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
}

void tst_Sessions::R6_neverConnectedIsGivenBackAndWiped()
{
    Given world;
    world.advance(std::chrono::minutes(6));
    const auto lease = world.store.findLease(world.organisation, world.lease);
    QVERIFY(lease->closedAt);
    QCOMPARE(*lease->closeReason, CloseReason::neverConnected);
    world.bootDesktops();
    QCOMPARE(world.row("ward-01").desktop.incarnation.number.value(), 2LL);
}

void tst_Sessions::R7_leasesOfSeveralDesktopsAreKeptWhileTheirAgentsAreAway()
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

void tst_Sessions::R6_whatHappensWhileTheAgentIsAskedCounts_data()
{
    QTest::addColumn<bool>("comes");
    QTest::newRow("its user comes") << true;
    QTest::newRow("an administrator ends it") << false;
}

void tst_Sessions::R6_whatHappensWhileTheAgentIsAskedCounts()
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

void tst_Sessions::R6_aDatabaseThatKnowsBetterIsBelieved_data()
{
    QTest::addColumn<QString>("call");
    QTest::addColumn<int>("code");
    QTest::newRow("before it is asked") << QStringLiteral("reviewLease") << int(Errc::stale);
    QTest::newRow("as it is closed") << QStringLiteral("closeLease") << int(Errc::conflict);
}

void tst_Sessions::R6_aDatabaseThatKnowsBetterIsBelieved()
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

void tst_Sessions::R6_whoIsInsideIsKeptThoughNobodyHeardOfIt_data()
{
    QTest::addColumn<bool>("looks");
    QTest::newRow("at the screen") << true;
    QTest::newRow("away from it") << false;
}

void tst_Sessions::R6_whoIsInsideIsKeptThoughNobodyHeardOfIt()
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

void tst_Sessions::R7_neverConnectedIsKeptWhileItsAgentIsAway()
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

void tst_Sessions::R7_anAnswerThatSaysNothingIsNoEvidence()
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

void tst_Sessions::R6_whoAsksAgainMeanwhileKeepsTheDesktop()
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

QTEST_GUILESS_MAIN(tst_Sessions)
#include "tst_sessions.moc"
