// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/pool/rollout.h"
#include "broker/pool/suspension.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::allOf;
using test::at;
using test::domainOf;
using test::row;

namespace {

constexpr auto started = IncarnationPhase::started;
constexpr auto ready = IncarnationPhase::ready;
constexpr auto suspending = IncarnationPhase::suspending;
constexpr auto asleep = IncarnationPhase::suspended;
constexpr auto resuming = IncarnationPhase::resuming;
constexpr auto used = LeasePhase::used;

Pool ward(std::int64_t spare, std::int64_t suspended, std::int64_t max)
{
    Pool pool = test::ward(spare, max);
    pool.suspended = suspended;
    return pool;
}

/// Each with the domain that belongs to its row.
PoolView viewOf(const Pool& pool, std::vector<DesktopRow> rows)
{
    PoolView view = test::healthy(pool, rows);
    view.kind = ImageKind::qemu;
    view.domains.emplace();
    for (const DesktopRow& one : rows) {
        const IncarnationPhase phase = phaseOf(one.desktop.incarnation);
        if (phase != IncarnationPhase::ended)
            view.domains->push_back(
                domainOf(one, phase == asleep ? DomainState::suspended : DomainState::running));
    }
    return view;
}

Plan plan(const Pool& pool, std::vector<DesktopRow> rows)
{
    return reconcile(viewOf(pool, std::move(rows)), at(10s), {});
}

template <typename What> std::vector<std::string> namesOf(const Plan& plan)
{
    std::vector<std::string> names;
    for (const What& one : allOf<What>(plan))
        names.push_back(one.desktop.value());
    return names;
}

using Names = std::vector<std::string>;

}

/// Spares that are saved to their hosts' disks.
class TstSuspension : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbers();
    void withoutTheWishNothingSleeps();
    void whatIsReadyBeyondTheWishesIsSaved();
    void itIsMadeForThat();
    void asWishedThereIsNothingToDo();
    void aGrantWakesOneBeforeAnotherIsStarted();
    void whatBootsIsNotWaitedFor();
    void usersThatWaitWakeSome();
    void nothingIsSavedWhileSomebodyWaits();
    void whatWasResumedIsNotSavedAtOnce();
    void whatWasWishedAMomentAgoRunsOn();
    void theMaximumCountsThem();
    void whatIsTooMuchIsEnded();
    void containersAndDisabledPoolsHaveNone();
    void anOldVersionIsEnded();
    void onADrainedHostTheyAreEnded();
    void theLimitsOfBootsHold();
    void theHostMustHaveTheMemory();
    void afterAFailureAllGoesOnRunning();
    void lateOnesAreEnded();
    void aDesktopThatIsHeldNeverSleeps();
    void aRolloutTakesThemForProven();
    void ofASharedPoolWholeDesktopsSleep_data();
    void ofASharedPoolWholeDesktopsSleep();
    void seatsThatAreTakenWakeOne();
    void aSharedDesktopThatWasEnteredNeverSleeps_R1();
    void whatSleepsUnseenTakesAllItsSeats();
    void aNewVersionIsResumedBesideTheOldOne();
};

void TstSuspension::numbers()
{
    const auto of = [](std::int64_t running, std::int64_t asleepWished, std::int64_t soon,
                        std::int64_t sleeping, bool maySave = true) {
        SleepWishes wishes;
        wishes.running = wishes.keepRunning = running;
        wishes.asleep = asleepWished;
        wishes.soon = soon;
        const std::int64_t resumed = resumesWished(wishes, sleeping);
        return std::pair(resumed, sleepPlanOf(wishes, sleeping, { resumed, 0 }, maySave));
    };
    QCOMPARE(of(1, 1, 1, 1).first, std::int64_t(0));
    QCOMPARE(of(1, 1, 0, 1).first, std::int64_t(1));
    QCOMPARE(of(1, 1, 0, 1).second.lacking, std::int64_t(1));
    QCOMPARE(of(1, 1, 0, 1).second.wake, std::int64_t(2)); // the one that will be saved, too
    QCOMPARE(of(1, 1, 0, 1, false).second.wake, std::int64_t(1));
    QCOMPARE(of(1, 1, 0, 1, false).second.keepAwake, std::int64_t(2));
    QCOMPARE(of(3, 2, 0, 2).first, std::int64_t(2));
    QCOMPARE(of(1, 1, 5, 3).second.staysAsleep, std::int64_t(1));
    QCOMPARE(of(1, 0, 1, 0).second.wake, std::int64_t(1));
    // Who waits for its turn stays, and nothing is started instead.
    SleepWishes wishes;
    wishes.running = 4;
    const SleepPlan paced = sleepPlanOf(wishes, 4, { 2, 2 }, true);
    QCOMPARE(paced.staysAsleep, std::int64_t(2));
    QCOMPARE(paced.wake, std::int64_t(2));
    // Whose host has no memory stays as well, and another one is looked for.
    QCOMPARE(sleepPlanOf(wishes, 4, { 2, 0 }, true).wake, std::int64_t(4));
}

void TstSuspension::withoutTheWishNothingSleeps()
{
    QVERIFY(plan(ward(1, 0, 4), { row("a", ready) }).actions.empty());
    QCOMPARE(namesOf<BeginEnding>(plan(ward(1, 0, 4), { row("a", ready), row("b", ready) })).size(),
        std::size_t(1));
}

void TstSuspension::whatIsReadyBeyondTheWishesIsSaved()
{
    DesktopRow older = row("a", ready);
    DesktopRow newer = row("b", ready, LeasePhase::none, at(1s));
    QVERIFY(plan(ward(1, 1, 4), { older, newer }).actions
        == (std::vector<Action> { BeginSuspending { DesktopId("b"), Incarnation(3) } }));
    QVERIFY(plan(ward(1, 1, 4), { older, row("b", suspending) }).actions
        == (std::vector<Action> { SuspendDomain { DesktopId("b"), Incarnation(3) } }));
}

void TstSuspension::itIsMadeForThat()
{
    QVERIFY(
        plan(ward(1, 1, 4), { row("a", ready) }).actions == std::vector<Action> { AddDesktop {} });
    // A share of those in use.
    Pool pool = ward(0, 0, 9);
    pool.suspendedPercent = 50;
    QCOMPARE(allOf<AddDesktop>(plan(pool, { row("a", ready, used), row("b", ready, used) })).size(),
        std::size_t(1));
}

void TstSuspension::asWishedThereIsNothingToDo()
{
    const Plan made = plan(ward(1, 1, 4), { row("a", ready), row("b", asleep) });
    QVERIFY(made.actions.empty());
    QVERIFY(made.message.empty());
    QCOMPARE(made.wished, std::int64_t(1));
    QCOMPARE(made.wishedSuspended, std::int64_t(1));
}

void TstSuspension::aGrantWakesOneBeforeAnotherIsStarted()
{
    QVERIFY(plan(ward(1, 1, 4), { row("a", ready, used), row("b", asleep) }).actions
        == (std::vector<Action> {
            AddDesktop {}, BeginResuming { DesktopId("b"), Incarnation(3) } }));
    QVERIFY(plan(ward(1, 1, 4), { row("a", ready, used), row("b", resuming), row("c", started) })
                .actions
        == (std::vector<Action> { ResumeDomain { DesktopId("b"), Incarnation(3) } }));
}

void TstSuspension::whatBootsIsNotWaitedFor()
{
    const Plan made = plan(ward(1, 2, 6), { row("a", started), row("b", asleep) });
    QVERIFY((namesOf<BeginResuming>(made) == Names { "b" }));
    QVERIFY(namesOf<BeginEnding>(made).empty());
}

void TstSuspension::usersThatWaitWakeSome()
{
    PoolView view = viewOf(ward(0, 2, 6), { row("a", asleep), row("b", asleep) });
    QVERIFY(namesOf<BeginResuming>(reconcile(view, at(10s), {})).empty());
    view.waiting = 1;
    QCOMPARE(namesOf<BeginResuming>(reconcile(view, at(10s), {})).size(), std::size_t(1));
    view.waiting = 2;
    QCOMPARE(namesOf<BeginResuming>(reconcile(view, at(10s), {})).size(), std::size_t(2));
    // Also one that is being saved.
    view = viewOf(ward(0, 1, 6), { row("a", suspending) });
    view.waiting = 1;
    QVERIFY((namesOf<BeginResuming>(reconcile(view, at(10s), {})) == Names { "a" }));
}

void TstSuspension::nothingIsSavedWhileSomebodyWaits()
{
    PoolView view = viewOf(ward(0, 1, 6), { row("a", ready), row("b", ready) });
    QCOMPARE(namesOf<BeginSuspending>(reconcile(view, at(10s), {})).size(), std::size_t(1));
    view.waiting = 1;
    QVERIFY(namesOf<BeginSuspending>(reconcile(view, at(10s), {})).empty());
}

void TstSuspension::whatWasResumedIsNotSavedAtOnce()
{
    DesktopRow one = row("a", ready);
    one.desktop.incarnation.resumingAt = at(1s);
    const PoolView view = viewOf(ward(0, 1, 6), { one });
    QVERIFY(reconcile(view, at(10s), {}).actions.empty());
    QVERIFY((namesOf<BeginSuspending>(reconcile(view, at(10min + 1s), {})) == Names { "a" }));
}

void TstSuspension::whatWasWishedAMomentAgoRunsOn()
{
    PoolView view = viewOf(ward(1, 1, 6), { row("a", ready), row("b", ready), row("c", asleep) });
    view.target = targetOf(view.pool, {}, 0);
    view.target->keep = 2;
    QVERIFY(reconcile(view, at(10s), {}).actions.empty());
    view = viewOf(ward(1, 1, 6), { row("a", ready), row("b", asleep), row("c", asleep) });
    view.target = targetOf(view.pool, {}, 0);
    view.target->keepSuspended = 2;
    QVERIFY(reconcile(view, at(10s), {}).actions.empty());
    view.target->keepSuspended = 1;
    QCOMPARE(namesOf<BeginEnding>(reconcile(view, at(10s), {})).size(), std::size_t(1));
}

void TstSuspension::theMaximumCountsThem()
{
    QVERIFY(plan(ward(1, 3, 3), { row("a", ready), row("b", asleep), row("c", asleep) })
                .actions.empty());
    // Those that run come first.
    const Plan made
        = plan(ward(1, 1, 3), { row("a", ready, used), row("b", ready, used), row("c", asleep) });
    QVERIFY(
        made.actions == (std::vector<Action> { BeginResuming { DesktopId("c"), Incarnation(3) } }));
}

void TstSuspension::whatIsTooMuchIsEnded()
{
    const Plan made = plan(ward(1, 1, 6), { row("a", ready), row("b", asleep), row("c", asleep) });
    QCOMPARE(made.actions.size(), std::size_t(1));
    QVERIFY(std::get<BeginEnding>(made.actions.front()).reason == EndReason::poolShrunk);
}

void TstSuspension::containersAndDisabledPoolsHaveNone()
{
    PoolView view = viewOf(ward(1, 1, 6), { row("a", ready), row("b", asleep) });
    view.kind = ImageKind::lxc;
    QVERIFY((namesOf<BeginEnding>(reconcile(view, at(10s), {})) == Names { "b" }));
    view.kind = ImageKind::qemu;
    view.pool.enabled = false;
    QCOMPARE(namesOf<BeginEnding>(reconcile(view, at(10s), {})).size(), std::size_t(2));
}

void TstSuspension::anOldVersionIsEnded()
{
    DesktopRow old = row("b", asleep);
    old.desktop.incarnation.image = ImageId("older");
    const Plan made = plan(ward(1, 1, 6), { row("a", ready), old });
    QVERIFY(made.actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("b"), Incarnation(3), EndReason::imageChanged } }));
}

void TstSuspension::onADrainedHostTheyAreEnded()
{
    DesktopRow one = row("b", asleep);
    one.desktop.host = HostId("h");
    PoolView view = viewOf(ward(0, 1, 6), { one });
    view.domains->front().host = HostId("h");
    HostView host;
    host.host.id = HostId("h");
    host.host.kind = ImageKind::qemu;
    host.host.mode = HostMode::draining;
    view.hosts = { host };
    const auto ended = allOf<BeginEnding>(reconcile(view, at(10s), {}));
    QCOMPARE(ended.size(), std::size_t(1));
    QVERIFY(ended.front().reason == EndReason::hostDrained);
}

void TstSuspension::theLimitsOfBootsHold()
{
    std::vector<DesktopRow> rows;
    for (const char* name : { "a", "b", "c", "d" })
        rows.push_back(row(name, asleep));
    PoolView view = viewOf(ward(4, 0, 8), rows);
    QCOMPARE(namesOf<BeginResuming>(reconcile(view, at(10s), {})).size(), std::size_t(2));
    view.bootingElsewhere[HostId()] = 7;
    QCOMPARE(namesOf<BeginResuming>(reconcile(view, at(10s), {})).size(), std::size_t(1));
    for (DesktopRow& one : rows)
        one = row(one.desktop.id.value(), ready);
    QCOMPARE(namesOf<BeginSuspending>(plan(ward(0, 4, 8), rows)).size(), std::size_t(2));
}

void TstSuspension::theHostMustHaveTheMemory()
{
    DesktopRow one = row("a", asleep);
    one.desktop.host = HostId("h");
    PoolView view = viewOf(ward(1, 1, 6), { one });
    view.domains->front().host = HostId("h");
    HostView host;
    host.host.id = HostId("h");
    host.host.kind = ImageKind::qemu;
    host.host.memoryMiB = 4096;
    host.host.memoryPercent = 100;
    host.load.memoryMiB = 4096 - view.pool.memoryMiB + 1;
    view.hosts = { host };
    const Plan full = reconcile(view, at(10s), {});
    QVERIFY(namesOf<BeginResuming>(full).empty());
    QVERIFY2(full.message.find("memory") != std::string::npos, full.message.c_str());
    view.hosts.front().load.memoryMiB -= 1;
    QVERIFY((namesOf<BeginResuming>(reconcile(view, at(10s), {})) == Names { "a" }));
}

void TstSuspension::afterAFailureAllGoesOnRunning()
{
    PoolView view = viewOf(ward(1, 2, 6), { row("a", ready), row("b", ready) });
    view.suspendProblem = "the disk is full";
    const Plan made = reconcile(view, at(10s), {});
    QVERIFY(made.actions.empty()); // nothing is saved, ended, or started for it
    QVERIFY2(made.message.find("the disk is full") != std::string::npos, made.message.c_str());
    // What was to be saved is told the time, and goes on.
    view = viewOf(ward(1, 2, 6), { row("a", ready), row("b", suspending) });
    view.suspendProblem = "the disk is full";
    QVERIFY((namesOf<BeginResuming>(reconcile(view, at(10s), {})) == Names { "b" }));
}

void TstSuspension::lateOnesAreEnded()
{
    const auto reasonOf = [](IncarnationPhase phase) {
        const auto ended = allOf<BeginEnding>(
            reconcile(viewOf(ward(0, 1, 4), { row("a", phase) }), at(10min), {}));
        return ended.size() == 1 ? std::optional(ended.front().reason) : std::nullopt;
    };
    QVERIFY(reasonOf(resuming) == EndReason::failedToStart);
    QVERIFY(reasonOf(suspending) == EndReason::becameUnready);
    QVERIFY(!reasonOf(asleep));
}

void TstSuspension::aDesktopThatIsHeldNeverSleeps()
{
    for (const LeasePhase lease : { LeasePhase::unconnected, used, LeasePhase::closed })
        QVERIFY(namesOf<BeginSuspending>(plan(ward(0, 3, 9), { row("a", ready, lease) })).empty());
    Pool pool = ward(0, 3, 9);
    pool.kind = PoolKind::dedicated;
    DesktopRow owned = row("a", ready);
    owned.desktop.owner = UserId("anna");
    QVERIFY(namesOf<BeginSuspending>(plan(pool, { owned })).empty());
    QVERIFY((namesOf<BeginSuspending>(plan(pool, { owned, row("b", ready) })) == Names { "b" }));
}

void TstSuspension::aRolloutTakesThemForProven()
{
    Rollout rollout;
    rollout.to = ImageId("image");
    QVERIFY(placeOf(rollout, row("a", asleep)) == RolloutPlace::renewed);
    QVERIFY(placeOf(rollout, row("a", started)) == RolloutPlace::underWay);
}

namespace {

/// Desktops with four seats; the sizes are sessions.
Pool hall(std::int64_t spare, std::int64_t suspended, std::int64_t max)
{
    Pool pool = ward(spare, suspended, max);
    pool.kind = PoolKind::shared;
    pool.seats = 4;
    return pool;
}

DesktopRow entered(const std::string& name, const std::vector<LeasePhase>& sessions)
{
    DesktopRow made = row(name, ready);
    for (const LeasePhase session : sessions) {
        Lease lease = *row(name, ready, session).lease;
        lease.seat = nextSeat(made);
        lease.id = LeaseId("lease-" + name + '-' + std::to_string(lease.seat));
        addLease(made, std::move(lease));
    }
    return made;
}

}

void TstSuspension::ofASharedPoolWholeDesktopsSleep_data()
{
    QTest::addColumn<int>("suspended");
    QTest::addColumn<int>("max");
    QTest::addColumn<std::size_t>("expected");
    QTest::newRow("none") << 0 << 99 << std::size_t(0);
    QTest::newRow("one seat is one desktop") << 1 << 99 << std::size_t(1);
    QTest::newRow("a desktop's worth") << 4 << 99 << std::size_t(1);
    QTest::newRow("one more") << 5 << 99 << std::size_t(2);
    QTest::newRow("no more than whole ones within the maximum") << 9 << 11 << std::size_t(1);
}

void TstSuspension::ofASharedPoolWholeDesktopsSleep()
{
    QFETCH(int, suspended);
    QFETCH(int, max);
    QFETCH(std::size_t, expected);
    const std::vector<DesktopRow> free { row("a", ready), row("b", ready), row("c", ready) };
    QCOMPARE(namesOf<BeginSuspending>(plan(hall(4, suspended, max), free)).size(), expected);
    const Plan steady = plan(hall(4, 4, 99), { row("a", ready), row("b", asleep) });
    QVERIFY(steady.actions.empty());
    QCOMPARE(steady.wishedSuspended, std::int64_t(4));
}

void TstSuspension::seatsThatAreTakenWakeOne()
{
    const DesktopRow half = entered("a", { used, used });
    const std::vector<DesktopRow> rows { half, row("b", asleep) };
    QVERIFY(plan(hall(2, 4, 99), rows).actions.empty()); // two more find room in the first
    const Plan more = plan(hall(3, 4, 99), rows);
    QVERIFY((namesOf<BeginResuming>(more) == Names { "b" }));
    QCOMPARE(allOf<AddDesktop>(more).size(), std::size_t(1)); // to be saved behind it
    const DesktopRow full = entered("a", { used, used, used, used });
    QVERIFY((
        namesOf<BeginResuming>(plan(hall(1, 4, 99), { full, row("b", asleep) })) == Names { "b" }));
}

void TstSuspension::aSharedDesktopThatWasEnteredNeverSleeps_R1()
{
    constexpr auto closed = LeasePhase::closed;
    for (const auto& sessions : std::vector<std::vector<LeasePhase>> { { used },
             { LeasePhase::unconnected }, { closed, used }, { closed }, { closed, closed } })
        QVERIFY(namesOf<BeginSuspending>(plan(hall(0, 8, 99), { entered("a", sessions) })).empty());
    DesktopRow draining = row("a", ready);
    draining.desktop.incarnation.drainingAt = at(4s);
    QVERIFY(namesOf<BeginSuspending>(plan(hall(0, 8, 99), { draining })).empty());
}

void TstSuspension::whatSleepsUnseenTakesAllItsSeats()
{
    PoolView view = viewOf(hall(4, 4, 8), { row("a", asleep) });
    HostView north;
    north.host.id = HostId("north");
    north.host.kind = ImageKind::qemu;
    north.sight = HostSight::away;
    HostView south = north;
    south.host.id = HostId("south");
    south.sight = HostSight::seen;
    view.hosts = { north, south };
    view.desktops.front().desktop.host = north.host.id;
    view.domains->clear();
    // One more desktop for four sessions, and none to be saved: its place is taken.
    QCOMPARE(allOf<AddDesktop>(reconcile(view, at(10s), {})).size(), std::size_t(1));
    view.pool.max = 7;
    QCOMPARE(allOf<AddDesktop>(reconcile(view, at(10s), {})).size(), std::size_t(0));
}

void TstSuspension::aNewVersionIsResumedBesideTheOldOne()
{
    // Those that are in the old version stay there; whoever comes finds the new one, from the disk.
    DesktopRow old = entered("a", { used, used });
    old.desktop.incarnation.image = ImageId("old");
    const Plan begun = plan(hall(2, 4, 99), { old, row("b", asleep) });
    QVERIFY((namesOf<BeginResuming>(begun) == Names { "b" }));
    QVERIFY(allOf<DrainDesktop>(begun).empty()); // it has no room yet
    const Plan later = plan(hall(2, 4, 99), { old, row("b", ready), row("c", asleep) });
    QVERIFY((namesOf<DrainDesktop>(later) == Names { "a" }));
    QVERIFY(namesOf<BeginResuming>(later).empty());
}

QTEST_GUILESS_MAIN(TstSuspension)
#include "tst_suspension.moc"
