// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/desktop/coretrial.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::desktop;
using wire::AgentCommandKind;
using wire::AgentReportKind;
using wire::SessionState;

class DesktopCoreTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // --- readiness ---

    void isReadyOnlyWithServerAndSession()
    {
        CoreTrial trial;
        trial.feed(RdpAnswered { "aa" });
        QVERIFY(!trial.reportOf(AgentReportKind::ready));
        trial.feed(SessionStarted {});
        const auto ready = trial.reportOf(AgentReportKind::ready);
        QVERIFY(ready);
        QCOMPARE(ready->isReady, std::optional(true));
        QCOMPARE(ready->certificateSha256, std::optional<std::string>("aa"));
        QCOMPARE(trial.reportOf(AgentReportKind::session)->session,
            std::optional(SessionState::prepared));
    }

    void readinessIsReportedOnceAndAgainWhenItChanges()
    {
        auto trial = CoreTrial::ready();
        trial.feed(RdpAnswered { "c0ffee" });
        QVERIFY(trial.effects.empty());
        trial.feed(RdpAnswered { "decaf" }); // S3: the client must be told of another certificate
        QCOMPARE(trial.reportOf(AgentReportKind::ready)->certificateSha256,
            std::optional<std::string>("decaf"));
        trial.feed(RdpSilent {});
        QCOMPARE(trial.reportOf(AgentReportKind::ready)->isReady, std::optional(false));
        QVERIFY(!trial.reportOf(AgentReportKind::ready)->certificateSha256);
        trial.feed(RdpSilent {});
        QVERIFY(trial.effects.empty());
    }

    void helloSaysTheWholeState()
    {
        auto trial = CoreTrial::ready();
        trial.connect(7, "lease-a", 1);
        trial.feed(LinkUp {});
        const auto hello = trial.reportOf(AgentReportKind::hello);
        QVERIFY(hello); // R11
        QCOMPARE(hello->epoch, 7);
        QCOMPARE(hello->isReady, std::optional(true));
        QCOMPARE(hello->certificateSha256, std::optional<std::string>("c0ffee"));
        QCOMPARE(hello->session, std::optional(SessionState::connected));
        QCOMPARE(hello->lease, std::optional<std::string>("lease-a"));
        QCOMPARE(hello->version, std::optional<std::string>("9"));
        QVERIFY(!hello->credential);
    }

    // What was ready before it was suspended says nothing: the RDP server has to answer once more.
    void afterAResumeReadinessIsProvedAnew()
    {
        auto trial = CoreTrial::ready();
        trial.feed(Woken { 4711, wire::ResetProof {} });
        QVERIFY(!trial.reportOf(AgentReportKind::ready)); // nobody is at the old connection's end
        QVERIFY(!trial.core.isReady());
        trial.feed(LinkUp {});
        const auto hello = trial.reportOf(AgentReportKind::hello);
        QCOMPARE(hello->isReady, std::optional(false));
        QCOMPARE(hello->resumed, std::optional<std::int64_t>(4711));
        QCOMPARE(hello->session, std::optional(SessionState::prepared));
        trial.feed(RdpAnswered { "c0ffee" });
        const auto ready = trial.reportOf(AgentReportKind::ready);
        QVERIFY(ready);
        QCOMPARE(ready->isReady, std::optional(true));
        QCOMPARE(ready->resumed, std::optional<std::int64_t>(4711));
        QVERIFY(ready->proof);
        CoreTrial second(trial.core.memory()); // started again in the same incarnation
        second.feed(LinkUp {});
        QCOMPARE(
            second.reportOf(AgentReportKind::hello)->resumed, std::optional<std::int64_t>(4711));
    }

    void whoWasNeverResumedNamesNone()
    {
        auto trial = CoreTrial::ready();
        trial.feed(LinkUp {});
        QVERIFY(!trial.reportOf(AgentReportKind::hello)->resumed);
    }

    // R11: a broker whose database has lost the lease asks the desktop whose it is
    void helloNamesTheUserOfTheLease()
    {
        auto trial = CoreTrial::ready();
        trial.user = "nurse";
        trial.connect(7, "lease-a", 1);
        trial.feed(LinkUp {});
        QCOMPARE(trial.reportOf(AgentReportKind::hello)->user, std::optional<std::string>("nurse"));
        CoreTrial second(trial.core.memory()); // started again in the same incarnation
        second.feed(LinkUp {});
        QCOMPARE(
            second.reportOf(AgentReportKind::hello)->user, std::optional<std::string>("nurse"));
    }

    void anotherLeaseHasAnotherUser()
    {
        auto trial = CoreTrial::ready();
        trial.user = "nurse";
        trial.prepare(7, "lease-a");
        trial.user.reset(); // a broker that does not say
        trial.prepare(8, "lease-b");
        trial.feed(LinkUp {});
        QVERIFY(!trial.reportOf(AgentReportKind::hello)->user);
    }

    // R1: not even under the same lease
    void aUsedIncarnationRefusesAnotherUser()
    {
        auto trial = CoreTrial::ready();
        trial.user = "nurse";
        trial.connect(7, "lease-a", 1);
        trial.user = "doctor";
        const auto answer = trial.prepare(8, "lease-a");
        QCOMPARE(answer.error, std::optional<std::string>("conflict"));
        QVERIFY(!answer.credential);
        trial.user = "nurse";
        QVERIFY(!trial.prepare(8, "lease-a").error);
    }

    // A desktop that is kept for a user is nobody else's, whatever a broker believes.
    void aKeptDesktopRefusesAnybodyButItsOwner()
    {
        CoreTrial trial({}, { .version = "9", .owner = "anna" });
        trial.feed(RdpAnswered { "c0ffee" });
        trial.feed(SessionStarted {});
        trial.user = "ben";
        QCOMPARE(trial.prepare(1, "lease").error, std::optional<std::string>("conflict"));
        trial.user.reset(); // a broker of an earlier version
        QCOMPARE(trial.prepare(2, "lease").error, std::optional<std::string>("conflict"));
        trial.user = "anna";
        QVERIFY(!trial.prepare(3, "lease").error);
    }

    // An older broker did not say whose it is; the lease is the same.
    void aUsedIncarnationWithoutAUserTakesTheLeases()
    {
        auto trial = CoreTrial::ready();
        trial.connect(7, "lease-a", 1);
        trial.user = "nurse";
        QVERIFY(!trial.prepare(8, "lease-a").error);
        QCOMPARE(trial.core.memory().user, std::string("nurse"));
    }

    void aListOfBrokersIsNoneOfItsBusiness()
    {
        auto trial = CoreTrial::ready();
        trial.connect(7, "lease-a", 1);
        const auto before = trial.core.memory();
        trial.feed(CommandReceived {
            { ++trial.lastId, AgentCommandKind::brokers, 7, {}, {}, {}, {} }, Secret() });
        QVERIFY(trial.effects.empty());
        QCOMPARE(trial.core.memory().epoch, before.epoch);
        QCOMPARE(trial.session(), before.session);
    }

    // S5, whoever looks at it and when
    void aCredentialOpensOnlyBeforeItsEnd()
    {
        const MonotonicTime end { std::chrono::seconds(60) };
        const OneTimeCredential credential("secret", end);
        QVERIFY(credential.opens("secret", end - std::chrono::milliseconds(1)));
        QVERIFY(!credential.opens("secret", end));
        QVERIFY(!credential.opens("Secret", end - std::chrono::milliseconds(1)));
    }

    void helloOfANewDesktopHasNoLeaseAndNoCertificate()
    {
        DesktopMemory memory;
        memory.epoch = 4;
        CoreTrial trial(memory);
        trial.feed(LinkUp {});
        const auto hello = trial.reportOf(AgentReportKind::hello);
        QCOMPARE(hello->epoch, 4);
        QCOMPARE(hello->isReady, std::optional(false));
        QVERIFY(!hello->lease && !hello->certificateSha256);
        QCOMPARE(hello->session, std::optional(SessionState::none));
    }

    void helloCountsAsTheReportOfReadiness()
    {
        auto trial = CoreTrial::ready();
        trial.feed(RdpSilent {});
        trial.feed(LinkUp {});
        trial.feed(RdpAnswered { "c0ffee" });
        QCOMPARE(trial.reportOf(AgentReportKind::ready)->isReady, std::optional(true));
    }

    // --- epochs (R3) ---

    void lowerEpochsAreStale_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("prepare") << int(AgentCommandKind::prepare);
        QTest::newRow("lock") << int(AgentCommandKind::lock);
        QTest::newRow("disconnect") << int(AgentCommandKind::disconnect);
        QTest::newRow("logoff") << int(AgentCommandKind::logoff);
        QTest::newRow("state") << int(AgentCommandKind::state);
    }
    void lowerEpochsAreStale()
    {
        QFETCH(int, kind);
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        const auto answer = trial.command(static_cast<AgentCommandKind>(kind), 4, "a");
        QCOMPARE(answer.error, std::optional<std::string>("stale"));
        QCOMPARE(answer.id, std::optional(trial.lastId));
        QCOMPARE(answer.epoch, 5);
        QVERIFY(!answer.credential);
        QCOMPARE(trial.effects.size(), std::size_t(1)); // the answer, and nothing done
    }

    void theRememberedEpochCounts()
    {
        DesktopMemory memory;
        memory.epoch = 9;
        memory.session = SessionState::prepared;
        CoreTrial trial(memory);
        trial.feed(RdpAnswered { "aa" });
        QCOMPARE(trial.prepare(8, "a").error, std::optional<std::string>("stale"));
        QVERIFY(!trial.prepare(9, "a").error);
    }

    void aHigherEpochIsRememberedBeforeTheAnswerEvenIfRefused()
    {
        CoreTrial trial; // not ready
        const auto answer = trial.prepare(6, "a");
        QCOMPARE(answer.error, std::optional<std::string>("preparing"));
        QCOMPARE(trial.core.memory().epoch, 6);
        QVERIFY(trial.indexOf<RememberState>() < trial.indexOf<SendReport>());
    }

    void aHigherEpochKillsTheCredential()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.command(AgentCommandKind::lock, 6, "a");
        QVERIFY(!trial.offer("one"));
    }

    // --- prepare ---

    void prepareGivesAccountAndCredential()
    {
        auto trial = CoreTrial::ready();
        const auto answer = trial.prepare(5, "a", "one");
        QVERIFY(!answer.error);
        QCOMPARE(answer.account, std::optional<std::string>("clinician"));
        QCOMPARE(answer.credential, std::optional<std::string>("one"));
        QCOMPARE(answer.lease, std::optional<std::string>("a"));
        QVERIFY(trial.indexOf<RememberState>() < trial.indexOf<SendReport>());
        QVERIFY(!trial.has<UnlockScreen>());
    }

    void prepareAgainReplacesTheCredential()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.prepare(5, "a", "two");
        QVERIFY(!trial.offer("one"));
        QVERIFY(trial.offer("two"));
    }

    void anotherLeaseUnderTheSameEpochIsRefused()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        QCOMPARE(trial.prepare(5, "b", "two").error, std::optional<std::string>("conflict"));
        QVERIFY(!trial.offer("two"));
        QVERIFY(trial.offer("one")); // the refused one has changed nothing
    }

    void anUnusedIncarnationMayServeAHigherEpochsLease()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        QVERIFY(!trial.prepare(6, "b", "two").error);
        QVERIFY(!trial.offer("one"));
        QVERIFY(trial.offer("two"));
    }

    void aUsedIncarnationNeverServesAnotherLease() // R1
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.feed(ViewersSeen {});
        QCOMPARE(trial.prepare(6, "b", "two").error, std::optional<std::string>("conflict"));
        QVERIFY(!trial.offer("two"));
        QVERIFY(!trial.prepare(6, "a", "three").error);
        QVERIFY(trial.offer("three"));
    }

    void badPreparesAreRefused()
    {
        auto trial = CoreTrial::ready();
        QCOMPARE(trial.prepare(5, "").error, std::optional<std::string>("invalidArgument"));
        QCOMPARE(
            trial.prepare(5, "a", "x", 0).error, std::optional<std::string>("invalidArgument"));
        QCOMPARE(
            trial.prepare(5, "a", "x", -1).error, std::optional<std::string>("invalidArgument"));
        QCOMPARE(trial.prepare(-1, "a").error, std::optional<std::string>("stale"));
        QVERIFY(!trial.offer("x"));
    }

    // --- the credential (S5) ---

    void aCredentialWorksOnce()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        QVERIFY(trial.offer("one"));
        QVERIFY(!trial.offer("one"));
        QVERIFY(trial.has<RefuseCredential>());
    }

    void aWrongGuessDoesNotSpendIt()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        QVERIFY(!trial.offer("other"));
        QVERIFY(!trial.offer(""));
        QVERIFY(!trial.offer("one", "root"));
        QVERIFY(trial.offer("one"));
    }

    void nothingIsAcceptedWithoutPrepare()
    {
        auto trial = CoreTrial::ready();
        QVERIFY(!trial.offer(""));
        QVERIFY(!trial.offer("secret"));
    }

    void aCredentialDiesWithTime()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one", 1'000);
        QCOMPARE(trial.core.deadline(), std::optional(trial.now + std::chrono::seconds(1)));
        trial.advance(999);
        trial.feed(TimePassed {});
        QVERIFY(trial.core.deadline());
        trial.advance(1);
        QVERIFY(!trial.offer("one"));
        QVERIFY(!trial.core.deadline());
    }

    void aCredentialLivesAMinuteAtMost()
    {
        auto trial = CoreTrial::ready();
        for (const std::int64_t asked :
            { std::int64_t(60'001), std::numeric_limits<std::int64_t>::max() }) {
            trial.prepare(5, "a", "one", asked);
            QCOMPARE(trial.core.deadline(), std::optional(trial.now + std::chrono::minutes(1)));
            trial.advance(60'000);
            QVERIFY(!trial.offer("one"));
        }
        trial.prepare(5, "a", "two");
        trial.advance(59'999);
        QVERIFY(trial.offer("two"));
    }

    void noReportButTheAnswerHasIt()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.feed(LinkUp {});
        for (const auto& effect : trial.effects)
            QVERIFY(!std::get<SendReport>(effect).report.credential);
    }

    // --- connected, disconnected, locked (S7) ---

    void anAcceptedCredentialConnectsAndUnlocks()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        QVERIFY(trial.offer("one"));
        QVERIFY(trial.has<UnlockScreen>());
        QVERIFY(trial.has<RememberState>());
        QCOMPARE(trial.reportOf(AgentReportKind::session)->session,
            std::optional(SessionState::connected));
        QVERIFY(trial.core.memory().isUsed);
        QVERIFY(trial.core.isAdmitting());
    }

    void aLostClientLocksBeforeAnybodyIsTold()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        QVERIFY(!trial.core.isAdmitting());
        trial.feed(ViewersSeen {});
        QVERIFY(trial.has<LockScreen>());
        QVERIFY(trial.indexOf<LockScreen>() < trial.indexOf<SendReport>());
        QCOMPARE(trial.session(), SessionState::disconnected);
        QCOMPARE(trial.reportOf(AgentReportKind::session)->session,
            std::optional(SessionState::disconnected));
        trial.feed(ViewersSeen {});
        QVERIFY(trial.effects.empty());
    }

    void aReconnectUnlocks()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.feed(ViewersSeen {});
        trial.prepare(6, "a", "two");
        QVERIFY(trial.isLocked()); // prepare alone unlocks nothing
        QVERIFY(trial.offer("two"));
        QVERIFY(trial.has<UnlockScreen>());
        QCOMPARE(trial.session(), SessionState::connected);
    }

    void theGapBetweenOldAndNewClientDoesNotLock()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.prepare(6, "a", "two");
        trial.offer("two");
        trial.feed(ViewersSeen { { 1 } }); // the old one is no proof of the new one
        QVERIFY(trial.core.isAdmitting());
        trial.feed(ViewersSeen {});
        QVERIFY(trial.effects.empty());
        trial.feed(ViewersSeen { { 2 } });
        QVERIFY(!trial.core.isAdmitting() && !trial.isLocked());
        trial.feed(ViewersSeen {});
        QVERIFY(trial.has<LockScreen>());
    }

    void aClientThatNeverComesLocksAgain()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.offer("one");
        QCOMPARE(trial.core.deadline(), std::optional(trial.now + std::chrono::seconds(30)));
        trial.feed(ViewersSeen {});
        trial.advance(30'000);
        trial.feed(TimePassed {});
        QVERIFY(trial.has<LockScreen>());
        QCOMPARE(trial.session(), SessionState::disconnected);
    }

    void aRestartWhileAClientComesDoesNotLock() // R8
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.offer("one");
        CoreTrial second(trial.core.memory());
        second.feed(ViewersSeen {});
        QVERIFY(second.effects.empty());
        second.feed(ViewersSeen { { 1 } });
        QVERIFY(second.core.memory().isShown && !second.isLocked());
        CoreTrial third(second.core.memory()); // and one after it has come
        third.feed(ViewersSeen {});
        QVERIFY(third.has<LockScreen>());
    }

    void aTakeoverThatNeverComesLeavesTheOldClient()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.prepare(5, "a", "two");
        trial.offer("two");
        trial.feed(ViewersSeen { { 1 } });
        trial.advance(30'000);
        trial.feed(TimePassed {});
        QVERIFY(trial.effects.empty()); // R7
        QCOMPARE(trial.session(), SessionState::connected);
        trial.feed(ViewersSeen {});
        QVERIFY(trial.has<LockScreen>());
    }

    void aViewerWithoutACredentialIsCut()
    {
        auto trial = CoreTrial::ready();
        trial.feed(ViewersSeen { { 3 } });
        QVERIFY(trial.has<CutViewers>() && trial.has<LockScreen>());
        trial.connect(5, "a", 4);
        trial.feed(ViewersSeen {});
        trial.feed(ViewersSeen { { 5 } });
        QVERIFY(trial.has<CutViewers>() && trial.has<LockScreen>());
        QCOMPARE(trial.session(), SessionState::disconnected);
    }

    void viewersWithoutASessionMeanNothing()
    {
        CoreTrial trial;
        trial.feed(ViewersSeen { { 3 } });
        QVERIFY(trial.effects.empty());
    }

    void theEarlierOfTwoDeadlinesCounts()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.offer("one");
        trial.prepare(5, "a", "two", 1'000);
        QCOMPARE(trial.core.deadline(), std::optional(trial.now + std::chrono::seconds(1)));
    }

    // --- commands ---

    void lockLocksAndStaysConnected()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        QVERIFY(!trial.command(AgentCommandKind::lock, 5, "a").error);
        QVERIFY(trial.has<LockScreen>());
        QCOMPARE(trial.session(), SessionState::connected);
        QVERIFY(trial.isLocked());
    }

    void stateTellsWhoIsInsideAndShutsTheDoor_R6()
    {
        auto trial = CoreTrial::ready();
        const auto empty = trial.command(AgentCommandKind::state, 5, "a");
        QVERIFY(!empty.error);
        QCOMPARE(empty.session, std::optional(SessionState::prepared));
        trial.connect(6, "a", 1);
        const auto used = trial.command(AgentCommandKind::state, 7, "a");
        QCOMPARE(used.session, std::optional(SessionState::connected));
        QCOMPARE(used.epoch, std::int64_t { 7 });
        QCOMPARE(trial.session(), SessionState::connected);
        QVERIFY(!trial.isLocked());
    }

    void lockWithoutASessionDoesNothing()
    {
        CoreTrial trial;
        QVERIFY(!trial.command(AgentCommandKind::lock, 0, "").error);
        QVERIFY(!trial.has<LockScreen>());
    }

    void disconnectCutsLocksAndKillsTheCredential()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.prepare(5, "a", "two");
        QVERIFY(!trial.command(AgentCommandKind::disconnect, 5, "a").error);
        QVERIFY(trial.has<CutViewers>() && trial.has<LockScreen>());
        QCOMPARE(trial.session(), SessionState::disconnected);
        QVERIFY(!trial.offer("two"));
    }

    void disconnectOfAClientThatIsJustComing()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.offer("one");
        trial.command(AgentCommandKind::disconnect, 5, "a");
        QVERIFY(trial.isLocked() && !trial.core.isAdmitting());
        trial.feed(ViewersSeen { { 1 } }); // it slips through: out again
        QVERIFY(trial.has<CutViewers>());
    }

    void disconnectOfNobody()
    {
        auto trial = CoreTrial::ready();
        QVERIFY(!trial.command(AgentCommandKind::disconnect, 5, "a").error);
        QVERIFY(!trial.isLocked());
        QCOMPARE(trial.session(), SessionState::prepared);
    }

    void commandsForAnotherLeaseAreRefused()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        for (const auto kind :
            { AgentCommandKind::lock, AgentCommandKind::disconnect, AgentCommandKind::logoff })
            QCOMPARE(trial.command(kind, 5, "b").error, std::optional<std::string>("conflict"));
        QCOMPARE(trial.session(), SessionState::connected);
        QVERIFY(!trial.command(AgentCommandKind::lock, 5, "").error);
    }

    void logoffEndsOnlyWhenNothingRunsAnyMore() // R6
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        QVERIFY(!trial.command(AgentCommandKind::logoff, 5, "a").error);
        QVERIFY(trial.has<EndSession>());
        QVERIFY(!trial.reportOf(AgentReportKind::session));
        trial.feed(SessionGone {});
        const auto report = trial.reportOf(AgentReportKind::session);
        QCOMPARE(report->session, std::optional(SessionState::ended));
        QCOMPARE(report->lease, std::optional<std::string>("a"));
        QCOMPARE(trial.reportOf(AgentReportKind::ready)->isReady, std::optional(false));
        trial.feed(SessionGone {});
        QVERIFY(trial.effects.empty());
    }

    void logoffOfALeaseThatNobodyUsedIsALogOff() // R6
    {
        auto trial = CoreTrial::ready();
        QVERIFY(!trial.command(AgentCommandKind::logoff, 5, "a").error);
        trial.feed(SessionGone {});
        const auto report = trial.reportOf(AgentReportKind::session);
        QCOMPARE(report->session, std::optional(SessionState::ended));
        QCOMPARE(report->lease, std::optional<std::string>("a"));
        QVERIFY(!trial.has<StartSession>());
    }

    void logoffWithoutASessionEndsTheIncarnation()
    {
        CoreTrial trial;
        QVERIFY(!trial.command(AgentCommandKind::logoff, 1, "").error);
        QCOMPARE(
            trial.reportOf(AgentReportKind::session)->session, std::optional(SessionState::ended));
        trial.feed(SessionStarted {}); // too late
        QCOMPARE(trial.session(), SessionState::ended);
    }

    void anEndedDesktopPreparesNothing()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.feed(SessionGone {});
        QCOMPARE(trial.prepare(6, "a", "two").error, std::optional<std::string>("conflict"));
        QVERIFY(!trial.offer("two"));
    }

    void aPreparedCredentialDiesWithTheSession()
    {
        auto trial = CoreTrial::ready();
        trial.prepare(5, "a", "one");
        trial.feed(SessionGone {});
        QCOMPARE(trial.session(), SessionState::ended);
        QVERIFY(!trial.offer("one"));
    }

    void aSessionThatNobodyHadIsStartedAgainAFewTimes()
    {
        auto trial = CoreTrial::ready();
        for (int i = 0; i < 3; ++i) {
            trial.feed(SessionGone {});
            QVERIFY(trial.has<StartSession>());
            QCOMPARE(trial.session(), SessionState::none);
            trial.feed(SessionStarted {});
        }
        trial.feed(SessionGone {});
        QVERIFY(!trial.has<StartSession>());
        QCOMPARE(trial.session(), SessionState::none); // no log-off (R6)
        QCOMPARE(trial.reportOf(AgentReportKind::ready)->isReady, std::optional(false));
    }

    void idleIsReportedWhileConnected()
    {
        auto trial = CoreTrial::ready();
        trial.feed(IdleMeasured { std::chrono::milliseconds(5) });
        QVERIFY(trial.effects.empty());
        trial.connect(5, "a", 1);
        trial.advance(5000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(1234) });
        QCOMPARE(trial.reportOf(AgentReportKind::idle)->idleMs, std::optional<std::int64_t>(1234));
    }

    // --- the proof of a reset ---

    void theProofIsShownAndMarksAreLeftOnce()
    {
        wire::ResetProof proof;
        proof.machineId = "4c1f";
        CoreTrial trial({}, { .version = "9", .proof = proof });
        trial.feed(RdpAnswered { "aa" });
        trial.feed(SessionStarted {});
        QCOMPARE(trial.reportOf(AgentReportKind::ready)->proof->machineId, std::string("4c1f"));
        trial.feed(LinkUp {});
        QCOMPARE(trial.reportOf(AgentReportKind::hello)->proof->machineId, std::string("4c1f"));
        trial.prepare(5, "a", "pass");
        QVERIFY(trial.offer("pass"));
        QVERIFY(trial.has<PlantMarks>()); // before the client is shown anything
        trial.prepare(6, "a", "pass");
        QVERIFY(trial.offer("pass"));
        QVERIFY(!trial.has<PlantMarks>());
    }

    // --- sessions that are left alone ---

    void anIdleSessionIsLockedAndThenSentAway()
    {
        auto trial = CoreTrial::ready();
        trial.timers = wire::SessionTimers { .lockMs = 300'000, .disconnectMs = 1'800'000 };
        trial.connect(5, "a", 1);
        QCOMPARE(trial.core.idleLook().count(), 30'000LL);
        trial.advance(299'000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(299'000) });
        QVERIFY(!trial.isLocked());
        QCOMPARE(trial.core.idleLook().count(), 1'000LL);
        trial.advance(1'000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(300'000) });
        QVERIFY(trial.has<LockScreen>() && !trial.has<CutViewers>());
        QCOMPARE(trial.session(), SessionState::connected);
        trial.advance(1'000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(301'000) });
        QVERIFY(!trial.has<LockScreen>()); // once is enough
        QCOMPARE(trial.core.idleLook().count(), 30'000LL);
        trial.advance(1'499'000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(1'800'000) });
        QVERIFY(trial.has<CutViewers>());
        QCOMPARE(trial.session(), SessionState::disconnected);
        QVERIFY(trial.isLocked());
        // Whoever comes back is not idle, whatever the X server counts.
        trial.connect(6, "a", 2);
        trial.advance(10'000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(9'000'000) });
        QVERIFY(!trial.isLocked());
        QCOMPARE(trial.session(), SessionState::connected);
    }

    void whoIsBeingLetInIsNotSentAway()
    {
        auto trial = CoreTrial::ready();
        trial.timers = wire::SessionTimers { .lockMs = 1'000, .disconnectMs = 2'000 };
        trial.connect(5, "a", 1);
        trial.prepare(6, "a", "pass"); // from another terminal, whose client takes its time
        QVERIFY(trial.offer("pass"));
        trial.advance(3'000);
        trial.feed(IdleMeasured { std::chrono::milliseconds(3'000) });
        QVERIFY(!trial.has<CutViewers>() && !trial.has<LockScreen>());
        QVERIFY(trial.command(AgentCommandKind::logoffUnused, 6, "a").error);
        trial.feed(ViewersSeen { { 2 } });
        trial.feed(IdleMeasured { std::chrono::milliseconds(3'000) });
        QVERIFY(trial.has<CutViewers>());
    }

    void timersThatAreOffDoNothing()
    {
        auto trial = CoreTrial::ready();
        trial.timers = wire::SessionTimers {};
        trial.connect(5, "a", 1);
        trial.advance(90'000'000);
        trial.feed(IdleMeasured { std::chrono::hours(24) });
        QVERIFY(!trial.isLocked());
        QCOMPARE(trial.session(), SessionState::connected);
    }

    void changedTimersHoldAtOnceAndAreRemembered()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        trial.timers = wire::SessionTimers { .lockMs = 1'000, .disconnectMs = 0 };
        QVERIFY(!trial.command(AgentCommandKind::timers, 5, "a").error);
        QVERIFY(trial.has<RememberState>());
        CoreTrial again(trial.core.memory()); // the agent was started again
        again.now = trial.now;
        again.feed(ViewersSeen { { 1 } });
        again.feed(IdleMeasured { std::chrono::milliseconds(5'000) });
        QVERIFY(!again.isLocked()); // nobody knows since when the user is there
        again.advance(2'000);
        again.feed(IdleMeasured { std::chrono::milliseconds(7'000) });
        QVERIFY(again.isLocked());
    }

    void onlyAnUnusedSessionIsLoggedOffByATimer_R7()
    {
        auto trial = CoreTrial::ready();
        trial.connect(5, "a", 1);
        const auto used = trial.command(AgentCommandKind::logoffUnused, 5, "a");
        QCOMPARE(used.error, std::optional<std::string>("conflict"));
        QVERIFY(!trial.has<EndSession>());
        trial.feed(ViewersSeen {});
        QCOMPARE(trial.session(), SessionState::disconnected);
        trial.prepare(6, "a", "pass"); // on the way
        QVERIFY(trial.command(AgentCommandKind::logoffUnused, 6, "a").error);
        QVERIFY(!trial.has<EndSession>());
        QVERIFY(trial.command(AgentCommandKind::logoffUnused, 5, "a").error); // R3
        trial.advance(61'000);
        QVERIFY(!trial.command(AgentCommandKind::logoffUnused, 6, "a").error);
        QVERIFY(trial.has<EndSession>());
    }
};

QTEST_APPLESS_MAIN(DesktopCoreTest)
#include "tst_desktopcore.moc"
