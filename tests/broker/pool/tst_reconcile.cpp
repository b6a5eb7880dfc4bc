// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/lifetimes.h"
#include "broker/pool/pacing.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <set>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::allOf;
using test::at;
using test::domainOf;
using test::healthy;
using test::row;
using test::ward;

namespace {

constexpr auto intended = IncarnationPhase::intended;
constexpr auto started = IncarnationPhase::started;
constexpr auto ready = IncarnationPhase::ready;
constexpr auto ended = IncarnationPhase::ended;
constexpr auto used = LeasePhase::used;

DesktopRow failed(const std::string& name, std::int64_t attempts, WallTime last)
{
    DesktopRow one = row(name, intended);
    one.desktop.incarnation.startAttempts = attempts;
    one.desktop.incarnation.lastFailureAt = last;
    one.desktop.incarnation.lastError = "no memory left";
    return one;
}

}

/// The size of a pool, its images and the pace of its starts.
class TstReconcile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aNewPoolGetsItsSpares();
    void spareIsKeptBeyondTheLeased();
    void waitingUsersAddDesktops();
    void maxIsNeverExceeded();
    void quarantinedDesktopsCount();
    void atItsMaximumInWords();
    void addressesRunOut();
    void aUsedDesktopComesBackAsANewIncarnation_R1();
    void surplusIsEndedAndRemoved();
    void whatIsReadyIsKept();
    void leasedDesktopsAreNeverShrunk_R7();
    void aDisabledPoolDrains();
    void otherImagesAreReplacedAFewAtATime();
    void endReasonsFollowTheLease();
    void neverConnectedIsFreedByTime_R6();
    void givenOutAndNotReadyIsGivenUp_R6();
    void notReadyInTimeFails();
    void lostReadinessGetsTime();
    void startsAreLimited();
    void failedStartsPauseLonger();
    void threeFailuresHoldThePool();
    void aHeldPoolProbesOnce();
    void oneBadDesktopHoldsNobody();
    void aHeldPoolKeepsTheImagesItHas();
    void clocksThatGoBack_R10();
    void aShareOfThoseInUse();
    void theMinimumCountsThoseInUse();
    void theForecastAddsToNothing();
    void theCalendarsMaximumThrowsNobodyOut_R7();
    void whatIsKeptIsNeitherStartedNorEnded();
    void aBootStormIsOneOfAllPools();
    void withoutATargetNothingIsDifferent();
};

void TstReconcile::aNewPoolGetsItsSpares()
{
    const Plan plan = reconcile(healthy(ward(2, 4), {}), at({}), {});
    QVERIFY(plan.actions == (std::vector<Action> { AddDesktop {}, AddDesktop {} }));
    QVERIFY(plan.message.empty());
}

void TstReconcile::spareIsKeptBeyondTheLeased()
{
    const Plan quiet
        = reconcile(healthy(ward(2, 9), { row("a", ready), row("b", started) }), at(5s), {});
    QVERIFY(quiet.actions.empty());
    const Plan more
        = reconcile(healthy(ward(2, 9), { row("a", ready, used), row("b", ready) }), at(5s), {});
    QVERIFY(more.actions == std::vector<Action> { AddDesktop {} });
}

void TstReconcile::waitingUsersAddDesktops()
{
    PoolView view = healthy(ward(1, 9), { row("a", ready) });
    view.waiting = 2;
    QCOMPARE(allOf<AddDesktop>(reconcile(view, at(5s), {})).size(), std::size_t(2));
}

void TstReconcile::maxIsNeverExceeded()
{
    PoolView view = healthy(ward(3, 3), { row("a", ready, used), row("b", ready, used) });
    view.waiting = 5;
    QCOMPARE(allOf<AddDesktop>(reconcile(view, at(5s), {})).size(), std::size_t(1));
}

void TstReconcile::quarantinedDesktopsCount()
{
    DesktopRow aside = row("a", ready);
    aside.desktop.quarantinedAt = at(3s);
    const Plan plan = reconcile(healthy(ward(2, 2), { aside }), at(5s), {});
    QVERIFY(plan.actions == std::vector<Action> { AddDesktop {} });
    const Plan full = reconcile(healthy(ward(2, 2), { aside, row("b", ready, used) }), at(5s), {});
    QVERIFY(full.actions.empty());
    QCOMPARE(full.message, std::string("at its maximum: 1 in use, 1 set aside, 2 allowed"));
}

void TstReconcile::atItsMaximumInWords()
{
    QCOMPARE(
        reconcile(healthy(ward(1, 2), { row("a", ready, used), row("b", ready, used) }), at(5s), {})
            .message,
        std::string("at its maximum: all 2 desktops are in use"));
    QCOMPARE(reconcile(healthy(ward(1, 1), { row("a", ready, used) }), at(5s), {}).message,
        std::string("at its maximum: its one desktop is in use"));
    QCOMPARE(reconcile(healthy(ward(1, 0), {}), at(5s), {}).message,
        std::string("at its maximum: no desktops are allowed"));
}

void TstReconcile::addressesRunOut()
{
    PoolView view = healthy(ward(3, 9), {});
    view.addressesLeft = 1;
    const Plan plan = reconcile(view, at({}), {});
    QCOMPARE(allOf<AddDesktop>(plan).size(), std::size_t(1));
    QCOMPARE(plan.message, std::string("no free address is left on its network"));
}

void TstReconcile::aUsedDesktopComesBackAsANewIncarnation_R1()
{
    const Plan plan
        = reconcile(healthy(ward(1, 1), { row("a", ended, LeasePhase::closed) }), at(5s), {});
    QVERIFY(plan.actions
        == (std::vector<Action> { BeginIncarnation { DesktopId("a"), Incarnation(4) } }));
}

void TstReconcile::surplusIsEndedAndRemoved()
{
    const Plan plan = reconcile(healthy(ward(1, 9),
                                    { row("a", ready), row("b", started), row("c", ended),
                                        row("d", IncarnationPhase::ending) }),
        at(5s), {});
    QVERIFY(plan.actions
        == (std::vector<Action> {
            DestroyDomain { DesktopId("d"), Incarnation(3), DomainUuid("uuid-d-3") },
            BeginEnding { DesktopId("b"), Incarnation(3), EndReason::poolShrunk },
            RemoveDesktop { DesktopId("c") } }));
    // One that was never started is ended in the same way, and not started first.
    const Plan early = reconcile(healthy(ward(0, 9), { row("a", intended) }), at(5s), {});
    QVERIFY(early.actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::poolShrunk } }));
}

void TstReconcile::whatIsReadyIsKept()
{
    const Plan plan
        = reconcile(healthy(ward(1, 9), { row("a", started), row("b", ready) }), at(5s), {});
    QVERIFY(plan.actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::poolShrunk } }));
}

void TstReconcile::leasedDesktopsAreNeverShrunk_R7()
{
    Pool pool = ward(0, 0);
    pool.image = ImageId("another");
    QVERIFY(reconcile(healthy(pool, { row("a", ready, used) }), at(24h), {}).actions.empty());
    pool.enabled = false;
    QVERIFY(reconcile(healthy(pool, { row("a", ready, used) }), at(24h), {}).actions.empty());
}

void TstReconcile::aDisabledPoolDrains()
{
    Pool pool = ward(2, 4);
    pool.enabled = false;
    PoolView view = healthy(pool, { row("a", ready), row("b", ended) });
    view.waiting = 3;
    const Plan plan = reconcile(view, at(5s), {});
    QVERIFY(plan.actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::poolShrunk },
            RemoveDesktop { DesktopId("b") } }));
    QVERIFY(plan.message.find("disabled") == 0);
}

void TstReconcile::otherImagesAreReplacedAFewAtATime()
{
    std::vector<DesktopRow> rows { row("a", ready), row("b", ready), row("c", ready),
        row("d", started), row("e", intended), row("f", ready, used) };
    for (DesktopRow& one : rows)
        one.desktop.incarnation.image = ImageId("old");
    Limits limits;
    limits.startsAtOnce = 2;
    const Plan plan = reconcile(healthy(ward(5, 9), rows), at(5s), limits);
    std::set<DesktopId> endings;
    for (const BeginEnding& ending : allOf<BeginEnding>(plan)) {
        QVERIFY(ending.reason == EndReason::imageChanged);
        endings.insert(ending.desktop);
    }
    // The two that are of no use yet, and two of the ready ones; nobody's desktop is touched.
    QVERIFY(endings.contains(DesktopId("d")));
    QVERIFY(endings.contains(DesktopId("e")));
    QVERIFY(!endings.contains(DesktopId("f")));
    QCOMPARE(endings.size(), std::size_t(4));
    QVERIFY(allOf<StartDomain>(plan).empty());
    // While two with the new image are on their way, the others wait.
    rows[0] = row("a", started);
    rows[1] = row("b", intended);
    rows.resize(3);
    QVERIFY(allOf<BeginEnding>(reconcile(healthy(ward(3, 9), rows), at(5s), limits)).empty());
}

void TstReconcile::endReasonsFollowTheLease()
{
    const std::pair<CloseReason, EndReason> pairs[] = {
        { CloseReason::loggedOff, EndReason::loggedOff },
        { CloseReason::neverConnected, EndReason::neverConnected },
        { CloseReason::restarted, EndReason::restarted },
        { CloseReason::endedByAdmin, EndReason::recycledByAdmin },
        { CloseReason::desktopLost, EndReason::domainGone },
    };
    for (const auto& [closed, reason] : pairs) {
        DesktopRow one = row("a", ready, LeasePhase::closed);
        one.lease->closeReason = closed;
        QVERIFY(reconcile(healthy(ward(1, 1), { one }), at(5s), {}).actions
            == (std::vector<Action> { BeginEnding { DesktopId("a"), Incarnation(3), reason } }));
    }
    // A desktop that had been ready did not fail to start when it is gone.
    DesktopRow unready = row("a", started);
    unready.desktop.incarnation.unreadyAt = at(3s);
    PoolView view = healthy(ward(1, 1), { unready });
    view.domains->clear();
    QVERIFY(reconcile(view, at(5s), {}).actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::domainGone } }));
}

void TstReconcile::neverConnectedIsFreedByTime_R6()
{
    Limits limits;
    limits.neverConnectedAfter = 5min;
    PoolView view = healthy(ward(0, 1), { row("a", ready, LeasePhase::unconnected) });
    const WallTime granted = view.desktops.front().lease->grantedAt;
    QVERIFY(reconcile(view, granted + 5min - 1ms, limits).actions.empty());
    const Plan plan = reconcile(view, granted + 5min, limits);
    QVERIFY(plan.actions
        == (std::vector<Action> { CloseLease { LeaseId("lease-a"), CloseReason::neverConnected },
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::neverConnected } }));
    // Once connected, time does nothing, also when no client is there any more.
    PoolView connected = healthy(ward(0, 1), { row("a", ready, used) });
    connected.desktops.front().lease->connectedAt.reset();
    connected.desktops.front().lease->disconnectedAt = at(10s);
    QVERIFY(reconcile(connected, at(1000h), limits).actions.empty());
    // The agent of an unconnected lease may be away: the same time, the same end.
    PoolView away = healthy(ward(0, 1), { row("a", started, LeasePhase::unconnected) });
    QVERIFY(reconcile(away, granted + 1min, limits).actions.empty());
    QCOMPARE(reconcile(away, granted + 5min, limits).actions.size(), std::size_t(2));
}

void TstReconcile::givenOutAndNotReadyIsGivenUp_R6()
{
    PoolView view = healthy(ward(0, 1), { row("a", started, LeasePhase::unconnected) });
    DesktopRow& one = view.desktops.front();
    one.desktop.incarnation.unreadyAt = one.lease->grantedAt + 20s;
    const WallTime since = *one.desktop.incarnation.unreadyAt;
    QVERIFY(reconcile(view, since + neverReadyAfter - 1ms, {}).actions.empty());
    QVERIFY(reconcile(view, since + neverReadyAfter, {}).actions
        == (std::vector<Action> { CloseLease { LeaseId("lease-a"), CloseReason::neverReady },
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::becameUnready } }));
    // Somebody has been inside, and what is open in there is theirs (R7).
    view.desktops.front() = row("a", started, used);
    view.desktops.front().desktop.incarnation.unreadyAt = since;
    QVERIFY(reconcile(view, since + 1000h, {}).actions.empty());
}

void TstReconcile::notReadyInTimeFails()
{
    Limits limits;
    limits.readyWithin = 120s;
    PoolView view = healthy(ward(1, 1), { row("a", started) });
    const WallTime since = *view.desktops.front().desktop.incarnation.startedAt;
    QVERIFY(reconcile(view, since + 120s - 1ms, limits).actions.empty());
    QVERIFY(reconcile(view, since + 120s, limits).actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::failedToStart } }));
}

void TstReconcile::lostReadinessGetsTime()
{
    PoolView view = healthy(ward(1, 1), { row("a", started) });
    view.desktops.front().desktop.incarnation.unreadyAt = at(10h);
    QVERIFY(reconcile(view, at(10h + 119s), {}).actions.empty());
    QVERIFY(reconcile(view, at(10h + 120s), {}).actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::becameUnready } }));
}

void TstReconcile::startsAreLimited()
{
    Limits limits;
    limits.startsAtOnce = 3;
    const std::vector<DesktopRow> rows { row("a", started), row("b", intended), row("c", intended),
        row("d", intended), row("e", intended) };
    const Plan plan = reconcile(healthy(ward(5, 9), rows), at(5s), limits);
    QVERIFY(plan.actions
        == (std::vector<Action> { StartDomain { DesktopId("b"), Incarnation(3) },
            StartDomain { DesktopId("c"), Incarnation(3) } }));
    // A domain that runs already is completed whatever the limit says.
    PoolView crashed = healthy(ward(5, 9), rows);
    crashed.domains->push_back(domainOf(rows[4]));
    limits.startsAtOnce = 1;
    QVERIFY(reconcile(crashed, at(5s), limits).actions
        == (std::vector<Action> { StartDomain { DesktopId("e"), Incarnation(3) } }));
}

void TstReconcile::failedStartsPauseLonger()
{
    Limits limits;
    limits.retryPause = 2s;
    limits.longestRetryPause = 60s;
    QVERIFY(pauseAfter(1, limits) == 2s);
    QVERIFY(pauseAfter(2, limits) == 4s);
    QVERIFY(pauseAfter(5, limits) == 32s);
    QVERIFY(pauseAfter(6, limits) == 60s);
    QVERIFY(pauseAfter(1'000'000'000, limits) == 60s);
    const PoolView view = healthy(ward(1, 1), { failed("a", 2, at(10s)) });
    QVERIFY(reconcile(view, at(14s - 1ms), limits).actions.empty());
    QVERIFY(reconcile(view, at(14s), limits).actions
        == (std::vector<Action> { StartDomain { DesktopId("a"), Incarnation(3) } }));
}

void TstReconcile::threeFailuresHoldThePool()
{
    PoolView view = healthy(ward(4, 9), { failed("a", 3, at(10s)), row("b", intended) });
    const Plan plan = reconcile(view, at(11s), {});
    QVERIFY(plan.actions.empty()); // neither the others nor new ones
    QCOMPARE(plan.message,
        std::string("held: a failed to start 3 times in a row; it is tried again after growing "
                    "pauses. The last error: no memory left"));
    view.desktops[0].desktop.incarnation.startAttempts = 2;
    QVERIFY(!reconcile(view, at(11s), {}).actions.empty());
    // Set aside by a person, it holds nobody.
    view = healthy(ward(4, 9), { failed("a", 3, at(10s)), row("b", intended) });
    view.desktops[0].desktop.quarantinedAt = at(10s);
    QVERIFY(!reconcile(view, at(11s), {}).actions.empty());
    // The one with the most failures is named; no error, no empty words.
    DesktopRow worse = failed("c", 5, at(9s));
    worse.desktop.incarnation.lastError.clear();
    view = healthy(ward(4, 9), { failed("a", 3, at(10s)), worse, failed("d", 4, at(8s)) });
    QCOMPARE(reconcile(view, at(11s), {}).message,
        std::string("held: c failed to start 5 times in a row; it is tried again after growing "
                    "pauses"));
}

void TstReconcile::aHeldPoolProbesOnce()
{
    Limits limits;
    limits.retryPause = 2s;
    limits.startsAtOnce = 5;
    PoolView view = healthy(
        ward(4, 9), { failed("a", 3, at(10s)), failed("b", 3, at(7s)), failed("c", 3, at(9s)) });
    QVERIFY(reconcile(view, at(18s - 1ms), limits).actions.empty());
    // One attempt, on the one that failed longest ago.
    QVERIFY(reconcile(view, at(18s), limits).actions
        == (std::vector<Action> { StartDomain { DesktopId("b"), Incarnation(3) } }));
    // What was set aside is not waited for.
    PoolView aside = view;
    aside.desktops.push_back(failed("d", 9, at(17s)));
    aside.desktops.back().desktop.quarantinedAt = at(17s);
    QCOMPARE(reconcile(aside, at(18s), limits).actions.size(), std::size_t(1));
    // The clock went back behind the last failure: that is no reason to wait for it again.
    QCOMPARE(reconcile(view, at(8s), limits).actions.size(), std::size_t(1));
    // While the probe boots there is no second one.
    view.desktops[1].desktop.incarnation.startedAt = at(18s);
    view.domains->push_back(domainOf(view.desktops[1]));
    QVERIFY(reconcile(view, at(19s), limits).actions.empty());
}

void TstReconcile::oneBadDesktopHoldsNobody()
{
    DesktopRow good = row("b", ready, used);
    good.desktop.incarnation.readyAt = at(8s);
    PoolView view = healthy(ward(2, 9), { failed("a", 3, at(10s)), good, row("c", intended) });
    const Plan plan = reconcile(view, at(11s), {});
    QVERIFY(
        plan.actions == (std::vector<Action> { StartDomain { DesktopId("c"), Incarnation(3) } }));
    QVERIFY(plan.message.empty());
    // One that was ready before the failing began says nothing about the host now.
    view.desktops[1].desktop.incarnation.readyAt = at(-1s);
    QVERIFY(reconcile(view, at(11s), {}).actions.empty());
}

void TstReconcile::aHeldPoolKeepsTheImagesItHas()
{
    DesktopRow old = row("b", ready, LeasePhase::none, at(-10s));
    old.desktop.incarnation.image = ImageId("old");
    const Plan plan = reconcile(healthy(ward(2, 9), { failed("a", 3, at(10s)), old }), at(11s), {});
    QVERIFY(plan.actions.empty());
}

void TstReconcile::clocksThatGoBack_R10()
{
    QVERIFY(!isOver(at(10s), 1s, at(5s)));
    QVERIFY(!isOver(at(10s), 0s, at(5s)));
    QVERIFY(isOver(at(10s), 0s, at(10s)));
    QVERIFY(reconcile(healthy(ward(1, 1), { row("a", started) }), at(-1h), {}).actions.empty());
    QVERIFY(
        reconcile(healthy(ward(0, 1), { row("a", ready, LeasePhase::unconnected) }), at(-1h), {})
            .actions.empty());
    // A failure "in the future" must not stop starts for as long as the clock went back.
    QCOMPARE(reconcile(healthy(ward(1, 1), { failed("a", 1, at(10h)) }), at({}), {}).actions.size(),
        std::size_t(1));
    QCOMPARE(reconcile(healthy(ward(1, 1), { failed("a", 3, at(10h)) }), at({}), {}).actions.size(),
        std::size_t(1));
    DesktopRow undated = failed("a", 3, at(1s));
    undated.desktop.incarnation.lastFailureAt.reset();
    QCOMPARE(
        reconcile(healthy(ward(1, 1), { undated }), at(1s), {}).actions.size(), std::size_t(1));
    DesktopRow counted = failed("a", 0, at(1s));
    QCOMPARE(
        reconcile(healthy(ward(1, 1), { counted }), at(1s), {}).actions.size(), std::size_t(1));
}

void TstReconcile::aShareOfThoseInUse()
{
    PoolView view = healthy(ward(1, 90), { row("a", ready) });
    view.pool.sparePercent = 20;
    QVERIFY(reconcile(view, at(5s), {}).actions.empty());
    for (int i = 0; i < 6; ++i)
        view.desktops.push_back(row("used-" + std::to_string(i), ready, used));
    view = healthy(view.pool, view.desktops);
    const Plan plan = reconcile(view, at(5s), {}); // 20 % of 6 is more than one
    QCOMPARE(allOf<AddDesktop>(plan).size(), std::size_t(1));
    QCOMPARE(plan.inUse, std::int64_t(6));
    QCOMPARE(plan.wished, std::int64_t(2));
}

void TstReconcile::theMinimumCountsThoseInUse()
{
    Pool pool = ward(1, 9);
    pool.min = 4;
    const Plan plan
        = reconcile(healthy(pool, { row("a", ready, used), row("b", ready) }), at(5s), {});
    QCOMPARE(allOf<AddDesktop>(plan).size(), std::size_t(2));
}

void TstReconcile::theForecastAddsToNothing()
{
    PoolView view = healthy(ward(2, 9), { row("a", ready), row("b", ready) });
    view.target = targetOf(view.pool, {}, 0);
    view.target->forecast = 5;
    QCOMPARE(allOf<AddDesktop>(reconcile(view, at(5s), {})).size(), std::size_t(3));
    view.target->forecast = 1; // the larger of the two counts
    QVERIFY(reconcile(view, at(5s), {}).actions.empty());
    view.target->forecast = 500; // never beyond the maximum
    QCOMPARE(allOf<AddDesktop>(reconcile(view, at(5s), {})).size(), std::size_t(7));
}

void TstReconcile::theCalendarsMaximumThrowsNobodyOut_R7()
{
    PoolView view
        = healthy(ward(1, 9), { row("a", ready, used), row("b", ready, used), row("c", ready) });
    PoolSizes night;
    night.max = 1;
    view.target = targetOf(view.pool, night, 0);
    const Plan plan = reconcile(view, at(5s), {});
    QCOMPARE(allOf<BeginEnding>(plan).size(), std::size_t(1)); // the free one alone
    QCOMPARE(allOf<BeginEnding>(plan).front().desktop, view.desktops[2].desktop.id);
    QVERIFY(allOf<CloseLease>(plan).empty());
}

void TstReconcile::whatIsKeptIsNeitherStartedNorEnded()
{
    PoolView view = healthy(ward(1, 9),
        { row("a", ready), row("b", ready), row("c", started), row("d", intended),
            row("e", ended) });
    view.target = targetOf(view.pool, {}, 0);
    view.target->keep = 9;
    const Plan plan = reconcile(view, at(5s), {});
    // Those that run stay; what would have to be started for it does not.
    QVERIFY(allOf<StartDomain>(plan).empty());
    QVERIFY(allOf<BeginIncarnation>(plan).empty());
    QVERIFY(allOf<AddDesktop>(plan).empty());
    QCOMPARE(allOf<BeginEnding>(plan).size(), std::size_t(1));
    QCOMPARE(allOf<BeginEnding>(plan).front().desktop, view.desktops[3].desktop.id);
    QCOMPARE(allOf<RemoveDesktop>(plan).size(), std::size_t(1));
    view.target->keep = 2; // and the surplus over what is kept goes
    QCOMPARE(allOf<BeginEnding>(reconcile(view, at(5s), {})).size(), std::size_t(2));
    view.pool.enabled = false; // switched off means off
    QCOMPARE(allOf<BeginEnding>(reconcile(view, at(5s), {})).size(), std::size_t(4));
}

void TstReconcile::aBootStormIsOneOfAllPools()
{
    PoolView view
        = healthy(ward(3, 9), { row("a", intended), row("b", intended), row("c", intended) });
    Limits limits;
    limits.startsAtOnce = 3;
    limits.startsPerHost = 4;
    QCOMPARE(allOf<StartDomain>(reconcile(view, at(5s), limits)).size(), std::size_t(3));
    view.bootingElsewhere[HostId()] = 3;
    QCOMPARE(allOf<StartDomain>(reconcile(view, at(5s), limits)).size(), std::size_t(1));
    view.bootingElsewhere[HostId()] = 4;
    QVERIFY(allOf<StartDomain>(reconcile(view, at(5s), limits)).empty());
    view.bootingElsewhere = { { HostId("another"), 40 } };
    QCOMPARE(allOf<StartDomain>(reconcile(view, at(5s), limits)).size(), std::size_t(3));
}

void TstReconcile::withoutATargetNothingIsDifferent()
{
    PoolView plain = healthy(ward(2, 9),
        { row("a", ready, used), row("b", ready), row("c", started), row("d", intended) });
    PoolView targeted = plain;
    targeted.target = targetOf(plain.pool, {}, 0);
    QVERIFY(reconcile(plain, at(5s), {}) == reconcile(targeted, at(5s), {}));
}

QTEST_GUILESS_MAIN(TstReconcile)
#include "tst_reconcile.moc"
