// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

const std::string key = "key-number-1";
const Error broken { Errc::unavailable, "the test makes it fail" };

/// A ward with one desktop that is ready, and what its agent says.
struct Ward
{
    Ward()
        : pool(world.addPool("Ward", 1, 1))
        , nurse(world.addUser("nurse"))
    {
        world.bootDesktops();
        agent = world.agentOf("ward-01");
    }
    LeaseId lease() { return LeaseId(world.connect(nurse, pool, key)->lease.value()); }
    LeaseId session()
    {
        const auto connection = world.connect(nurse, pool, key);
        std::ignore = world.redeem(nurse, *connection->ticket);
        tell(wire::SessionState::connected);
        return LeaseId(*connection->lease);
    }
    wire::AgentReport report(wire::AgentReportKind kind) const
    {
        wire::AgentReport made;
        made.kind = kind;
        made.epoch = agent->epoch;
        return made;
    }
    void tell(wire::AgentReport told)
    {
        agent->report(told);
        world.settle();
    }
    void tell(wire::SessionState state)
    {
        agent->session(state);
        world.settle();
    }
    void tellReady(bool isReady, const std::string& certificate)
    {
        auto told = report(wire::AgentReportKind::ready);
        told.isReady = isReady;
        if (!certificate.empty())
            told.certificateSha256 = certificate;
        tell(std::move(told));
    }
    Desktop desktop() { return world.row("ward-01").desktop; }
    std::string setAside() { return desktop().quarantinedAt ? desktop().quarantineReason : ""; }

    World world;
    Pool pool;
    Principal nurse;
    std::shared_ptr<FakeAgent> agent;
};

}

/// What the broker makes of what agents say.
class tst_AgentReports : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyASecretOfNowLetsAnAgentIn_data();
    void onlyASecretOfNowLetsAnAgentIn();
    void aBrokenDatabaseIsNoReasonToSendAnAgentAway();
    void idlenessChangesNothing();
    void anOldConnectionThatEndsLeavesTheNewOneItsWord();
    void R7_doubtsOfAnAgentTakeADesktopFromNobody();
    void doubtsBeforeItWasReadyChangeNothing();
    void readyIsOnlyWhoShowsACertificate();
    void S3_aSecondCertificateSetsTheDesktopAside();
    void aDesktopIsSetAsideOnce();
    void whatCannotBeSetAsideIsTriedAgain_data();
    void whatCannotBeSetAsideIsTriedAgain();
    void R1_anotherLeaseSetsTheDesktopAside();
    void aLeaseThatTheDatabaseDoesNotHaveIsNoContradiction();
    void R3_anEpochThatNobodyGaveOutSetsTheDesktopAside();
    void somebodyInAFreeDesktopSetsItAside();
    void anEndBeforeAnybodyHadItMakesItUnready();
    void R14_whatWasHeldDoesNotUndoWhatCameAfter_data();
    void R14_whatWasHeldDoesNotUndoWhatCameAfter();
    void R14_whatWasHeldOfAnEarlierLinkIsNotLost();
    void R14_whatWasHeldIsNotTheNextLifesWord();
    void anEndOfWhatWasNeverUsedIsALoss();
    void anEndNamingItsLeaseIsALogOff();
    void whatIsOverOrEndsHearsNothingMore();
    void theFirstOfTwoClientsIsNotTheLeases();
    void noSessionSaysNothing();
    void namesThatNoBrokerGaveAreNotRepeated_data();
    void namesThatNoBrokerGaveAreNotRepeated();
    void R14_twoHeldReportsAreWrittenTogether();
    void aDesktopThatIsUnknownIsHungUpOn();
    void aLifeThatHasEndedIsHungUpOn();
    void aClosedLeaseIsNotUsedWhileItsDesktopCannotBeEnded();
    void R11_anEpochBeyondAllReasonIsALie();
};

void tst_AgentReports::onlyASecretOfNowLetsAnAgentIn_data()
{
    QTest::addColumn<QString>("credentials");
    QTest::newRow("nothing") << "";
    QTest::newRow("no dot") << "desktop";
    QTest::newRow("one dot") << "desktop.1";
    QTest::newRow("no number") << "desktop.one.secret";
    QTest::newRow("a number and more") << "desktop.1x.secret";
    QTest::newRow("unknown") << "desktop.1.secret";
}

void tst_AgentReports::onlyASecretOfNowLetsAnAgentIn()
{
    QFETCH(QString, credentials);
    World world;
    const auto known = world.await<AgentIdentity>([&](Done<AgentIdentity> done) {
        world.reports.authenticate(credentials.toStdString(), std::move(done));
    });
    QVERIFY(!known);
    QCOMPARE(known.error().code, Errc::unauthenticated);
}

void tst_AgentReports::aBrokenDatabaseIsNoReasonToSendAnAgentAway()
{
    Ward ward;
    ward.world.failing.failNext("findByBootstrap", broken);
    const auto ask = [&] {
        return ward.world.await<AgentIdentity>([&](Done<AgentIdentity> done) {
            ward.world.reports.authenticate(ward.agent->credentials, std::move(done));
        });
    };
    QCOMPARE(ask().error().code, Errc::unavailable);
    QVERIFY(ask());
}

void tst_AgentReports::idlenessChangesNothing()
{
    Ward ward;
    const LeaseId lease = ward.session();
    auto idle = ward.report(wire::AgentReportKind::idle);
    idle.session = wire::SessionState::ended; // not what this kind is for
    ward.tell(idle);
    QVERIFY(!ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
}

void tst_AgentReports::anOldConnectionThatEndsLeavesTheNewOneItsWord()
{
    Ward ward;
    const auto before = ward.agent;
    ward.agent = ward.world.agentReturns(*before);
    QVERIFY(ward.agent);
    ward.world.reports.left(before->identity(), before.get());
    ward.world.settle();
    QVERIFY(ward.world.agents.isConnected(before->identity().desktop, Incarnation(1)));
    QVERIFY(ward.world.connect(ward.nurse, ward.pool, key));
}

void tst_AgentReports::R7_doubtsOfAnAgentTakeADesktopFromNobody()
{
    Ward ward;
    const LeaseId lease = ward.session();
    ward.tellReady(false, {});
    QVERIFY(ward.desktop().incarnation.readyAt);
    QVERIFY(!ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
}

void tst_AgentReports::doubtsBeforeItWasReadyChangeNothing()
{
    Ward ward;
    ward.tellReady(false, {});
    QVERIFY(!ward.desktop().incarnation.readyAt);
    ward.tellReady(false, {});
    QVERIFY(!ward.desktop().incarnation.readyAt);
    ward.tellReady(true, ward.agent->certificate);
    QVERIFY(ward.desktop().incarnation.readyAt);
}

void tst_AgentReports::readyIsOnlyWhoShowsACertificate()
{
    Ward ward;
    ward.tellReady(false, {});
    for (const std::string& certificate : { std::string(), std::string("short"),
             std::string(64, 'g'), std::string(64, 'A'), std::string(65, 'a') }) {
        ward.tellReady(true, certificate);
        QVERIFY2(!ward.desktop().incarnation.readyAt, certificate.c_str());
    }
    QVERIFY(ward.setAside().empty());
}

void tst_AgentReports::S3_aSecondCertificateSetsTheDesktopAside()
{
    Ward ward;
    ward.tellReady(true, std::string(64, 'b'));
    QVERIFY(ward.setAside().find("certificate changed") != std::string::npos);
}

void tst_AgentReports::aDesktopIsSetAsideOnce()
{
    Ward ward;
    ward.tell(wire::SessionState::connected);
    ward.tell(wire::SessionState::connected);
    QVERIFY(!ward.setAside().empty());
    QCOMPARE(ward.world.countAudit("desktop.quarantine"), std::size_t(1));
    QCOMPARE(ward.world.store.listEvidence(ward.desktop().id, 10)->size(), std::size_t(1));
}

void tst_AgentReports::whatCannotBeSetAsideIsTriedAgain_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("somebody in a free desktop") << 0;
    QTest::newRow("another lease") << 1;
    QTest::newRow("an epoch of nobody's") << 2;
    QTest::newRow("another certificate") << 3;
}

void tst_AgentReports::whatCannotBeSetAsideIsTriedAgain()
{
    QFETCH(int, what);
    Ward ward;
    auto told = ward.report(wire::AgentReportKind::session);
    told.session = wire::SessionState::connected;
    if (what == 1) {
        std::ignore = ward.lease();
        told.lease = "another";
    } else if (what == 2) {
        told.epoch += 1'000'000'000;
    } else if (what == 3) {
        told = ward.report(wire::AgentReportKind::ready);
        told.isReady = true;
        told.certificateSha256 = std::string(64, 'c');
    }
    ward.world.failing.failNext("quarantine", broken);
    ward.tell(told);
    QVERIFY(ward.setAside().empty());
    QCOMPARE(ward.world.countAudit("desktop.quarantine"), std::size_t(0));
    ward.world.advance(6s);
    QVERIFY(!ward.setAside().empty());
    QCOMPARE(ward.world.countAudit("desktop.quarantine"), std::size_t(1));
}

void tst_AgentReports::R1_anotherLeaseSetsTheDesktopAside()
{
    Ward ward;
    std::ignore = ward.session();
    auto told = ward.report(wire::AgentReportKind::session);
    told.session = wire::SessionState::connected;
    told.lease = "another";
    ward.tell(told);
    QVERIFY(ward.setAside().find("another lease") != std::string::npos);
}

void tst_AgentReports::aLeaseThatTheDatabaseDoesNotHaveIsNoContradiction()
{
    Ward ward;
    auto told = ward.report(wire::AgentReportKind::session);
    told.session = wire::SessionState::prepared;
    told.lease = "of-an-earlier-time";
    ward.tell(told);
    QVERIFY(ward.setAside().empty());
}

void tst_AgentReports::R3_anEpochThatNobodyGaveOutSetsTheDesktopAside()
{
    Ward ward;
    auto told = ward.report(wire::AgentReportKind::ready);
    told.epoch += 1'000'000'000;
    told.isReady = true;
    told.certificateSha256 = ward.agent->certificate;
    ward.tell(told);
    QVERIFY(ward.setAside().find("an epoch that nobody has given out") != std::string::npos);
}

void tst_AgentReports::somebodyInAFreeDesktopSetsItAside()
{
    Ward ward;
    ward.tell(wire::SessionState::connected);
    QVERIFY(ward.setAside().find("without having been given it") != std::string::npos);
}

void tst_AgentReports::anEndBeforeAnybodyHadItMakesItUnready()
{
    Ward ward;
    ward.tellReady(false, {});
    ward.tell(wire::SessionState::ended); // nothing there that could be made unready
    QVERIFY(!ward.desktop().incarnation.readyAt);
    ward.tellReady(true, ward.agent->certificate);
    QVERIFY(ward.desktop().incarnation.readyAt);
    ward.tell(wire::SessionState::ended);
    QVERIFY(!ward.desktop().incarnation.readyAt);
}

void tst_AgentReports::R14_whatWasHeldDoesNotUndoWhatCameAfter_data()
{
    QTest::addColumn<bool>("together");
    QTest::newRow("it came before the disk had room again") << false;
    QTest::newRow("the disk was full for one of the two only") << true;
}

void tst_AgentReports::R14_whatWasHeldDoesNotUndoWhatCameAfter()
{
    QFETCH(bool, together);
    Ward ward;
    auto hello = ward.report(wire::AgentReportKind::hello);
    hello.isReady = false;
    hello.session = wire::SessionState::prepared;
    auto ready = ward.report(wire::AgentReportKind::ready);
    ready.isReady = true;
    ready.certificateSha256 = ward.agent->certificate;
    ward.world.failing.failNext("findDesktop", { Errc::unavailable, "the database is away" });
    ward.agent->report(hello);
    if (!together)
        ward.world.settle();
    ward.agent->report(ready);
    ward.world.settle();
    QVERIFY(ward.world.failing.hasFailed());
    ward.world.advance(std::chrono::seconds(10)); // what was held is tried again
    QVERIFY(ward.desktop().incarnation.readyAt);
    QVERIFY(!ward.desktop().incarnation.unreadyAt);
}

void tst_AgentReports::R14_whatWasHeldOfAnEarlierLinkIsNotLost()
{
    Ward ward;
    const LeaseId lease = ward.session();
    ward.world.store.setFull(true);
    ward.agent->session(wire::SessionState::ended);
    std::ignore = ward.world.main.runOne(); // it is on its way to the database
    ward.world.reports.left(ward.agent->identity(), ward.agent.get());
    ward.world.settle();
    ward.world.store.setFull(false);
    ward.world.advance(std::chrono::seconds(10));
    const auto closed = ward.world.store.findLease(ward.world.organisation, lease);
    QVERIFY(closed->closedAt);
    QCOMPARE(*closed->closeReason, CloseReason::loggedOff);
}

void tst_AgentReports::R14_whatWasHeldIsNotTheNextLifesWord()
{
    Ward ward;
    const LeaseId lease = ward.session();
    ward.world.failing.failNext("findDesktop", { Errc::unavailable, "the database is away" });
    ward.agent->session(wire::SessionState::ended);
    QVERIFY(ward.world.main.runOne()); // it is on its way to the database, which will refuse it
    AgentIdentity next = ward.agent->identity();
    next.incarnation = Incarnation(2);
    wire::AgentReport hello = ward.report(wire::AgentReportKind::hello);
    hello.session = wire::SessionState::prepared;
    ward.world.reports.receive(next, hello, [] {});
    ward.world.settle();
    QVERIFY(ward.world.failing.hasFailed());
    QVERIFY(!ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
    ward.world.advance(std::chrono::seconds(10));
    QVERIFY(ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
}

void tst_AgentReports::anEndOfWhatWasNeverUsedIsALoss()
{
    Ward ward;
    const LeaseId lease = ward.lease();
    ward.tell(wire::SessionState::ended); // the agent has not heard of the lease
    const auto ended = ward.world.store.findLease(ward.world.organisation, lease);
    QVERIFY(ended->closedAt);
    QCOMPARE(*ended->closeReason, CloseReason::desktopLost);
    const auto record = ward.world.audit().back();
    QVERIFY2(record.detail.find("before it was used") != std::string::npos, record.detail.c_str());
}

void tst_AgentReports::anEndNamingItsLeaseIsALogOff()
{
    Ward ward;
    const LeaseId lease = ward.lease();
    auto told = ward.report(wire::AgentReportKind::session);
    told.session = wire::SessionState::ended;
    told.lease = lease.value(); // it was used, and the report of that was lost
    ward.tell(told);
    const auto ended = ward.world.store.findLease(ward.world.organisation, lease);
    QCOMPARE(*ended->closeReason, CloseReason::loggedOff);
}

void tst_AgentReports::whatIsOverOrEndsHearsNothingMore()
{
    Ward ward;
    const LeaseId lease = ward.session();
    ward.world.host.failNextDestroys(1000, broken); // it stays on its way down
    ward.tell(wire::SessionState::ended);
    QVERIFY(ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
    QVERIFY(ward.desktop().incarnation.endingAt);
    const auto connectedAt
        = ward.world.store.findLease(ward.world.organisation, lease)->firstConnectedAt;
    ward.tell(wire::SessionState::connected);
    ward.tellReady(true, std::string(64, 'b'));
    QVERIFY(ward.setAside().empty());
    QCOMPARE(
        ward.world.store.findLease(ward.world.organisation, lease)->firstConnectedAt, connectedAt);
}

void tst_AgentReports::theFirstOfTwoClientsIsNotTheLeases()
{
    Ward ward;
    const LeaseId lease = ward.session();
    // The same user at another terminal: a higher epoch, that the agent has not heard of yet (R3).
    QVERIFY(ward.world.connect(ward.nurse, ward.pool, "key-number-2"));
    ward.tell(wire::SessionState::disconnected);
    ward.tell(wire::SessionState::connected);
    QVERIFY(!ward.world.store.findLease(ward.world.organisation, lease)->connectedAt);
    QVERIFY(ward.setAside().empty());
    // A database that fails is something else: that report is held.
    ward.world.failing.failNext("recordConnected", broken);
    ward.agent->epoch = ward.world.store.currentEpoch()->value();
    ward.tell(wire::SessionState::connected);
    QVERIFY(!ward.world.store.findLease(ward.world.organisation, lease)->connectedAt);
    ward.world.advance(6s);
    QVERIFY(ward.world.store.findLease(ward.world.organisation, lease)->connectedAt);
}

void tst_AgentReports::noSessionSaysNothing()
{
    Ward ward;
    const LeaseId lease = ward.session();
    ward.tell(wire::SessionState::none);
    const auto now = ward.world.store.findLease(ward.world.organisation, lease);
    QVERIFY(now->connectedAt && !now->closedAt);
}

void tst_AgentReports::namesThatNoBrokerGaveAreNotRepeated_data()
{
    QTest::addColumn<QString>("named");
    QTest::addColumn<bool>("good");
    QTest::newRow("ours") << "0a1B-Zz9" << true;
    QTest::newRow("long") << QString(65, QLatin1Char('a')) << false;
    QTest::newRow("a line end") << "a\nb" << false;
    for (const char other : { '/', ':', '@', '[', '`', '{', ' ' }) {
        const std::string named = std::string("a") + other + 'b';
        QTest::newRow(named.c_str()) << QString::fromStdString(named) << false;
    }
}

void tst_AgentReports::namesThatNoBrokerGaveAreNotRepeated()
{
    QFETCH(QString, named);
    QFETCH(bool, good);
    Ward ward;
    std::string written;
    // R11: while a database is set right, agents' words are written down in it.
    AdoptionRecord adoption;
    adoption.broker = BrokerId("another");
    QVERIFY(ward.world.store.beginAdoption(adoption, Epoch(1), 60s, AdoptionStart::anew));
    auto told = ward.report(wire::AgentReportKind::hello);
    told.session = wire::SessionState::connected;
    told.lease = named.toStdString();
    told.user = named.toStdString();
    ward.tell(told);
    const auto words = ward.world.store.listWords();
    QCOMPARE(words->size(), std::size_t(1));
    QCOMPARE(words->front().lease.value(), good ? named.toStdString() : std::string());
    QCOMPARE(words->front().user.value(), good ? named.toStdString() : std::string());
}

void tst_AgentReports::R14_twoHeldReportsAreWrittenTogether()
{
    Ward ward;
    const LeaseId lease = ward.lease();
    std::ignore = lease;
    ward.world.failing.failAll("recordWord", broken);
    ward.tellReady(false, {});
    ward.tell(wire::SessionState::ended);
    ward.world.failing.failNothing();
    QVERIFY(!ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
    ward.world.advance(6s);
    QVERIFY(ward.world.store.findLease(ward.world.organisation, lease)->closedAt);
}

void tst_AgentReports::aDesktopThatIsUnknownIsHungUpOn()
{
    Ward ward;
    QVERIFY(ward.world.agents.isConnected(ward.desktop().id, Incarnation(1)));
    // The lookup fails once: held, not hung up on.
    ward.world.failing.failNext("findDesktop", broken);
    ward.tellReady(true, ward.agent->certificate);
    QVERIFY(ward.agent->closedBecause.empty());
    // Its row is gone.
    ward.world.failing.failNext("findDesktop", Error { Errc::notFound, "no such desktop" });
    ward.tellReady(true, ward.agent->certificate);
    QCOMPARE(ward.agent->closedBecause, std::string("this life of the desktop is over"));
}

void tst_AgentReports::aLifeThatHasEndedIsHungUpOn()
{
    Ward ward;
    const auto late = ward.agent;
    std::ignore = ward.session();
    ward.world.failing.failAll("beginIncarnation", broken);
    ward.tell(wire::SessionState::ended);
    QVERIFY(ward.desktop().incarnation.endedAt);
    late->closedBecause.clear();
    ward.world.agents.attach(late->identity(), late); // as one that had been let in before that
    ward.tell(wire::SessionState::connected);
    QCOMPARE(late->closedBecause, std::string("this life of the desktop is over"));
    QVERIFY(ward.setAside().empty());
}

void tst_AgentReports::aClosedLeaseIsNotUsedWhileItsDesktopCannotBeEnded()
{
    Ward ward;
    const LeaseId lease = ward.session();
    ward.world.failing.failAll("beginEnding", broken);
    ward.tell(wire::SessionState::ended);
    QVERIFY(!ward.desktop().incarnation.endingAt);
    const auto closed = ward.world.store.findLease(ward.world.organisation, lease);
    QVERIFY(closed->closedAt);
    ward.tell(wire::SessionState::connected);
    QVERIFY(ward.setAside().empty());
    const auto now = ward.world.store.findLease(ward.world.organisation, lease);
    QCOMPARE(now->closedAt, closed->closedAt);
    QCOMPARE(now->connectedAt, closed->connectedAt);
}

void tst_AgentReports::R11_anEpochBeyondAllReasonIsALie()
{
    // This broker has no proof of its own that the database is good: an agent that has seen more
    // is believed, but not anything.
    Ward before;
    World after;
    after.restore(before.world, before.world.store.backup(), Epoch(0)); // its mark proves nothing
    const auto agent = after.agentReturns(*before.agent);
    QVERIFY(agent);
    QVERIFY(after.adoption.believesAgents());
    auto told = before.report(wire::AgentReportKind::ready);
    told.epoch += 1'000'000'000'000;
    agent->report(told);
    after.settle();
    QVERIFY(after.row("ward-01").desktop.quarantinedAt);
    QCOMPARE(after.countAudit("system.adopted"), std::size_t(0));
}

QTEST_GUILESS_MAIN(tst_AgentReports)
#include "tst_agentreports.moc"
