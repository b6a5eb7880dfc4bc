// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"
#include "broker/pool/rollouttext.h"
#include "tests/broker/pool/poolrows.h"

#include <QtTest>
#include <set>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

constexpr auto ready = IncarnationPhase::ready;
constexpr auto started = IncarnationPhase::started;
constexpr auto intended = IncarnationPhase::intended;
constexpr auto ending = IncarnationPhase::ending;
constexpr auto ended = IncarnationPhase::ended;
constexpr auto used = LeasePhase::used;

const ImageId oldImage("old");
const ImageId newImage("new");

DesktopRow with(const ImageId& image, DesktopRow row)
{
    row.desktop.incarnation.image = image;
    return row;
}

/// From old to new; begun at 10 s, like the desktops that `fresh` makes.
Rollout rollout()
{
    Rollout rollout;
    rollout.id = RolloutId("rollout");
    rollout.organisation = OrganisationId("org");
    rollout.pool = PoolId("ward");
    rollout.from = oldImage;
    rollout.to = newImage;
    rollout.startAt = rollout.createdAt = rollout.changedAt = at(10s);
    rollout.begunAt = at(10s);
    rollout.startedBy = rollout.changedBy = "admin";
    return rollout;
}

DesktopRow stale(
    const std::string& name, IncarnationPhase phase = ready, LeasePhase lease = LeasePhase::none)
{
    return with(oldImage, row(name, phase, lease));
}

DesktopRow fresh(
    const std::string& name, IncarnationPhase phase = ready, LeasePhase lease = LeasePhase::none)
{
    return with(newImage, row(name, phase, lease, at(12s)));
}

PoolView viewOf(const Rollout& rollout, std::vector<DesktopRow> rows, std::int64_t spare = 4)
{
    PoolView view = healthy(ward(spare, 99), std::move(rows));
    view.pool.image = imageOf(rollout);
    view.rollout = rollout;
    return view;
}

Plan planOf(const Rollout& rollout, std::vector<DesktopRow> rows, std::int64_t spare = 4,
    WallTime now = at(20s))
{
    return reconcile(viewOf(rollout, std::move(rows), spare), now, {});
}

std::set<std::string> endedBy(const Plan& plan)
{
    std::set<std::string> names;
    for (const BeginEnding& one : allOf<BeginEnding>(plan))
        names.insert(one.desktop.value());
    return names;
}

using Names = std::set<std::string>;

}

/// R6, R7: whom a rollout touches, and whom it does not.
class TstRollout : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theCanaryGoesAloneFirst();
    void theCanaryIsAShare();
    void wavesFollowWhatHasProvedItself();
    void whoLogsOffBeforeTheCanaryIsProvenGetsTheOldVersion();
    void nobodyIsTouched_R7();
    void whatIsOfNoUseIsRenewedFirst();
    void forcedOnlyAfterTheCountdown();
    void forcedInWaves();
    void itStopsOnTheFirstFailure_data();
    void itStopsOnTheFirstFailure();
    void aFailureOfBeforeIsNone();
    void aStoppedOneStartsTheOldVersion();
    void aRollbackNeedsNoCanaryAndNothingStopsIt();
    void aScheduledOneWaits();
    void itIsDoneWhenAllAreRenewed();
    void aLargePoolIsDoneWithAFewUnderWay();
    void whatIsSetAsideDoesNotCount();
    void theWordsSayWhatHappens();
    void theWordsOfAStoppedOneSayWhatToDo();
    void whyADesktopIsStillOld();
    void durations();
    void theWordsOfAScheduledOne();
    void theWordsOfAForcedOneWhoseTimeIsOver();
    void theWordsOfOneThatIsOver();
    void whyAForcedDesktopIsStillOld();
    void anEndThatIsNoFailure();
    void whatCountsAsProved();
    void aHeldPoolThrowsNobodyOut();
};

void TstRollout::theCanaryGoesAloneFirst()
{
    const Plan plan = planOf(rollout(), { stale("a"), stale("b"), stale("c"), stale("d") });
    QCOMPARE(endedBy(plan).size(), std::size_t(1));
    // It is on its way: ending, ended, beginning, booting. Nobody follows.
    for (const DesktopRow& canary : { with(oldImage, row("a", ending)),
             with(oldImage, row("a", ended)), fresh("a", intended), fresh("a", started) }) {
        const Plan next = planOf(rollout(), { canary, stale("b"), stale("c"), stale("d") });
        QVERIFY(endedBy(next).empty());
        for (const BeginIncarnation& begun : allOf<BeginIncarnation>(next))
            QVERIFY(!begun.image); // the pool's
    }
    QCOMPARE(endedBy(planOf(rollout(), { fresh("a"), stale("b"), stale("c"), stale("d") })).size(),
        std::size_t(1));
}

void TstRollout::theCanaryIsAShare()
{
    std::vector<DesktopRow> rows;
    for (char name = 'a'; name < 'a' + 20; ++name)
        rows.push_back(stale(std::string(1, name)));
    Rollout share = rollout();
    share.canaryPercent = 15;
    QCOMPARE(standingOf(share, rows).canary, std::int64_t(3));
    share.canaryPercent = 0;
    QCOMPARE(standingOf(share, rows).canary, std::int64_t(1));
    QCOMPARE(standingOf(share, rows).allowed, std::int64_t(1));
    share.canaryPercent = 100;
    QCOMPARE(standingOf(share, rows).allowed, std::int64_t(20));
}

void TstRollout::wavesFollowWhatHasProvedItself()
{
    std::vector<DesktopRow> rows;
    for (char name = 'a'; name < 'a' + 8; ++name)
        rows.push_back(stale(std::string(1, name)));
    const auto allowed = [&](int renewed) {
        for (int i = 0; i < renewed; ++i)
            rows[static_cast<std::size_t>(i)] = fresh(std::string(1, static_cast<char>('a' + i)));
        return standingOf(rollout(), rows).allowed;
    };
    QCOMPARE(allowed(0), std::int64_t(1));
    QCOMPARE(allowed(1), std::int64_t(3)); // two at a time
    QCOMPARE(allowed(2), std::int64_t(3));
    QCOMPARE(allowed(3), std::int64_t(5));
    QCOMPARE(allowed(7), std::int64_t(9));
}

void TstRollout::whoLogsOffBeforeTheCanaryIsProvenGetsTheOldVersion()
{
    const auto begun = [](const Plan& plan) {
        const auto all = allOf<BeginIncarnation>(plan);
        return all.size() == 1 ? all.front().image.value_or(newImage) : ImageId();
    };
    const DesktopRow left = stale("b", ended, LeasePhase::closed);
    QCOMPARE(begun(planOf(rollout(), { fresh("a", started), left, stale("c") })), oldImage);
    QCOMPARE(begun(planOf(rollout(), { fresh("a"), left, stale("c") })), newImage);
    // When there is no canary yet it is one.
    QCOMPARE(begun(planOf(rollout(), { stale("a", ready, used), left }, 1)), newImage);
    // The same for desktops that are added.
    const auto added = allOf<AddDesktop>(planOf(rollout(), {}, 3));
    QCOMPARE(added.size(), std::size_t(3));
    QVERIFY(!added[0].image);
    QVERIFY(added[1].image == oldImage && added[2].image == oldImage);
}

void TstRollout::nobodyIsTouched_R7()
{
    for (const LeasePhase phase : { LeasePhase::unconnected, LeasePhase::used }) {
        const Plan plan = planOf(rollout(), { stale("a", ready, phase), fresh("b") }, 1);
        QVERIFY(endedBy(plan).empty());
        QVERIFY(allOf<CloseLease>(plan).empty());
    }
}

void TstRollout::whatIsOfNoUseIsRenewedFirst()
{
    QCOMPARE(endedBy(planOf(rollout(), { stale("a"), stale("b"), stale("c", started) }, 3)),
        Names { "c" });
}

void TstRollout::forcedOnlyAfterTheCountdown()
{
    Rollout forced = rollout();
    forced.mode = RolloutMode::force;
    forced.countdown = 15min;
    const std::vector<DesktopRow> rows { stale("a", ready, used), fresh("b") };
    const WallTime deadline = at(10s) + 15min;
    QVERIFY(deadlineOf(forced) == deadline);
    QVERIFY(allOf<CloseLease>(planOf(forced, rows, 1, deadline - 1ms)).empty());
    const auto closed = allOf<CloseLease>(planOf(forced, rows, 1, deadline));
    QCOMPARE(closed.size(), std::size_t(1));
    QVERIFY(closed.front().reason == CloseReason::forcedRollout);
    QCOMPARE(closed.front().lease, LeaseId("lease-a"));
    QVERIFY(endReasonOf(closed.front().reason) == EndReason::imageChanged);
    for (const RolloutState state : { RolloutState::scheduled, RolloutState::stopped }) {
        forced.state = state;
        forced.startAt = at(100h);
        QVERIFY(!deadlineOf(forced));
        QVERIFY(allOf<CloseLease>(planOf(forced, rows, 1, deadline + 1h)).empty());
    }
}

void TstRollout::forcedInWaves()
{
    Rollout forced = rollout();
    forced.mode = RolloutMode::force;
    forced.countdown = 0min;
    std::vector<DesktopRow> rows;
    for (char name = 'a'; name < 'a' + 8; ++name)
        rows.push_back(stale(std::string(1, name), ready, used));
    QCOMPARE(allOf<CloseLease>(planOf(forced, rows, 0)).size(), std::size_t(1));
    rows[0] = fresh("a", started);
    QVERIFY(allOf<CloseLease>(planOf(forced, rows, 1)).empty());
    rows[0] = fresh("a");
    QCOMPARE(allOf<CloseLease>(planOf(forced, rows, 1)).size(), std::size_t(2));
    // Free ones go before those in use.
    rows[7] = stale("h");
    const Plan plan = planOf(forced, rows, 2);
    QCOMPARE(endedBy(plan), Names { "h" });
    QCOMPARE(allOf<CloseLease>(plan).size(), std::size_t(1));
}

void TstRollout::itStopsOnTheFirstFailure_data()
{
    QTest::addColumn<int>("what");
    QTest::addColumn<QString>("words");
    QTest::newRow("start") << 0 << "failed to start with the new version: no such kernel";
    QTest::newRow("not ready") << 1 << "did not get ready";
    QTest::newRow("unready") << 2 << "was ready with the new version";
    QTest::newRow("lost in use") << 3 << "stopped while somebody used";
}

void TstRollout::itStopsOnTheFirstFailure()
{
    QFETCH(int, what);
    QFETCH(QString, words);
    DesktopRow bad = fresh("b", what == 0 ? intended : ended);
    IncarnationFacts& facts = bad.desktop.incarnation;
    if (what == 0) {
        facts.lastFailureAt = at(13s);
        facts.startAttempts = 1;
        facts.lastError = "no such kernel";
    } else if (what == 1) {
        facts.endReason = EndReason::failedToStart;
    } else if (what == 2) {
        facts.endReason = EndReason::becameUnready;
    } else {
        bad = fresh("b", ended, LeasePhase::closed);
        bad.lease->closeReason = CloseReason::desktopLost;
    }
    const Plan plan = planOf(rollout(), { fresh("a"), bad, stale("c"), stale("d") });
    // First of all, and nothing is begun with the new version any more.
    const auto* change = std::get_if<ChangeRollout>(&plan.actions.front());
    QVERIFY(change != nullptr);
    QVERIFY(change->next == RolloutState::stopped);
    QVERIFY2(change->reason.find(words.toStdString()) != std::string::npos, change->reason.c_str());
    QVERIFY(plan.message.find(change->reason) != std::string::npos);
    for (const BeginIncarnation& begun : allOf<BeginIncarnation>(plan))
        QVERIFY(begun.image == oldImage);
    const Names touched = endedBy(plan);
    QVERIFY(touched.empty() || touched == Names { "b" }); // which never got ready
    QVERIFY(allOf<StartDomain>(plan).empty());
}

void TstRollout::aFailureOfBeforeIsNone()
{
    // Of the old version, carried over to the desktop's next life.
    DesktopRow carried = fresh("a", intended);
    carried.desktop.incarnation.startAttempts = 1;
    carried.desktop.incarnation.lastFailureAt = at(11s);
    QVERIFY(!failureOf(rollout(), { carried }));
    // Before the rollout was resumed.
    DesktopRow earlier = fresh("a", ended);
    earlier.desktop.incarnation.endReason = EndReason::failedToStart;
    QVERIFY(failureOf(rollout(), { earlier }));
    Rollout resumed = rollout();
    resumed.begunAt = at(60s);
    QVERIFY(!failureOf(resumed, { earlier }));
    // Of the old version meanwhile.
    QVERIFY(!failureOf(rollout(), { with(oldImage, earlier) }));
    // And what somebody did.
    earlier.desktop.incarnation.endReason = EndReason::recycledByAdmin;
    QVERIFY(!failureOf(rollout(), { earlier }));
}

void TstRollout::aStoppedOneStartsTheOldVersion()
{
    Rollout stopped = rollout();
    stopped.state = RolloutState::stopped;
    stopped.reason = "b failed";
    const Plan plan = planOf(stopped,
        { fresh("a"), fresh("b", started), fresh("c", ended), stale("d"),
            fresh("e", ready, used) });
    QCOMPARE(endedBy(plan), Names { "b" }); // what is ready stays, of either version
    QCOMPARE(allOf<BeginIncarnation>(plan).size(), std::size_t(1));
    QVERIFY(!allOf<BeginIncarnation>(plan).front().image); // the pool's, which is the old one
    QVERIFY(allOf<CloseLease>(plan).empty());
    QVERIFY(allOf<ChangeRollout>(plan).empty());
    QCOMPARE(plan.message, std::string("its rollout to a new version is stopped: b failed"));
    stopped.reason.clear(); // whoever stops it need not say why
    QCOMPARE(planOf(stopped, { fresh("a") }).message,
        std::string("its rollout to a new version is stopped"));
}

void TstRollout::aRollbackNeedsNoCanaryAndNothingStopsIt()
{
    Rollout back = rollout();
    back.isRollback = true;
    const Plan plan = planOf(back, { stale("a"), stale("b"), stale("c"), stale("d") });
    QCOMPARE(endedBy(plan).size(), std::size_t(2)); // as many as boot at once
    for (const AddDesktop& added : allOf<AddDesktop>(planOf(back, {}, 3)))
        QVERIFY(!added.image); // none has what is given up
    DesktopRow bad = fresh("a", ended);
    bad.desktop.incarnation.endReason = EndReason::failedToStart;
    QVERIFY(allOf<ChangeRollout>(planOf(back, { bad, stale("b") })).empty());
    QVERIFY(allOf<CloseLease>(planOf(back, { stale("b", ready, used) })).empty());
}

void TstRollout::aScheduledOneWaits()
{
    Rollout later = rollout();
    later.state = RolloutState::scheduled;
    later.startAt = at(30s);
    later.begunAt.reset();
    const std::vector<DesktopRow> rows { stale("a"), stale("b") };
    QVERIFY(planOf(later, rows, 2, at(29s)).actions.empty());
    const Plan plan = planOf(later, rows, 2, at(30s));
    QVERIFY(allOf<ChangeRollout>(plan).front().next == RolloutState::running);
    QCOMPARE(endedBy(plan).size(), std::size_t(1));
}

void TstRollout::itIsDoneWhenAllAreRenewed()
{
    const auto next = [](std::vector<DesktopRow> rows) {
        const auto step = dueStep(rollout(), rows, at(20s));
        return step && step->next == RolloutState::done;
    };
    QVERIFY(next({ fresh("a"), fresh("b", ready, used) }));
    QVERIFY(!next({ fresh("a"), stale("b", ready, used) }));
    QVERIFY(!next({ fresh("a"), stale("b", ended) }));
    QVERIFY(!next({ fresh("a"), fresh("b", started) }));
    QVERIFY(!next({})); // nothing has proved anything
}

void TstRollout::aLargePoolIsDoneWithAFewUnderWay()
{
    std::vector<DesktopRow> rows;
    for (int i = 0; i < 30; ++i)
        rows.push_back(fresh("d" + std::to_string(i), i < 3 ? started : ready));
    QVERIFY(dueStep(rollout(), rows, at(20s)));
    rows[3] = fresh("d3", started);
    QVERIFY(!dueStep(rollout(), rows, at(20s)));
}

void TstRollout::whatIsSetAsideDoesNotCount()
{
    DesktopRow aside = stale("a");
    aside.desktop.quarantinedAt = at(1s);
    QCOMPARE(standingOf(rollout(), { aside, fresh("b") }).total, std::int64_t(1));
    QVERIFY(dueStep(rollout(), { aside, fresh("b") }, at(20s))->next == RolloutState::done);
}

namespace {

const RolloutNames names {
    .pool = "ward", .from = "gnumed:1", .to = "gnumed:2", .users = { { UserId("user-b"), "nurse" } }
};

std::string textOf(const Rollout& rollout, const std::vector<DesktopRow>& rows, WallTime now)
{
    std::string text;
    for (const std::string& line : explainRollout(rollout, rows, names, now))
        text += line + '\n';
    return text;
}

void compareText(const std::string& text, const std::string& expected)
{
    QCOMPARE(QString::fromStdString(text), QString::fromStdString(expected));
}

}

void TstRollout::theWordsSayWhatHappens()
{
    Rollout shown = rollout();
    shown.note = "GNUmed 1.8.21.";
    const std::vector<DesktopRow> rows { fresh("a"), stale("b", ready, used), stale("c"),
        fresh("d", started) };
    compareText(textOf(shown, rows, at(10s) + 12min),
        "Pool ward goes from gnumed:1 to gnumed:2. admin started this 12 minutes ago: GNUmed "
        "1.8.21.\n"
        "1 of 4 desktops has gnumed:2 already, 1 more with it is being prepared.\n"
        "The new version has proved itself on the first desktops; the others follow, 1 at a "
        "time.\n"
        "1 desktop with gnumed:1 is in use. Nobody is thrown out: each is renewed when its user "
        "logs off, so this lasts until the last of them has.\n"
        "Should a desktop fail with the new version, the rollout stops by itself and new desktops "
        "start with gnumed:1 again.\n"
        "To stop and look: wardeskctl rollout stop ward. To go back at once: wardeskctl pool "
        "rollback ward\n");
    shown.mode = RolloutMode::force;
    const std::string forced = textOf(shown, rows, at(10s) + 12min);
    QVERIFY2(forced.find("1 desktop with gnumed:1 is in use. Users are warned on the "
                         "screen; in 3 minutes their sessions are ended, and what is not saved is "
                         "lost.\n")
            != std::string::npos,
        forced.c_str());
}

void TstRollout::theWordsOfAStoppedOneSayWhatToDo()
{
    Rollout stopped = rollout();
    stopped.state = RolloutState::stopped;
    stopped.reason = "ward-02 did not get ready with the new version";
    stopped.changedBy = "broker";
    compareText(textOf(stopped, { fresh("a"), stale("b") }, at(10s) + 3h),
        "The rollout of pool ward from gnumed:1 to gnumed:2 was stopped by the broker itself 3 "
        "hours ago: ward-02 did not get ready with the new version.\n"
        "The pool goes on working: whatever starts now has gnumed:1 again.\n"
        "1 desktop that is ready or in use with gnumed:2 stays as it is.\n"
        "To go back to gnumed:1 everywhere: wardeskctl pool rollback ward. When the cause is "
        "mended, to go on: wardeskctl rollout resume ward\n");
}

void TstRollout::whyADesktopIsStillOld()
{
    const std::vector<DesktopRow> rows { stale("a"), stale("b", ready, used), stale("c", ended) };
    const auto why = [&](const Rollout& rollout, const DesktopRow& row) {
        return QString::fromStdString(whyOutdated(rollout, rows, row, names, at(2s) + 12min));
    };
    Rollout shown = rollout();
    shown.begunAt = at(2s);
    QCOMPARE(why(shown, rows[0]),
        QStringLiteral("it waits until the first desktops have proved the new version"));
    QCOMPARE(why(shown, rows[1]),
        QStringLiteral("nurse has used it for 12 minutes; it is renewed after the log-off"));
    QCOMPARE(why(shown, rows[2]), QStringLiteral("it is being renewed"));
    QCOMPARE(why(shown, fresh("d")), QString());
    shown.mode = RolloutMode::force;
    QCOMPARE(why(shown, rows[1]),
        QStringLiteral("nurse has used it for 12 minutes; ended in 3 minutes"));
    shown.state = RolloutState::stopped;
    shown.reason = "a failed.";
    QCOMPARE(why(shown, rows[0]), QStringLiteral("the rollout is stopped: a failed"));
    shown.state = RolloutState::scheduled;
    shown.startAt = at(2s) + 22min;
    QCOMPARE(why(shown, rows[1]), QStringLiteral("the rollout begins in 10 minutes"));
}

void TstRollout::durations()
{
    const auto text
        = [](std::chrono::milliseconds span) { return QString::fromStdString(durationText(span)); };
    QCOMPARE(text(59s), QStringLiteral("less than a minute"));
    QCOMPARE(text(-1h), QStringLiteral("less than a minute"));
    QCOMPARE(text(1min), QStringLiteral("1 minute"));
    QCOMPARE(text(60min), QStringLiteral("1 hour"));
    QCOMPARE(text(130min), QStringLiteral("2 hours 10 minutes"));
    QCOMPARE(text(72h), QStringLiteral("3 days"));
}

void TstRollout::theWordsOfAScheduledOne()
{
    Rollout later = rollout();
    later.state = RolloutState::scheduled;
    later.startAt = at(10s) + 2h;
    later.begunAt.reset();
    later.mode = RolloutMode::force;
    later.canaryPercent = 50;
    // One is left of an earlier rollout to the same version: it proves nothing yet.
    const std::vector<DesktopRow> rows { fresh("a"), stale("b"), stale("c", ready, used),
        stale("d") };
    compareText(textOf(later, rows, at(10s)),
        "Pool ward will go from gnumed:1 to gnumed:2 in 2 hours. Nothing happens before that.\n"
        "2 desktops go first (50 %). When they are ready with the new version, the others follow, "
        "1 at a time.\n"
        "Users are warned for 15 minutes; after that their sessions are ended, and what is not "
        "saved is lost.\n"
        "Should a desktop fail with the new version, the rollout stops by itself and new desktops "
        "start with gnumed:1 again.\n"
        "To call it off: wardeskctl rollout cancel ward\n");
    later.mode = RolloutMode::whenLoggedOff;
    later.canaryPercent = 10;
    const std::string gentle = textOf(later, { fresh("a"), stale("b"), stale("c") }, at(10s));
    QVERIFY2(
        gentle.find("One desktop goes first (10 %). When it is ready with the new version, the "
                    "others follow, 1 at a time.\n"
                    "Nobody is thrown out: a desktop in use is renewed when its user logs "
                    "off.\n")
            != std::string::npos,
        gentle.c_str());
}

void TstRollout::theWordsOfAForcedOneWhoseTimeIsOver()
{
    Rollout forced = rollout();
    forced.mode = RolloutMode::force;
    const std::vector<DesktopRow> rows { stale("a", ready, used), stale("b", ready, used),
        fresh("c", started), fresh("d", started) };
    compareText(textOf(forced, rows, at(10s) + 15min),
        "Pool ward goes from gnumed:1 to gnumed:2. admin started this 15 minutes ago.\n"
        "0 of 4 desktops have gnumed:2 already, 2 more with it are being prepared.\n"
        "One desktop goes first (10 %). When it is ready with the new version, the others follow, "
        "1 "
        "at a time.\n"
        "2 desktops with gnumed:1 are in use. The countdown is over: their sessions are being "
        "ended, 1 at a time.\n"
        "Should a desktop fail with the new version, the rollout stops by itself and new desktops "
        "start with gnumed:1 again.\n"
        "To stop and look: wardeskctl rollout stop ward. To go back at once: wardeskctl pool "
        "rollback ward\n");
}

void TstRollout::theWordsOfOneThatIsOver()
{
    Rollout over = rollout();
    over.state = RolloutState::rolledBack;
    compareText(textOf(over, {}, at(10s) + 50h),
        "The rollout from gnumed:1 to gnumed:2 was rolled back by admin 2 days ago.\n");
    over.state = RolloutState::stopped;
    over.changedBy = "ward-it";
    compareText(textOf(over, { fresh("a"), fresh("b"), stale("c") }, at(10s) + 3h),
        "The rollout of pool ward from gnumed:1 to gnumed:2 was stopped by ward-it 3 hours ago.\n"
        "The pool goes on working: whatever starts now has gnumed:1 again.\n"
        "2 desktops that are ready or in use with gnumed:2 stay as they are.\n"
        "To go back to gnumed:1 everywhere: wardeskctl pool rollback ward. When the cause is "
        "mended, to go on: wardeskctl rollout resume ward\n");
}

void TstRollout::whyAForcedDesktopIsStillOld()
{
    Rollout forced = rollout();
    forced.mode = RolloutMode::force;
    const std::vector<DesktopRow> rows { stale("a", ready, used), stale("c"), stale("d"),
        fresh("e"), fresh("f", started), fresh("g", started) };
    const auto why = [&](const DesktopRow& row, const std::vector<DesktopRow>& all) {
        return QString::fromStdString(whyOutdated(forced, all, row, names, at(2s) + 16min));
    };
    QCOMPARE(why(rows[0], rows),
        QStringLiteral("somebody has used it for 16 minutes; it is being ended"));
    QCOMPARE(why(rows[1], rows), QStringLiteral("it waits for its turn"));
    QCOMPARE(why(rows[1], { rows[0], rows[1], rows[3] }), QStringLiteral("it is renewed next"));
    DesktopRow aside = stale("a");
    aside.desktop.quarantinedAt = at(1s);
    QCOMPARE(why(aside, rows), QStringLiteral("it is set aside: wardeskctl desktop release a"));
    forced.state = RolloutState::stopped;
    QCOMPARE(why(rows[1], rows), QStringLiteral("the rollout is stopped"));
}

void TstRollout::anEndThatIsNoFailure()
{
    // A session that an administrator ended says nothing of the version.
    DesktopRow closed = fresh("a", ended, LeasePhase::closed);
    closed.lease->closeReason = CloseReason::forcedRollout;
    QVERIFY(!failureOf(rollout(), { closed }));
    DesktopRow bad = fresh("a", intended);
    bad.desktop.incarnation.startAttempts = 1;
    bad.desktop.incarnation.lastFailureAt = at(13s);
    QVERIFY(failureOf(rollout(), { bad }));
    // What has not begun has no failures, and no countdown either.
    Rollout waiting = rollout();
    waiting.mode = RolloutMode::force;
    waiting.begunAt.reset();
    QVERIFY(!failureOf(waiting, { bad }));
    QVERIFY(!deadlineOf(waiting));
    // Somebody has set it aside and looks at it: the others go on.
    bad.desktop.quarantinedAt = at(14s);
    QVERIFY(!failureOf(rollout(), { bad }));
}

void TstRollout::whatCountsAsProved()
{
    // In somebody's hands, though the broker that saw it get ready did not write that down.
    DesktopRow taken = fresh("a", started, used);
    QVERIFY(placeOf(rollout(), taken) == RolloutPlace::renewed);
    // Ended without a word, as after a restored database: on its way out.
    DesktopRow gone = fresh("a", ended);
    gone.desktop.incarnation.endingAt.reset();
    QVERIFY(placeOf(rollout(), gone) == RolloutPlace::leaving);
    // And a moment after a log-off.
    QVERIFY(placeOf(rollout(), fresh("a", ready, LeasePhase::closed)) == RolloutPlace::leaving);
    // A few of many may be under way at the end, but not all that go first.
    Rollout share = rollout();
    share.canaryPercent = 100;
    std::vector<DesktopRow> rows;
    for (int i = 0; i < 20; ++i)
        rows.push_back(fresh("d" + std::to_string(i), i == 0 ? started : ready));
    QVERIFY(!dueStep(share, rows, at(20s)));
    share.canaryPercent = 95;
    QVERIFY(dueStep(share, rows, at(20s)));
}

/// R7: what would take the place of their desktops does not start.
void TstRollout::aHeldPoolThrowsNobodyOut()
{
    Rollout forced = rollout();
    forced.mode = RolloutMode::force;
    forced.countdown = 0min;
    forced.canaryPercent = 100;
    DesktopRow holder = with(oldImage, row("h", intended, LeasePhase::none, at(12s)));
    holder.desktop.incarnation.startAttempts = 5;
    holder.desktop.incarnation.lastFailureAt = at(19s);
    std::vector<DesktopRow> rows { stale("a", ready, used), holder };
    QVERIFY(allOf<CloseLease>(planOf(forced, rows, 1)).empty());
    // What is kept for a user may fail for what is on its disk, and holds nobody.
    rows.back().desktop.owner = UserId("u-1");
    QCOMPARE(allOf<CloseLease>(planOf(forced, rows, 0)).size(), std::size_t(1));
    rows.pop_back();
    QCOMPARE(allOf<CloseLease>(planOf(forced, rows, 0)).size(), std::size_t(1));
}

QTEST_GUILESS_MAIN(TstRollout)
#include "tst_rollout.moc"
