// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "tests/broker/service/world.h"

#include <QTest>
#include <algorithm>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

/// A pool of virtual machines.
Pool addSleepers(World& world, std::int64_t spare, std::int64_t suspended, std::int64_t max,
    PoolKind kind = PoolKind::floating, std::int64_t seats = 1)
{
    Image machine = world.image;
    machine.id = ImageId("machine-1");
    machine.name = "machine";
    machine.kind = ImageKind::qemu;
    std::ignore = world.store.insertImage(machine);
    Pool pool;
    pool.id = PoolId("pool-ward");
    pool.organisation = world.organisation;
    pool.name = "Ward";
    pool.kind = kind;
    pool.seats = seats;
    pool.image = machine.id;
    pool.spare = spare;
    pool.suspended = suspended;
    pool.max = max;
    pool.createdAt = world.clock.wall();
    std::ignore = world.store.insertPool(pool);
    std::ignore = world.store.replaceEntitlements(world.organisation, pool.id, { Entitlement {} });
    world.keeper.wake(pool.id);
    world.settle();
    return pool;
}

std::size_t count(World& world, DesktopStatus status)
{
    const auto rows = world.rows();
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [status](const DesktopRow& row) {
            return statusOf(row.desktop, row.lease ? &*row.lease : nullptr) == status;
        }));
}

std::optional<DesktopRow> first(World& world, DesktopStatus status)
{
    for (const DesktopRow& row : world.rows()) {
        if (statusOf(row.desktop, row.lease ? &*row.lease : nullptr) == status)
            return row;
    }
    return std::nullopt;
}

DomainState stateOf(World& world, const DomainUuid& uuid)
{
    const auto domains = world.host.list();
    for (const ObservedDomain& domain : domains.value()) {
        if (domain.uuid == uuid)
            return domain.state;
    }
    return DomainState::crashed;
}

void boot(World& world)
{
    for (int i = 0; i < 6; ++i) {
        world.bootDesktops();
        world.advance(2s);
    }
}

}

/// Spares that are saved to their hosts' disks: what the pool keeper does of the plans.
class tst_PoolSleep : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatRunsBeyondTheSparesIsSaved();
    void aGrantResumesOne();
    void readinessFromBeforeDoesNotCount();
    void R4_aSaveWhoseAnswerWasLostIsSaidAgain();
    void R4_anotherBrokerTellsTheMachineAgain();
    void aFullDiskLeavesItRunning();
    void whatCannotBeResumedIsMadeAnew();
    void aMessageIsNotRepeated();
    void containersAreRefused();
    void settingsAndCountsAreTold();
    void aSharedDesktopComesBackWithEverySeatFree();
    void aSharedDesktopProvesItsReadinessAnew();
};

void tst_PoolSleep::whatRunsBeyondTheSparesIsSaved()
{
    World world;
    addSleepers(world, 1, 1, 4);
    boot(world);
    QCOMPARE(world.rows().size(), std::size_t(2));
    QCOMPARE(count(world, DesktopStatus::ready), std::size_t(1));
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep && asleep->desktop.incarnation.suspendedAt);
    QCOMPARE(stateOf(world, asleep->desktop.incarnation.domain), DomainState::suspended);
    QVERIFY(!world.agents.isConnected(asleep->desktop.id, asleep->desktop.incarnation.number));
}

void tst_PoolSleep::aGrantResumesOne()
{
    World world;
    const Pool pool = addSleepers(world, 1, 1, 4);
    boot(world);
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep);
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    world.settle();
    const IncarnationFacts facts = world.row(asleep->desktop.name).desktop.incarnation;
    QVERIFY(facts.resumingAt && !facts.readyAt);
    QCOMPARE(facts.number, asleep->desktop.incarnation.number);
    QCOMPARE(stateOf(world, facts.domain), DomainState::running);
    QCOMPARE(world.host.tokenOf(facts.domain), facts.resumingAt->time_since_epoch().count());
    boot(world);
    QVERIFY(world.row(asleep->desktop.name).desktop.incarnation.readyAt);
    QCOMPARE(count(world, DesktopStatus::ready), std::size_t(1));
    QCOMPARE(count(world, DesktopStatus::suspended), std::size_t(1)); // another one behind it
}

void tst_PoolSleep::readinessFromBeforeDoesNotCount()
{
    World world;
    const Pool pool = addSleepers(world, 1, 1, 2);
    boot(world);
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep);
    const auto agent = world.agentOf(asleep->desktop.name);
    agent->resumed.reset();
    // On the disk: whoever speaks for it is not believed.
    QVERIFY(world.agentReturns(*agent));
    QVERIFY(!world.row(asleep->desktop.name).desktop.incarnation.readyAt);
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    world.settle();
    // Resumed: it has not heard of that.
    QVERIFY(world.agentReturns(*agent));
    QVERIFY(!world.row(asleep->desktop.name).desktop.incarnation.readyAt);
    agent->resumed = 1;
    QVERIFY(world.agentReturns(*agent));
    QVERIFY(!world.row(asleep->desktop.name).desktop.incarnation.readyAt);
    agent->resumed = world.host.tokenOf(asleep->desktop.incarnation.domain);
    QVERIFY(world.agentReturns(*agent));
    QVERIFY(world.row(asleep->desktop.name).desktop.incarnation.readyAt);
}

void tst_PoolSleep::R4_aSaveWhoseAnswerWasLostIsSaidAgain()
{
    World world;
    world.host.failNextSuspends(2, Error { Errc::timeout, "no answer" });
    addSleepers(world, 1, 1, 4);
    boot(world);
    world.advance(10s);
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep && asleep->desktop.incarnation.suspendedAt);
    QVERIFY(world.keeper.messageOf(PoolId("pool-ward")).empty());
}

void tst_PoolSleep::R4_anotherBrokerTellsTheMachineAgain()
{
    World world;
    const Pool pool = addSleepers(world, 1, 1, 2);
    boot(world);
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep);
    // A broker has written its intent, has resumed it, and died before anybody was told.
    QVERIFY(world.store.beginResuming(
        asleep->desktop.id, asleep->desktop.incarnation.number, "", world.clock.wall()));
    QVERIFY(world.host.resume(asleep->desktop.incarnation.domain, 0));
    const int before = world.host.resumeCalls();
    world.keeper.wake(pool.id);
    world.settle();
    QCOMPARE(world.host.resumeCalls(), before + 1);
    boot(world);
    QVERIFY(world.row(asleep->desktop.name).desktop.incarnation.readyAt);
}

void tst_PoolSleep::aFullDiskLeavesItRunning()
{
    World world;
    world.host.failNextSuspends(1, Error { Errc::storageFull, "the host's disk is full" });
    const Pool pool = addSleepers(world, 1, 1, 4);
    boot(world);
    QCOMPARE(world.rows().size(), std::size_t(2));
    QCOMPARE(count(world, DesktopStatus::ready), std::size_t(2));
    const std::string message = world.keeper.messageOf(pool.id);
    QVERIFY2(message.find("the host's disk is full") != std::string::npos, message.c_str());
    world.advance(6min); // tried again; what was resumed is left alone for a while
    world.advance(10min);
    boot(world);
    QCOMPARE(count(world, DesktopStatus::suspended), std::size_t(1));
    QVERIFY(world.keeper.messageOf(pool.id).empty());
}

void tst_PoolSleep::whatCannotBeResumedIsMadeAnew()
{
    World world;
    const Pool pool = addSleepers(world, 1, 1, 2);
    boot(world);
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep);
    world.host.failNextResumes(1, Error { Errc::internal, "its memory cannot be read" });
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    world.settle();
    world.advance(10s);
    boot(world);
    const DesktopRow after = world.row(asleep->desktop.name);
    QCOMPARE(
        after.desktop.incarnation.number.value(), asleep->desktop.incarnation.number.value() + 1);
    QVERIFY(after.desktop.incarnation.readyAt);
    QVERIFY(!world.host.has(asleep->desktop.incarnation.domain));
}

void tst_PoolSleep::aMessageIsNotRepeated()
{
    World world;
    const Pool pool = addSleepers(world, 1, 1, 2);
    boot(world);
    QVERIFY(world.connect(world.addUser("nurse"), pool, "key-number-1"));
    world.settle();
    const int calls = world.host.resumeCalls();
    QCOMPARE(calls, 1);
    world.advance(30s); // its agent is slow
    QCOMPARE(world.host.resumeCalls(), calls);
}

void tst_PoolSleep::containersAreRefused()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::NewPool request;
    request.name = "ward";
    request.image = "plain";
    request.suspended = 1;
    const auto made = world.await<wire::PoolItem>(
        [&](Done<wire::PoolItem> done) { world.pools.addPool(admin, request, std::move(done)); });
    QVERIFY(!made);
    QCOMPARE(made.error().code, Errc::invalidArgument);
    QVERIFY(made.error().detail.find("containers") != std::string::npos);
}

void tst_PoolSleep::settingsAndCountsAreTold()
{
    World world;
    const Pool pool = addSleepers(world, 1, 1, 4);
    boot(world);
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::PoolChange change;
    change.suspendedPercent = 30;
    const auto item = world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        world.pools.changePool(admin, pool.id.value(), change, std::move(done));
    });
    QVERIFY2(item, item ? "" : item.error().detail.c_str());
    QCOMPARE(item->suspended, std::int64_t(1));
    QCOMPARE(item->suspendedPercent, std::int64_t(30));
    QCOMPARE(item->suspendedNow, std::int64_t(1));
    QCOMPARE(item->ready, std::int64_t(1));
    const auto told = world.await<wire::PoolExplanation>([&](Done<wire::PoolExplanation> done) {
        world.life.explain(admin, pool.id.value(), std::move(done));
    });
    QVERIFY2(told, told ? "" : told.error().detail.c_str());
    QVERIFY2(told->now.front().find("1 suspended") != std::string::npos, told->now.front().c_str());
}

void tst_PoolSleep::aSharedDesktopComesBackWithEverySeatFree()
{
    World world;
    const Pool pool = addSleepers(world, 2, 2, 8, PoolKind::shared, 2);
    boot(world);
    QCOMPARE(world.rows().size(), std::size_t(2));
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep && asleep->desktop.incarnation.suspendedAt);
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto show = [&] {
        return world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
            world.pools.showPool(admin, pool.id.value(), std::move(done));
        });
    };
    QCOMPARE(show()->ready, std::int64_t(2)); // sessions, as the sizes are
    QCOMPARE(show()->suspendedNow, std::int64_t(2));
    const auto told = world.await<wire::PoolExplanation>([&](Done<wire::PoolExplanation> done) {
        world.life.explain(admin, pool.id.value(), std::move(done));
    });
    QVERIFY2(told->now.front().find("1 desktop is suspended") != std::string::npos,
        told->now.front().c_str());

    const auto leaseOf = [&](const Result<wire::Connection>& connection) {
        return world.store.findLease(world.organisation, LeaseId(connection->lease.value_or("")))
            .value_or(Lease {});
    };
    const Lease anna = leaseOf(world.connect(world.addUser("anna"), pool, "key-number-1"));
    QVERIFY(anna.desktop != asleep->desktop.id);
    boot(world);
    // The one that somebody is in runs on, the other came back, and a third one went to the disk.
    QVERIFY(world.row(asleep->desktop.name).desktop.incarnation.readyAt);
    QCOMPARE(show()->ready, std::int64_t(3));
    QCOMPARE(show()->suspendedNow, std::int64_t(2));
    QVERIFY(!world.store.findDesktop(anna.desktop)->desktop.incarnation.suspendingAt);
    const Lease ben = leaseOf(world.connect(world.addUser("ben"), pool, "key-number-2"));
    QCOMPARE(ben.desktop, asleep->desktop.id);
    QCOMPARE(ben.seat, std::int64_t(1));
    QCOMPARE(ben.incarnation, asleep->desktop.incarnation.number);
}

void tst_PoolSleep::aSharedDesktopProvesItsReadinessAnew()
{
    World world;
    const Pool pool = addSleepers(world, 2, 2, 4, PoolKind::shared, 2);
    boot(world);
    const auto asleep = first(world, DesktopStatus::suspended);
    QVERIFY(asleep);
    const auto agent = world.agentOf(asleep->desktop.name);
    QVERIFY(world.connect(world.addUser("anna"), pool, "key-number-1"));
    world.settle();
    const IncarnationFacts facts = world.row(asleep->desktop.name).desktop.incarnation;
    QVERIFY(facts.resumingAt);
    agent->resumed.reset();
    QVERIFY(world.agentReturns(*agent));
    QVERIFY(!world.row(asleep->desktop.name).desktop.incarnation.readyAt);
    agent->resumed = world.host.tokenOf(facts.domain);
    QVERIFY(world.agentReturns(*agent));
    QVERIFY(world.row(asleep->desktop.name).desktop.incarnation.readyAt);
}

QTEST_GUILESS_MAIN(tst_PoolSleep)
#include "tst_poolsleep.moc"
