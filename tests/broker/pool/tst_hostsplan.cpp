// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/pool/poolrows.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::allOf;
using test::at;
using test::healthy;
using test::row;
using test::ward;

namespace {

constexpr auto intended = IncarnationPhase::intended;
constexpr auto started = IncarnationPhase::started;
constexpr auto ready = IncarnationPhase::ready;
constexpr auto ended = IncarnationPhase::ended;
constexpr auto used = LeasePhase::used;
constexpr auto closed = LeasePhase::closed;

const HostId north("north");
const HostId south("south");

HostView viewOf(const HostId& id, HostSight sight = HostSight::seen)
{
    HostView view;
    view.host.id = id;
    view.host.name = id.value();
    view.sight = sight;
    return view;
}

DesktopRow on(const HostId& host, DesktopRow one)
{
    one.desktop.host = host;
    return one;
}

DesktopRow ending(DesktopRow one)
{
    one.desktop.incarnation.endingAt = at(10s);
    return one;
}

/// North as it is seen, south well; what runs runs.
PoolView view(const Pool& pool, std::vector<DesktopRow> rows, HostSight sightOfNorth)
{
    PoolView made = healthy(pool, std::move(rows));
    for (ObservedDomain& domain : *made.domains) {
        for (const DesktopRow& one : made.desktops) {
            if (one.desktop.id == domain.desktop)
                domain.host = one.desktop.host;
        }
    }
    if (sightOfNorth != HostSight::seen)
        std::erase_if(
            *made.domains, [](const ObservedDomain& domain) { return domain.host == north; });
    made.hosts = { viewOf(north, sightOfNorth), viewOf(south) };
    return made;
}

std::size_t added(const PoolView& pool)
{
    return allOf<AddDesktop>(reconcile(pool, at(1min), {})).size();
}

}

/// A pool on several hosts of which not all are seen.
class TstHostsPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsNotSeenIsLeftAlone_R7_data();
    void whatIsNotSeenIsLeftAlone_R7();
    void whatCounts_data();
    void whatCounts();
    void anotherHostsDomainIsAContradiction_R5();
    void whatRunsTooLongIsEndedWhereItIs();
    void whenTheRoomIsOverTheRestIsNotMade();
    void aLostHostDoesNotHoldThePool();
    void nothingIsSeenAtAll_R7();
    void aRowOfNoHostIsAway();
    void whatComesBackIsNotBegunTwice();
    void drainedHostsKeepSessionsOnly();
    void aDrainWithALimitEndsSessions();
};

void TstHostsPlan::whatIsNotSeenIsLeftAlone_R7_data()
{
    QTest::addColumn<HostSight>("sight");
    QTest::newRow("busy") << HostSight::busy;
    QTest::newRow("away") << HostSight::away;
    QTest::newRow("dead") << HostSight::dead;
}

void TstHostsPlan::whatIsNotSeenIsLeftAlone_R7()
{
    QFETCH(HostSight, sight);
    const std::vector<DesktopRow> rows { on(north, row("a", intended)),
        on(north, row("b", started)), on(north, row("c", ready)), on(north, row("d", ready, used)),
        on(north, row("e", ready, closed)), on(north, ending(row("f", ready))),
        on(north, row("g", ended)) };
    for (const WallTime now : { at(1min), at(100h) }) {
        const Plan plan = reconcile(view(ward(0, 0), rows, sight), now, {});
        QVERIFY(plan.actions.empty());
    }
}

void TstHostsPlan::whatCounts_data()
{
    QTest::addColumn<DesktopRow>("one");
    QTest::addColumn<int>("busy");
    QTest::addColumn<int>("away");
    // A pool of one spare and two at most, one desktop of it on north: how many are made on south.
    DesktopRow aside = on(north, row("a", ready));
    aside.desktop.quarantinedAt = at(5s);
    DesktopRow unready = on(north, row("a", started));
    unready.desktop.incarnation.unreadyAt = at(5s);
    QTest::newRow("ready") << on(north, row("a", ready)) << 0 << 0;
    QTest::newRow("not ready any more") << unready << 0 << 1;
    QTest::newRow("on its way") << on(north, row("a", started)) << 0 << 1;
    QTest::newRow("not begun") << on(north, row("a", intended)) << 0 << 1;
    QTest::newRow("in use") << on(north, row("a", ready, used)) << 1 << 1;
    QTest::newRow("set aside") << aside << 1 << 1;
    QTest::newRow("used") << on(north, row("a", ready, closed)) << 0 << 1;
    QTest::newRow("on its way out") << on(north, ending(row("a", ready))) << 0 << 1;
    QTest::newRow("between two lives") << on(north, row("a", ended)) << 0 << 1;
}

void TstHostsPlan::whatCounts()
{
    QFETCH(DesktopRow, one);
    QFETCH(int, busy);
    QFETCH(int, away);
    QCOMPARE(added(view(ward(1, 2), { one }, HostSight::busy)), std::size_t(busy));
    QCOMPARE(added(view(ward(1, 2), { one }, HostSight::away)), std::size_t(away));
    QCOMPARE(added(view(ward(1, 2), { one }, HostSight::dead)), std::size_t(1));
    // Of dead hosts nothing counts, not even against the maximum; what is in use elsewhere does.
    const bool holdsPlace = one.desktop.quarantinedAt || (one.lease && !one.lease->closedAt);
    QCOMPARE(added(view(ward(1, 1), { one }, HostSight::away)),
        std::size_t(holdsPlace || away == 0 ? 0 : 1));
    QCOMPARE(added(view(ward(1, 1), { one }, HostSight::dead)), std::size_t(1));
}

void TstHostsPlan::anotherHostsDomainIsAContradiction_R5()
{
    PoolView odd = view(ward(1, 2), { on(north, row("a", ready)) }, HostSight::seen);
    odd.domains->front().host = south;
    const auto aside = allOf<QuarantineDesktop>(reconcile(odd, at(1min), {}));
    QCOMPARE(aside.size(), std::size_t(1));
    QVERIFY(aside.front().reason.find("another host") != std::string::npos);
}

void TstHostsPlan::whatRunsTooLongIsEndedWhereItIs()
{
    // The database says that it has ended, and its host still shows it.
    DesktopRow over = on(north, row("a", ended));
    PoolView one = view(ward(0, 1), { over }, HostSight::seen);
    ObservedDomain domain = test::domainOf(over);
    domain.host = north;
    one.domains->push_back(domain);
    const auto strays = allOf<DestroyStray>(reconcile(one, at(1min), {}));
    QVERIFY(strays == (std::vector<DestroyStray> { { domain.uuid, north } }));
}

void TstHostsPlan::whenTheRoomIsOverTheRestIsNotMade()
{
    PoolView full = view(ward(4, 8), {}, HostSight::seen);
    for (HostView& one : full.hosts) {
        one.host.memoryMiB = full.pool.memoryMiB;
        one.host.memoryPercent = 100;
    }
    full.addressesLeft = 99;
    const Plan plan = reconcile(full, at(1min), {});
    QCOMPARE(allOf<AddDesktop>(plan).size(), std::size_t(2));
    QVERIFY(plan.message.find("is full") != std::string::npos);
}

void TstHostsPlan::aLostHostDoesNotHoldThePool()
{
    DesktopRow failed = on(north, row("a", intended));
    failed.desktop.incarnation.startAttempts = 9;
    failed.desktop.incarnation.lastFailureAt = at(50s);
    failed.desktop.incarnation.lastError = "no libvirt";
    QVERIFY(reconcile(view(ward(1, 2), { failed }, HostSight::seen), at(1min), {})
                .message.starts_with("held"));
    const PoolView lost = view(ward(1, 2), { failed }, HostSight::away);
    QVERIFY(reconcile(lost, at(1min), {}).message.empty());
    QCOMPARE(added(lost), std::size_t(1));
}

void TstHostsPlan::nothingIsSeenAtAll_R7()
{
    PoolView none = view(ward(2, 2), { on(north, row("a", ready)) }, HostSight::away);
    none.hosts[1].sight = HostSight::away;
    none.domains.reset();
    const Plan plan = reconcile(none, at(1min), {});
    QVERIFY(plan.actions.empty());
    QVERIFY(!plan.message.empty());
}

void TstHostsPlan::aRowOfNoHostIsAway()
{
    // Its host was taken out of the rows by hand: nothing is known of it.
    PoolView odd = view(ward(1, 2), { on(HostId("gone"), row("a", ready)) }, HostSight::seen);
    odd.domains->clear();
    QVERIFY(reconcile(odd, at(1min), {}).actions.empty());
}

void TstHostsPlan::whatComesBackIsNotBegunTwice()
{
    // One spare is wanted. Ready on north, which is away, and between two lives on south.
    const PoolView one = view(
        ward(1, 2), { on(north, row("a", ready)), on(south, row("b", ended)) }, HostSight::away);
    const Plan plan = reconcile(one, at(1min), {});
    QVERIFY(allOf<BeginIncarnation>(plan).empty());
    QVERIFY(allOf<RemoveDesktop>(plan) == std::vector<RemoveDesktop> { { DesktopId("b") } });
}

void TstHostsPlan::drainedHostsKeepSessionsOnly()
{
    PoolView drained = view(ward(1, 4),
        { on(north, row("a", ready, used)), on(north, row("b", ready)), on(north, row("c", ended)),
            on(north, ending(row("d", ready))) },
        HostSight::seen);
    drained.hosts[0].host.mode = HostMode::draining;
    const Plan plan = reconcile(drained, at(1min), {});
    QVERIFY(allOf<BeginEnding>(plan)
        == (std::vector<BeginEnding> {
            { DesktopId("b"), Incarnation(3), EndReason::hostDrained } }));
    QVERIFY(allOf<RemoveDesktop>(plan) == std::vector<RemoveDesktop> { { DesktopId("c") } });
    QVERIFY(allOf<CloseLease>(plan).empty());
    const auto made = allOf<AddDesktop>(plan);
    QCOMPARE(made.size(), std::size_t(1));
    QVERIFY(made.front().host == south);
    // A spare on a host that is drained and not seen is none: nobody would be given it.
    drained.hosts[0].sight = HostSight::away;
    drained.domains->clear();
    QCOMPARE(added(drained), std::size_t(1));
}

void TstHostsPlan::aDrainWithALimitEndsSessions()
{
    PoolView drained = view(ward(0, 4), { on(north, row("a", ready, used)) }, HostSight::seen);
    drained.hosts[0].host.mode = HostMode::draining;
    drained.hosts[0].host.drainBy = at(1min);
    QVERIFY(reconcile(drained, at(59s), {}).actions.empty());
    const Plan plan = reconcile(drained, at(1min), {});
    QVERIFY(plan.actions
        == (std::vector<Action> { CloseLease { LeaseId("lease-a"), CloseReason::hostDrained },
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::hostDrained } }));
}

QTEST_APPLESS_MAIN(TstHostsPlan)
#include "tst_hostsplan.moc"
