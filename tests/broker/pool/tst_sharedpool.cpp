// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/pool/rollout.h"
#include "broker/pool/seating.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::allOf;
using test::at;
using test::healthy;
using test::row;

namespace {

constexpr auto started = IncarnationPhase::started;
constexpr auto ready = IncarnationPhase::ready;
constexpr auto ended = IncarnationPhase::ended;
constexpr auto unconnected = LeasePhase::unconnected;
constexpr auto used = LeasePhase::used;
constexpr auto closed = LeasePhase::closed;

Pool hall(std::int64_t spare, std::int64_t max, std::int64_t seats = 4)
{
    Pool pool = test::ward(spare, max);
    pool.kind = PoolKind::shared;
    pool.seats = seats;
    return pool;
}

/// A desktop with a session in each of these phases.
DesktopRow shared(
    const std::string& name, IncarnationPhase phase, const std::vector<LeasePhase>& sessions)
{
    DesktopRow made = row(name, phase);
    std::int64_t seat = 0;
    for (const LeasePhase session : sessions) {
        Lease lease = *row(name, phase, session).lease;
        lease.seat = ++seat;
        lease.id = LeaseId("lease-" + name + '-' + std::to_string(seat));
        lease.user = UserId("user-" + name + '-' + std::to_string(seat));
        addLease(made, std::move(lease));
    }
    return made;
}

DesktopRow of(const char* image, DesktopRow one)
{
    one.desktop.incarnation.image = ImageId(image);
    return one;
}

/// To the present version.
Rollout running(std::int64_t canary = 10, std::int64_t wave = 25)
{
    Rollout rollout;
    rollout.state = RolloutState::running;
    rollout.from = ImageId("old");
    rollout.to = ImageId("image");
    rollout.begunAt = at({});
    rollout.canaryPercent = canary;
    rollout.wavePercent = wave;
    return rollout;
}

DesktopRow draining(DesktopRow one)
{
    one.desktop.incarnation.drainingAt = at(4s);
    return one;
}

Plan plan(const Pool& pool, std::vector<DesktopRow> rows)
{
    return reconcile(healthy(pool, std::move(rows)), at(5s), {});
}

std::size_t added(const Plan& plan)
{
    return allOf<AddDesktop>(plan).size();
}

BeginEnding endingOf(const char* name, EndReason reason)
{
    return { DesktopId(name), Incarnation(3), reason };
}

DrainDesktop drainOf(const char* name)
{
    return { DesktopId(name), Incarnation(3) };
}

}

/// Desktops that several users are in: sizes count sessions, and a session ends for itself.
class TstSharedPool : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void itIsAsLargeAsItsSessionsNeed_data();
    void itIsAsLargeAsItsSessionsNeed();
    void theMaximumCountsSessions();
    void aSeatThatIsGivenBackStillCounts();
    void freeSeatsOnHostsThatAreNotSeenCount_data();
    void freeSeatsOnHostsThatAreNotSeenCount();
    void whatIsInUseHoldsSpares();
    void accountsThatAreUsedUpHoldNobody();
    void oneSessionsEndEndsNothingElse_R7();
    void theLastOnesEndEndsTheDesktop();
    void itRestsAfterTheLastLogOff();
    void whoWaitsMayComeIntoOneThatRests();
    void whoNeverCameLosesHisSeatOnly_R6();
    void aDesktopThatIsGoneClosesAllItsLeases();
    void setAsideItClosesThemWhenItIsGone();
    void eachSessionIsLoggedOffAtItsOwnTime();
    void twoLeasesOfOneAccountCannotBe_R1();
    void aDrainEndsAllSessionsWhenItsTimeIsOver();
    void onADrainedHostNobodyNewIsReckonedWith();
    void aRolloutDrainsOneAfterTheOther();
    void itDrainsNoneBeforeTheNewVersionHasRoom();
    void theNewVersionBeginsAlthoughTheOldHasRoom();
    void aFullPoolDrainsAllTheSame();
    void aStoppedRolloutDrainsNone();
    void aRolloutIsOverAfterTheLastOldSession();
    void forceEndsAllSessionsOfADesktop();
    void theSteadyPlanIsEmpty();
};

void TstSharedPool::itIsAsLargeAsItsSessionsNeed_data()
{
    QTest::addColumn<int>("spare");
    QTest::addColumn<int>("expected");
    QTest::newRow("none") << 0 << 0;
    QTest::newRow("one seat is one desktop") << 1 << 1;
    QTest::newRow("a desktop's worth") << 4 << 1;
    QTest::newRow("one more") << 5 << 2;
    QTest::newRow("more than is allowed") << 99 << 3;
}

void TstSharedPool::itIsAsLargeAsItsSessionsNeed()
{
    QFETCH(int, spare);
    QFETCH(int, expected);
    // 15 sessions at most: a fourth desktop could hold a sixteenth.
    QCOMPARE(added(plan(hall(spare, 15), {})), std::size_t(expected));
}

void TstSharedPool::theMaximumCountsSessions()
{
    // Two are in a desktop of four seats that others may come into: four of eight are spoken for.
    const DesktopRow busy = shared("a", ready, { used, used });
    QCOMPARE(added(plan(hall(9, 8), { busy })), std::size_t(1));
    QCOMPARE(added(plan(hall(9, 7), { busy })), std::size_t(0));
    // Nobody else comes into this one: only its two sessions count.
    QCOMPARE(added(plan(hall(9, 6), { draining(busy) })), std::size_t(1));
}

/// Somebody else may sit on it before the next plan.
void TstSharedPool::aSeatThatIsGivenBackStillCounts()
{
    const DesktopRow busy = shared("a", ready, { used, unconnected });
    const auto later = [&busy](std::int64_t max) {
        return reconcile(healthy(hall(9, max), { busy }), at(1h), {});
    };
    QCOMPARE(allOf<CloseLease>(later(7)).size(), std::size_t(1));
    QCOMPARE(added(later(7)), std::size_t(0));
    QCOMPARE(added(later(8)), std::size_t(1));
    // Nobody comes into this one, but the lease is there until its agent has agreed.
    const auto leaving = [&busy](std::int64_t max) {
        return reconcile(healthy(hall(9, max), { draining(busy) }), at(1h), {});
    };
    QCOMPARE(added(leaving(5)), std::size_t(0));
    QCOMPARE(added(leaving(6)), std::size_t(1));
    // Nor is a desktop whose last one goes empty at once.
    const DesktopRow last = shared("a", ready, { unconnected });
    const Plan plan = reconcile(healthy(hall(9, 7), { last }), at(1h), {});
    QCOMPARE(allOf<CloseLease>(plan).size(), std::size_t(1));
    QCOMPARE(added(plan), std::size_t(0));
}

void TstSharedPool::freeSeatsOnHostsThatAreNotSeenCount_data()
{
    QTest::addColumn<HostSight>("sight");
    QTest::addColumn<bool>("counts");
    QTest::newRow("busy") << HostSight::busy << true;
    QTest::newRow("away") << HostSight::away << true; // its agents may still speak (R8)
    QTest::newRow("dead") << HostSight::dead << false;
}

void TstSharedPool::freeSeatsOnHostsThatAreNotSeenCount()
{
    QFETCH(HostSight, sight);
    QFETCH(bool, counts);
    const auto plan = [sight](std::int64_t spare, std::int64_t max) {
        DesktopRow busy = shared("a", ready, { used, used });
        busy.desktop.host = HostId("north");
        PoolView view = healthy(hall(spare, max), { busy });
        view.domains->clear();
        HostView north;
        north.host.id = HostId("north");
        north.sight = sight;
        HostView south;
        south.host.id = HostId("south");
        view.hosts = { north, south };
        return reconcile(view, at(5s), {});
    };
    // Two may come into the one in use: no other is made for them, and none above the maximum.
    QCOMPARE(added(plan(2, 99)), std::size_t(counts ? 0 : 1));
    QCOMPARE(added(plan(3, 99)), std::size_t(1));
    QCOMPARE(added(plan(3, 7)), std::size_t(counts ? 0 : 1));
}

void TstSharedPool::whatIsInUseHoldsSpares()
{
    const DesktopRow busy = shared("a", ready, { used, used });
    QVERIFY(plan(hall(2, 99), { busy }).actions.empty());
    QCOMPARE(added(plan(hall(3, 99), { busy })), std::size_t(1));
    const Plan one = plan(hall(2, 99), { busy });
    QCOMPARE(one.inUse, std::int64_t(2));
    QCOMPARE(one.wished, std::int64_t(2));
    // Those who wait need seats as well.
    PoolView view = healthy(hall(2, 99), { busy });
    view.waiting = 1;
    QCOMPARE(added(reconcile(view, at(5s), {})), std::size_t(1));
    // One that is not ready for others holds none.
    DesktopRow unready = busy;
    unready.desktop.incarnation.readyAt.reset();
    unready.desktop.incarnation.unreadyAt = at(4s);
    QCOMPARE(added(plan(hall(2, 99), { unready })), std::size_t(1));
}

void TstSharedPool::accountsThatAreUsedUpHoldNobody()
{
    std::vector<LeasePhase> all(std::size_t(accountsOf(hall(1, 99))), closed);
    all.front() = used;
    const DesktopRow spent = shared("a", ready, all);
    QCOMPARE(freeSeats(hall(1, 99), spent), std::int64_t(0));
    const Plan made = plan(hall(1, 99), { spent });
    QVERIFY(made.actions == std::vector<Action> { AddDesktop {} });
}

void TstSharedPool::oneSessionsEndEndsNothingElse_R7()
{
    QVERIFY(plan(hall(1, 99), { shared("a", ready, { closed, used, closed }) }).actions.empty());
}

void TstSharedPool::theLastOnesEndEndsTheDesktop()
{
    const Plan made = plan(hall(1, 99), { shared("a", ready, { closed, closed }) });
    QVERIFY(made.actions == std::vector<Action> { endingOf("a", EndReason::loggedOff) });
}

void TstSharedPool::itRestsAfterTheLastLogOff()
{
    Pool pool = hall(1, 99);
    pool.timers.recycle = 10min;
    const DesktopRow empty = shared("a", ready, { closed, closed });
    // There is room in it meanwhile, so that it is a spare as well.
    QVERIFY(plan(pool, { empty }).actions.empty());
    const Plan late = reconcile(healthy(pool, { empty }), at(3s + 10min), {});
    QVERIFY(late.actions == std::vector<Action> { endingOf("a", EndReason::loggedOff) });
}

void TstSharedPool::whoWaitsMayComeIntoOneThatRests()
{
    Pool pool = hall(0, 99);
    pool.timers.recycle = 10min;
    PoolView view = healthy(pool, { shared("a", ready, { closed }) });
    view.waiting = 1;
    QVERIFY(reconcile(view, at(5s), {}).actions.empty());
    view.desktops.front().desktop.incarnation.drainingAt = at(4s);
    QCOMPARE(allOf<BeginEnding>(reconcile(view, at(5s), {})).size(), std::size_t(1));
}

void TstSharedPool::whoNeverCameLosesHisSeatOnly_R6()
{
    const std::vector<Action> givenBack { CloseLease {
        LeaseId("lease-a-2"), CloseReason::neverConnected } };
    const DesktopRow both = shared("a", ready, { used, unconnected });
    const Plan late = reconcile(healthy(hall(1, 99), { both }), at(1h), {});
    QVERIFY(late.actions == givenBack);
    // Nor is the desktop ended in the plan that takes back the last one.
    const DesktopRow alone = shared("a", ready, { closed, unconnected });
    const Plan last = reconcile(healthy(hall(0, 99), { alone }), at(1h), {});
    QVERIFY(last.actions == givenBack);
    DesktopRow unready = both;
    unready.desktop.incarnation.readyAt.reset();
    unready.desktop.incarnation.unreadyAt = at(4s);
    const auto closing
        = allOf<CloseLease>(reconcile(healthy(hall(0, 99), { unready }), at(30s), {}));
    QCOMPARE(closing.size(), std::size_t(1));
    QVERIFY(closing.front().reason == CloseReason::neverReady);
}

void TstSharedPool::aDesktopThatIsGoneClosesAllItsLeases()
{
    PoolView view = healthy(hall(0, 99), { shared("a", ready, { used, closed, unconnected }) });
    view.domains->clear();
    const Plan lost = reconcile(view, at(5s), {});
    QCOMPARE(allOf<CloseLease>(lost).size(), std::size_t(2));
    QVERIFY(lost.actions.back() == Action(endingOf("a", EndReason::domainGone)));
}

void TstSharedPool::setAsideItClosesThemWhenItIsGone()
{
    DesktopRow aside = shared("a", ready, { used, used });
    aside.desktop.quarantinedAt = at(4s);
    PoolView view = healthy(hall(1, 8), { aside });
    const Plan there = reconcile(view, at(5s), {});
    QVERIFY(allOf<CloseLease>(there).empty());
    QCOMPARE(added(there), std::size_t(1)); // four of eight: it counts with all its seats
    view.domains->clear();
    QCOMPARE(allOf<CloseLease>(reconcile(view, at(5s), {})).size(), std::size_t(2));
}

void TstSharedPool::eachSessionIsLoggedOffAtItsOwnTime()
{
    Pool pool = hall(1, 99);
    pool.timers.logOff = 1h;
    DesktopRow both = shared("a", ready, { used, used });
    both.others.front().connectedAt.reset();
    both.others.front().disconnectedAt = at(10s);
    const Plan late = reconcile(healthy(pool, { both }), at(2h), {});
    QVERIFY(late.actions == std::vector<Action> { LogOffSession { both.others.front().id } });
}

void TstSharedPool::twoLeasesOfOneAccountCannotBe_R1()
{
    DesktopRow twice = shared("a", ready, { used, closed });
    twice.others.front().seat = twice.lease->seat;
    const Plan made = plan(hall(0, 99), { twice });
    QCOMPARE(allOf<QuarantineDesktop>(made).size(), std::size_t(1));
    DesktopRow mixed = shared("a", ready, { used, closed });
    mixed.others.front().seat = 0;
    QCOMPARE(allOf<QuarantineDesktop>(plan(hall(0, 99), { mixed })).size(), std::size_t(1));
}

void TstSharedPool::aDrainEndsAllSessionsWhenItsTimeIsOver()
{
    HostView host;
    host.host.id = HostId("h");
    host.host.mode = HostMode::draining;
    host.host.drainBy = at(1h);
    host.sight = HostSight::seen;
    DesktopRow busy = shared("a", ready, { used, unconnected, closed });
    busy.desktop.host = host.host.id;
    PoolView view = healthy(hall(0, 99), { busy });
    view.domains->front().host = host.host.id;
    view.hosts = { host };
    QVERIFY(allOf<CloseLease>(reconcile(view, at(5s), {})).empty());
    view.desktops.front().others.front().firstConnectedAt = at(4s);
    const auto closing = allOf<CloseLease>(reconcile(view, at(2h), {}));
    QCOMPARE(closing.size(), std::size_t(2));
    for (const CloseLease& one : closing)
        QVERIFY(one.reason == CloseReason::hostDrained);
}

void TstSharedPool::onADrainedHostNobodyNewIsReckonedWith()
{
    HostView north;
    north.host.id = HostId("north");
    north.host.mode = HostMode::draining;
    north.sight = HostSight::seen;
    HostView south = north;
    south.host.id = HostId("south");
    south.host.mode = HostMode::active;
    DesktopRow busy = shared("a", ready, { used });
    busy.desktop.host = north.host.id;
    PoolView view = healthy(hall(1, 99), { busy });
    view.domains->front().host = north.host.id;
    view.hosts = { north, south };
    QCOMPARE(added(reconcile(view, at(5s), {})), std::size_t(1));
}

void TstSharedPool::aRolloutDrainsOneAfterTheOther()
{
    const Rollout rollout = running(10, 25);
    // A canary that is ready, and four old ones: the next wave is one of five.
    PoolView view = healthy(hall(1, 99),
        { row("new", ready), of("old", shared("a", ready, { used, used })),
            of("old", shared("b", ready, { used })), of("old", shared("c", ready, { used, used })),
            of("old", shared("d", ready, { used, used })) });
    view.rollout = rollout;
    const Plan made = reconcile(view, at(5s), {});
    const auto drained = allOf<DrainDesktop>(made);
    QVERIFY(!drained.empty());
    // Fewest inside first.
    QVERIFY(std::find(drained.begin(), drained.end(), drainOf("b")) != drained.end());
    QVERIFY(drained.size() < 4);
    QVERIFY(allOf<CloseLease>(made).empty());
    QVERIFY(allOf<BeginEnding>(made).empty());
}

void TstSharedPool::itDrainsNoneBeforeTheNewVersionHasRoom()
{
    const Rollout rollout = running(10, 25);
    PoolView view = healthy(hall(1, 99), { of("old", shared("a", ready, { used, used })) });
    view.rollout = rollout;
    const Plan made = reconcile(view, at(5s), {});
    QVERIFY(allOf<DrainDesktop>(made).empty());
    // Its free seats are reckoned with no more, so that the new version gets a desktop.
    QCOMPARE(added(made), std::size_t(1));
}

void TstSharedPool::theNewVersionBeginsAlthoughTheOldHasRoom()
{
    const Rollout rollout = running(10, 10);
    std::vector<DesktopRow> rows;
    for (const char* name : { "a", "b", "c", "d", "e", "f" })
        rows.push_back(of("old", shared(name, ready, { used })));
    PoolView view = healthy(hall(8, 99), rows);
    view.rollout = rollout;
    // Eight seats would be two desktops; the canary is one.
    const auto begun = allOf<AddDesktop>(reconcile(view, at(5s), {}));
    QCOMPARE(begun.size(), std::size_t(1));
    QVERIFY(!begun.front().image); // the pool's, which is the new one
    // It stays while it starts, and while nobody is in it.
    for (const IncarnationPhase phase : { started, ready }) {
        rows.push_back(row("new", phase));
        PoolView next = healthy(hall(8, 99), rows);
        next.rollout = rollout;
        QVERIFY(allOf<BeginEnding>(reconcile(next, at(5s), {})).empty());
        rows.pop_back();
    }
}

void TstSharedPool::aFullPoolDrainsAllTheSame()
{
    Pool pool = hall(1, 4);
    const Plan made = plan(pool, { of("old", shared("a", ready, { used, used })) });
    QVERIFY(made.actions == std::vector<Action> { drainOf("a") });
    // Already so: nothing more is asked for.
    QVERIFY(
        plan(pool, { draining(of("old", shared("a", ready, { used, used }))) }).actions.empty());
}

void TstSharedPool::aStoppedRolloutDrainsNone()
{
    Rollout rollout;
    rollout.state = RolloutState::stopped;
    rollout.from = ImageId("image");
    rollout.to = ImageId("new");
    PoolView view = healthy(hall(1, 4), { of("new", shared("a", ready, { used, used })) });
    view.rollout = rollout;
    QVERIFY(allOf<DrainDesktop>(reconcile(view, at(5s), {})).empty());
}

void TstSharedPool::aRolloutIsOverAfterTheLastOldSession()
{
    const Rollout rollout = running();
    const DesktopRow present = row("new", ready);
    const DesktopRow old = draining(of("old", shared("a", ready, { used, closed })));
    QVERIFY(!dueStep(rollout, { present, old }, at(5s)));
    const auto step = dueStep(rollout, { present }, at(5s));
    QVERIFY(step && step->next == RolloutState::done);
}

void TstSharedPool::forceEndsAllSessionsOfADesktop()
{
    Rollout rollout = running(100);
    rollout.mode = RolloutMode::force;
    rollout.countdown = 1min;
    PoolView view = healthy(hall(1, 99), { of("old", shared("a", ready, { used, closed, used })) });
    view.rollout = rollout;
    QVERIFY(allOf<CloseLease>(reconcile(view, at(5s), {})).empty());
    QCOMPARE(allOf<CloseLease>(reconcile(view, at(2min), {})).size(), std::size_t(2));
}

void TstSharedPool::theSteadyPlanIsEmpty()
{
    const std::vector<DesktopRow> rows { shared("a", ready, { used, used, closed, used }),
        row("b", ready) };
    const Plan made = plan(hall(5, 99), rows);
    QVERIFY(made.actions.empty());
    QVERIFY(made.message.empty());
    // Booting and wiped ones are reckoned with as those of every pool.
    QVERIFY(plan(hall(5, 99), { rows.front(), row("b", started) }).actions.empty());
    QCOMPARE(allOf<BeginIncarnation>(plan(hall(5, 99), { rows.front(), row("b", ended) })).size(),
        std::size_t(1));
}

QTEST_GUILESS_MAIN(TstSharedPool)
#include "tst_sharedpool.moc"
