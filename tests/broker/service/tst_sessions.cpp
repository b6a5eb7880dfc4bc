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
    void R14_anOldReportDoesNotUndoANewerOne();
    void recycleEndsASessionAndWipes();
    void quarantineAndRelease();
    void whatIsTakenAwayIsTakenFromSomebody();
    void whatIsKeptForNobodyKnownIsTakenAwayById();
    void whatSomebodyMayMissIsNotReleasedInPassing();

private:
    static LeaseId use(World& world, const Principal& who, const Pool& pool);
};

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

namespace {

/// A dedicated ward of one desktop, which is anna's.
struct Kept : World
{
    Kept()
    {
        bootDesktops();
        const auto item = await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
            desktops.assign(admin, "ward-01", { "anna" }, std::move(answer));
        });
        if (!item || owner() != anna.user.id)
            qFatal("it cannot be assigned");
    }
    UserId owner() { return row("ward-01").desktop.owner; }
    Result<wire::DesktopItem> unassign(const std::string& user)
    {
        return await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
            desktops.unassign(admin, "ward-01", { user }, std::move(answer));
        });
    }

    const Pool pool = addPool("Ward", 1, 1, PoolKind::dedicated);
    const Principal admin = addUser("admin", Role::administrator);
    const Principal anna = addUser("anna");
};

}

void tst_Sessions::whatIsTakenAwayIsTakenFromSomebody()
{
    Kept world;
    std::ignore = world.addUser("ben");
    QCOMPARE(world.unassign("ben").error().code, Errc::conflict);
    QCOMPARE(world.unassign("nobody-of-that-name").error().code, Errc::notFound);
    QCOMPARE(world.unassign("").error().code, Errc::notFound);
    QCOMPARE(world.owner(), world.anna.user.id);
    QVERIFY(!world.row("ward-01").desktop.incarnation.endingAt);
    QVERIFY(world.unassign("anna"));
    QVERIFY(world.owner().isEmpty());
    const auto records = world.audit();
    QVERIFY(std::any_of(records.begin(), records.end(), [](const AuditRecord& record) {
        return record.action == "desktop.unassign" && record.outcome == "done"
            && record.detail.find("user anna") != std::string::npos;
    }));
    const auto again = world.unassign("anna");
    QVERIFY(!again);
    QCOMPARE(again.error().detail, std::string("'ward-01' is kept for nobody"));
}

void tst_Sessions::whatIsKeptForNobodyKnownIsTakenAwayById()
{
    Kept world;
    MemoryTables tables = world.store.backup();
    tables.m_users.erase(world.anna.user.id);
    world.store.restore(tables);
    QCOMPARE(world.unassign("anna").error().code, Errc::notFound);
    QVERIFY(world.unassign(world.anna.user.id.value()));
    QVERIFY(world.owner().isEmpty());
}

void tst_Sessions::whatSomebodyMayMissIsNotReleasedInPassing()
{
    Kept world;
    MemoryTables tables = world.store.backup();
    Desktop& desktop = tables.m_desktops.begin()->second;
    desktop.owner = {};
    desktop.quarantinedAt = world.clock.wall();
    desktop.quarantineReason = "nobody knows whose it is";
    desktop.incarnation.endingAt = world.clock.wall();
    desktop.incarnation.endReason = EndReason::databaseRestored;
    world.store.restore(tables);
    const auto release = [&](std::optional<bool> loseDisk) {
        return world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> answer) {
            world.desktops.release(
                world.admin, "ward-01", { "looked at", loseDisk }, std::move(answer));
        });
    };
    const auto refused = release(std::nullopt);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::conflict);
    QVERIFY(refused.error().detail.find("desktop assign ward-01 USER") != std::string::npos);
    QVERIFY(world.row("ward-01").desktop.quarantinedAt);
    // Nor with its pool.
    const auto deleted = world.await<bool>([&](Done<bool> answer) {
        world.pools.deletePool(world.admin, world.pool.name, std::move(answer));
    });
    QVERIFY(!deleted);
    QVERIFY2(deleted.error().detail.find("may hold somebody's work") != std::string::npos,
        deleted.error().detail.c_str());
    QVERIFY(release(true));
    QVERIFY(!world.row("ward-01").desktop.quarantinedAt);
}

QTEST_GUILESS_MAIN(tst_Sessions)
#include "tst_sessions.moc"
