// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/lease/leasemachine.h"

#include <QTest>
#include <rapidcheck.h>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;

namespace {

WallTime at(std::chrono::milliseconds sinceStart)
{
    return WallTime(1'000'000s) + sinceStart;
}

Lease granted()
{
    LeaseRequest request;
    request.organisation = OrganisationId("org");
    request.pool = PoolId("ward");
    request.user = UserId("nurse");
    request.terminal = "ward 3";
    request.newLease = LeaseId("lease");
    request.now = at({});
    Desktop desktop;
    desktop.id = DesktopId("desktop");
    desktop.incarnation.number = Incarnation(4);
    return openLease(request, desktop, Epoch(10), 0);
}

LeaseTransition good(const Lease& lease, const LeaseEvent& event, WallTime now)
{
    Result<LeaseTransition> result = transition(lease, event, now);
    if (!result)
        qFatal("%s", result.error().detail.c_str());
    return std::move(*result);
}

std::vector<LeaseEffect> ending(EndReason reason)
{
    return { DropClients {}, EndIncarnation { DesktopId("desktop"), Incarnation(4), reason } };
}

/// Any event, with numbers around those of granted().
LeaseEvent anyEvent()
{
    const Epoch epoch(*rc::gen::inRange(8LL, 16LL));
    const Incarnation incarnation(*rc::gen::inRange(3LL, 6LL));
    switch (*rc::gen::inRange(0, 9)) {
    case 0:
        return LeaseAsked { epoch, "terminal" };
    case 1:
        return LeaseConnected { epoch };
    case 2:
        return LeaseDisconnected {};
    case 3:
        return LeaseLoggedOff { incarnation };
    case 4:
        return LeaseDomainLost { incarnation };
    case 5:
        return LeaseRestartRequested {};
    case 6:
        return LeaseEndedByAdmin {};
    case 7:
        return LeaseReviewed { epoch };
    default:
        return LeaseTimeChecked { 5min };
    }
}

}

class TstLeaseMachine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aGrantMakesALease();
    void askingAgainRaisesTheEpoch_R3();
    void connectingNeedsTheNewestEpoch_R3();
    void disconnectingLocks_S7();
    void evidenceClosesTheLease_R6_data();
    void evidenceClosesTheLease_R6();
    void evidenceOfAnotherIncarnationIsStale_R3();
    void timeFreesOnlyWhatWasNeverConnected_R6();
    void reviewShutsTheDoor_R3();
    void afterTheEnd();
    void closeOfIsIdempotent();
    void inASharedDesktopOnlyTheAccountEnds_R1();
    void anyHistory();
};

void TstLeaseMachine::aGrantMakesALease()
{
    const Lease lease = granted();
    QCOMPARE(lease.id, LeaseId("lease"));
    QCOMPARE(lease.organisation, OrganisationId("org"));
    QCOMPARE(lease.pool, PoolId("ward"));
    QCOMPARE(lease.user, UserId("nurse"));
    QCOMPARE(lease.desktop, DesktopId("desktop"));
    QCOMPARE(lease.incarnation, Incarnation(4));
    QCOMPARE(lease.epoch, Epoch(10));
    QCOMPARE(lease.terminal, std::string("ward 3"));
    QCOMPARE(lease.grantedAt, at({}));
    QVERIFY(!lease.firstConnectedAt && !lease.connectedAt && !lease.closedAt);
}

void TstLeaseMachine::askingAgainRaisesTheEpoch_R3()
{
    const LeaseTransition next = good(granted(), LeaseAsked { Epoch(11), "ward 7" }, at(1s));
    QCOMPARE(next.lease.epoch, Epoch(11));
    QCOMPARE(next.lease.terminal, std::string("ward 7"));
    QVERIFY(next.effects == std::vector<LeaseEffect> { IssueCredential { Epoch(11) } });
    for (const long long old : { 9LL, 10LL }) {
        const auto stale = transition(granted(), LeaseAsked { Epoch(old), "x" }, at(1s));
        QVERIFY(!stale);
        QCOMPARE(stale.error().code, Errc::stale);
    }
}

void TstLeaseMachine::connectingNeedsTheNewestEpoch_R3()
{
    for (const long long other : { 9LL, 11LL }) {
        const auto stale = transition(granted(), LeaseConnected { Epoch(other) }, at(1s));
        QVERIFY(!stale);
        QCOMPARE(stale.error().code, Errc::stale);
    }
    Lease lease = good(granted(), LeaseConnected { Epoch(10) }, at(1s)).lease;
    QVERIFY(lease.firstConnectedAt == at(1s));
    QVERIFY(lease.connectedAt == at(1s));
    lease = good(lease, LeaseDisconnected {}, at(2s)).lease;
    lease = good(lease, LeaseConnected { Epoch(10) }, at(3s)).lease;
    QVERIFY(lease.firstConnectedAt == at(1s));
    QVERIFY(lease.connectedAt == at(3s));
    QVERIFY(!lease.disconnectedAt);
}

void TstLeaseMachine::disconnectingLocks_S7()
{
    const Lease lease = good(granted(), LeaseConnected { Epoch(10) }, at(1s)).lease;
    const LeaseTransition next = good(lease, LeaseDisconnected {}, at(2s));
    QVERIFY(next.effects == std::vector<LeaseEffect> { LockSession {} });
    QVERIFY(!next.lease.connectedAt);
    QVERIFY(next.lease.disconnectedAt == at(2s));
    QVERIFY(!next.lease.closedAt); // R7
    const LeaseTransition again = good(next.lease, LeaseDisconnected {}, at(3s));
    QVERIFY(again.effects.empty());
    QVERIFY(again.lease.disconnectedAt == at(2s));
}

void TstLeaseMachine::evidenceClosesTheLease_R6_data()
{
    QTest::addColumn<int>("event");
    QTest::newRow("logged off") << 0;
    QTest::newRow("domain lost") << 1;
    QTest::newRow("restart") << 2;
    QTest::newRow("admin") << 3;
}

void TstLeaseMachine::evidenceClosesTheLease_R6()
{
    QFETCH(int, event);
    const LeaseEvent events[] = { LeaseLoggedOff { Incarnation(4) },
        LeaseDomainLost { Incarnation(4) }, LeaseRestartRequested {}, LeaseEndedByAdmin {} };
    const CloseReason closes[] = { CloseReason::loggedOff, CloseReason::desktopLost,
        CloseReason::restarted, CloseReason::endedByAdmin };
    const EndReason ends[] = { EndReason::loggedOff, EndReason::domainGone, EndReason::restarted,
        EndReason::recycledByAdmin };
    const Lease lease = good(granted(), LeaseConnected { Epoch(10) }, at(1s)).lease;
    const LeaseTransition next = good(lease, events[event], at(2s));
    QVERIFY(next.lease.closedAt == at(2s));
    QVERIFY(next.lease.closeReason == closes[event]);
    QVERIFY(!next.lease.connectedAt);
    QVERIFY(next.effects == ending(ends[event]));
}

void TstLeaseMachine::evidenceOfAnotherIncarnationIsStale_R3()
{
    for (const LeaseEvent& event : { LeaseEvent(LeaseLoggedOff { Incarnation(3) }),
             LeaseEvent(LeaseDomainLost { Incarnation(5) }) }) {
        const auto stale = transition(granted(), event, at(1s));
        QVERIFY(!stale);
        QCOMPARE(stale.error().code, Errc::stale);
    }
}

void TstLeaseMachine::timeFreesOnlyWhatWasNeverConnected_R6()
{
    const LeaseTimeChecked check { 5min };
    QVERIFY(!good(granted(), check, at(5min - 1ms)).lease.closedAt);
    QVERIFY(!good(granted(), check, at(-1h)).lease.closedAt);
    const LeaseTransition over = good(granted(), check, at(5min));
    QVERIFY(over.lease.closeReason == CloseReason::neverConnected);
    QVERIFY(over.effects == ending(EndReason::neverConnected));
    Lease lease = good(granted(), LeaseConnected { Epoch(10) }, at(1s)).lease;
    lease = good(lease, LeaseDisconnected {}, at(2s)).lease;
    QVERIFY(!good(lease, check, at(1000h)).lease.closedAt);
}

void TstLeaseMachine::reviewShutsTheDoor_R3()
{
    const LeaseTransition reviewed = good(granted(), LeaseReviewed { Epoch(11) }, at(5min));
    QCOMPARE(reviewed.lease.epoch, Epoch(11));
    QVERIFY(reviewed.effects.empty());
    QVERIFY(!reviewed.lease.closedAt);
    QCOMPARE(transition(reviewed.lease, LeaseConnected { Epoch(10) }, at(6min)).error().code,
        Errc::stale);
    // Not of what somebody has come to, and never back.
    const Lease used = good(granted(), LeaseConnected { Epoch(10) }, at(1s)).lease;
    QCOMPARE(transition(used, LeaseReviewed { Epoch(11) }, at(5min)).error().code, Errc::stale);
    QCOMPARE(
        transition(granted(), LeaseReviewed { Epoch(10) }, at(5min)).error().code, Errc::stale);
    const Lease closed = good(granted(), LeaseEndedByAdmin {}, at(1s)).lease;
    QCOMPARE(transition(closed, LeaseReviewed { Epoch(11) }, at(5min)).error().code, Errc::stale);
}

void TstLeaseMachine::afterTheEnd()
{
    const Lease lease = good(granted(), LeaseEndedByAdmin {}, at(1s)).lease;
    const auto asked = transition(lease, LeaseAsked { Epoch(11), "x" }, at(2s));
    QVERIFY(!asked);
    QCOMPARE(asked.error().code, Errc::conflict);
    const auto connected = transition(lease, LeaseConnected { Epoch(10) }, at(2s));
    QVERIFY(!connected);
    QCOMPARE(connected.error().code, Errc::stale);
    const LeaseEvent quiet[] = { LeaseDisconnected {}, LeaseLoggedOff { Incarnation(4) },
        LeaseDomainLost { Incarnation(9) }, LeaseRestartRequested {}, LeaseEndedByAdmin {},
        LeaseTimeChecked { 0s } };
    for (const LeaseEvent& event : quiet) {
        const LeaseTransition next = good(lease, event, at(2s));
        QVERIFY(next.effects.empty());
        QVERIFY(next.lease.closedAt == at(1s));
        QVERIFY(next.lease.closeReason == CloseReason::endedByAdmin);
    }
}

void TstLeaseMachine::closeOfIsIdempotent()
{
    const LeaseTransition first = closeOf(granted(), CloseReason::loggedOff, at(1s));
    QVERIFY(first.effects == ending(EndReason::loggedOff));
    const LeaseTransition second = closeOf(first.lease, CloseReason::desktopLost, at(2s));
    QVERIFY(second.effects.empty());
    QVERIFY(second.lease.closeReason == CloseReason::loggedOff);
}

void TstLeaseMachine::inASharedDesktopOnlyTheAccountEnds_R1()
{
    Lease lease = granted();
    lease.seat = 3;
    const std::vector<LeaseEffect> expected { DropClients {},
        EndSeat { DesktopId("desktop"), Incarnation(4), 3 } };
    for (const LeaseEvent& event : { LeaseEvent(LeaseLoggedOff { Incarnation(4) }),
             LeaseEvent(LeaseDomainLost { Incarnation(4) }), LeaseEvent(LeaseRestartRequested {}),
             LeaseEvent(LeaseEndedByAdmin {}) })
        QVERIFY(good(lease, event, at(1s)).effects == expected);
    QVERIFY(closeOf(lease, CloseReason::forcedRollout, at(1s)).effects == expected);
}

void TstLeaseMachine::anyHistory()
{
    QVERIFY(rc::check("after any events the lease keeps its promises", [] {
        Lease lease = granted();
        int endings = 0;
        const int steps = *rc::gen::inRange(0, 40);
        for (int step = 0; step < steps; ++step) {
            const WallTime now = at(std::chrono::seconds(*rc::gen::inRange(0, 600)));
            const LeaseEvent event = anyEvent();
            const Lease before = lease;
            const Result<LeaseTransition> next = transition(lease, event, now);
            if (!next) {
                RC_ASSERT(next.error().code == Errc::stale || next.error().code == Errc::conflict);
                continue;
            }
            lease = next->lease;
            for (const LeaseEffect& effect : next->effects)
                endings += std::holds_alternative<EndIncarnation>(effect) ? 1 : 0;
            // Whose it is and what it is of never changes (R1); the epoch only grows (R3).
            RC_ASSERT(lease.id == before.id && lease.user == before.user);
            RC_ASSERT(lease.desktop == before.desktop && lease.incarnation == before.incarnation);
            RC_ASSERT(lease.epoch >= before.epoch);
            RC_ASSERT(lease.grantedAt == before.grantedAt);
            // A first connection stays known; an end stays an end.
            RC_ASSERT(
                !before.firstConnectedAt || lease.firstConnectedAt == before.firstConnectedAt);
            RC_ASSERT(!before.closedAt || lease.closedAt == before.closedAt);
            RC_ASSERT(lease.closedAt.has_value() == lease.closeReason.has_value());
            RC_ASSERT(!lease.connectedAt || lease.firstConnectedAt);
            RC_ASSERT(!lease.connectedAt || !lease.disconnectedAt);
            RC_ASSERT(!lease.connectedAt || !lease.closedAt);
            // Time alone never ends what somebody was connected to (R6).
            if (lease.closeReason == CloseReason::neverConnected)
                RC_ASSERT(!lease.firstConnectedAt.has_value());
        }
        RC_ASSERT(endings == (lease.closedAt ? 1 : 0));
    }));
}

QTEST_GUILESS_MAIN(TstLeaseMachine)
#include "tst_leasemachine.moc"
