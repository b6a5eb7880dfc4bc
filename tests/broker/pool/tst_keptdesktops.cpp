// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/rollout.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::allOf;
using test::at;
using test::healthy;
using test::row;

namespace {

constexpr auto intended = IncarnationPhase::intended;
constexpr auto started = IncarnationPhase::started;
constexpr auto ready = IncarnationPhase::ready;
constexpr auto ending = IncarnationPhase::ending;
constexpr auto ended = IncarnationPhase::ended;
constexpr auto used = LeasePhase::used;
constexpr auto closed = LeasePhase::closed;
constexpr auto none = LeasePhase::none;

Pool research(std::int64_t spare, std::int64_t max)
{
    Pool pool = test::ward(spare, max);
    pool.kind = PoolKind::dedicated;
    return pool;
}

DesktopRow keptFor(const std::string& user, DesktopRow one)
{
    one.desktop.owner = UserId(user);
    return one;
}

DesktopRow of(const ImageId& image, DesktopRow one)
{
    one.desktop.incarnation.image = image;
    return one;
}

Plan plan(const Pool& pool, std::vector<DesktopRow> rows)
{
    return reconcile(healthy(pool, std::move(rows)), at(5s), {});
}

}

/// Desktops of a dedicated pool: kept for their users, and counted apart from the spares.
class TstKeptDesktops : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theyAreNoSpares();
    void theyAreNeverTooMany();
    void afterTheLogOffTheyComeBack();
    void theDiskStaysWhileItIsSomebodys();
    void whatIsNobodysGoesWithItsDisk();
    void theyStartLikeOthers();
    void aDisabledPoolBeginsNone();
    void theMaximumCountsThem();
    void onADrainedHostTheyAreSwitchedOff();
    void aRolloutLeavesTheirVersion();
    void aRolloutIsOverWithoutThem();
};

void TstKeptDesktops::theyAreNoSpares()
{
    const Plan made = plan(research(1, 9), { keptFor("anna", row("a", ready)) });
    QVERIFY(made.actions == std::vector<Action> { AddDesktop {} });
    QVERIFY(plan(research(0, 9), { keptFor("anna", row("a", ready)) }).actions.empty());
    // A share counts them as taken.
    Pool pool = research(0, 9);
    pool.sparePercent = 50;
    QCOMPARE(
        allOf<AddDesktop>(
            plan(pool, { keptFor("anna", row("a", ready)), keptFor("ben", row("b", ready, used)) }))
            .size(),
        std::size_t(1));
}

void TstKeptDesktops::theyAreNeverTooMany()
{
    QVERIFY(plan(
        research(0, 0), { keptFor("anna", row("a", ready)), keptFor("ben", row("b", started)) })
                .actions.empty());
}

void TstKeptDesktops::afterTheLogOffTheyComeBack()
{
    QVERIFY(plan(research(0, 9), { keptFor("anna", row("a", ready, closed)) }).actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::loggedOff } }));
    // With its own version, whatever the pool's is by now.
    QVERIFY(plan(research(0, 9), { of(ImageId("older"), keptFor("anna", row("a", ended, closed))) })
                .actions
        == (std::vector<Action> {
            BeginIncarnation { DesktopId("a"), Incarnation(4), ImageId("older") } }));
}

void TstKeptDesktops::theDiskStaysWhileItIsSomebodys()
{
    DesktopRow one = keptFor("anna", row("a", ending, closed));
    one.desktop.incarnation.disk = DomainUuid("disk-1");
    QVERIFY(plan(research(0, 9), { one }).actions
        == (std::vector<Action> { DestroyDomain {
            DesktopId("a"), Incarnation(3), DomainUuid("uuid-a-3"), DiskFate::kept, {} } }));
}

void TstKeptDesktops::whatIsNobodysGoesWithItsDisk()
{
    DesktopRow one = row("a", ending, closed);
    one.desktop.incarnation.disk = DomainUuid("disk-1");
    QVERIFY(plan(research(0, 9), { one }).actions
        == (std::vector<Action> { DestroyDomain { DesktopId("a"), Incarnation(3),
            DomainUuid("uuid-a-3"), DiskFate::removed, DomainUuid("disk-1") } }));
    // Of a first life it is called like the domain.
    QVERIFY(plan(research(0, 9), { row("a", ending) }).actions
        == (std::vector<Action> { DestroyDomain { DesktopId("a"), Incarnation(3),
            DomainUuid("uuid-a-3"), DiskFate::removed, DomainUuid("uuid-a-3") } }));
    // A floating pool's disks go with their domains.
    QVERIFY(plan(test::ward(0, 9), { row("a", ending) }).actions
        == (std::vector<Action> {
            DestroyDomain { DesktopId("a"), Incarnation(3), DomainUuid("uuid-a-3") } }));
}

void TstKeptDesktops::theyStartLikeOthers()
{
    QVERIFY(plan(research(0, 9), { keptFor("anna", row("a", intended)) }).actions
        == (std::vector<Action> { StartDomain { DesktopId("a"), Incarnation(3) } }));
    // Not more at a time than others.
    Limits limits;
    limits.startsAtOnce = 1;
    const PoolView view = healthy(research(0, 9),
        { keptFor("anna", row("a", intended)), keptFor("ben", row("b", intended)) });
    QCOMPARE(allOf<StartDomain>(reconcile(view, at(5s), limits)).size(), std::size_t(1));
}

void TstKeptDesktops::aDisabledPoolBeginsNone()
{
    Pool pool = research(1, 9);
    pool.enabled = false;
    QVERIFY(
        plan(pool, { keptFor("anna", row("a", ready)), keptFor("ben", row("b", ended, closed)) })
            .actions.empty());
}

void TstKeptDesktops::theMaximumCountsThem()
{
    const Plan full = plan(research(1, 2),
        { keptFor("anna", row("a", ready)), keptFor("ben", row("b", ready, used)) });
    QVERIFY(full.actions.empty());
    QCOMPARE(
        full.message, std::string("at its maximum: 1 in use, 1 kept for their users, 2 allowed"));
}

void TstKeptDesktops::onADrainedHostTheyAreSwitchedOff()
{
    PoolView view = healthy(research(0, 9),
        { keptFor("anna", row("a", ready)), keptFor("ben", row("b", ended)),
            keptFor("cora", row("c", ready, used)) });
    HostView host;
    host.host.id = HostId("north");
    host.host.mode = HostMode::draining;
    host.sight = HostSight::seen;
    view.hosts = { host };
    for (DesktopRow& one : view.desktops)
        one.desktop.host = host.host.id;
    for (ObservedDomain& domain : *view.domains)
        domain.host = host.host.id;
    QVERIFY(reconcile(view, at(5s), {}).actions
        == (std::vector<Action> {
            BeginEnding { DesktopId("a"), Incarnation(3), EndReason::hostDrained } }));
}

void TstKeptDesktops::aRolloutLeavesTheirVersion()
{
    Rollout rollout;
    rollout.from = ImageId("older");
    rollout.to = ImageId("image");
    rollout.state = RolloutState::running;
    rollout.begunAt = at({});
    rollout.mode = RolloutMode::force; // not even then
    rollout.canaryPercent = 100;
    PoolView view = healthy(research(0, 9),
        { of(ImageId("older"), keptFor("anna", row("a", ready))),
            of(ImageId("older"), keptFor("ben", row("b", ready, used))) });
    view.rollout = rollout;
    QVERIFY(reconcile(view, at(5h), {}).actions.empty());
    QCOMPARE(placeOf(rollout, view.desktops.front()), RolloutPlace::kept);
    QCOMPARE(standingOf(rollout, view.desktops).kept, std::int64_t(2));
    QCOMPARE(standingOf(rollout, view.desktops).total, std::int64_t(0));
}

void TstKeptDesktops::aRolloutIsOverWithoutThem()
{
    Rollout rollout;
    rollout.from = ImageId("older");
    rollout.to = ImageId("image");
    rollout.state = RolloutState::running;
    rollout.begunAt = at({});
    const std::vector<DesktopRow> rows { of(ImageId("older"), keptFor("anna", row("a", ready))),
        row("b", ready, none) };
    const auto step = dueStep(rollout, rows, at(5s));
    QVERIFY(step.has_value());
    QCOMPARE(step->next, RolloutState::done);
    QCOMPARE(step->reason,
        std::string("all desktops have the new version but 1 that are kept for their users"));
}

QTEST_GUILESS_MAIN(TstKeptDesktops)
#include "tst_keptdesktops.moc"
