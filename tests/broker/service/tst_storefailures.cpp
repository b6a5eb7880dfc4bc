// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"
#include "tests/broker/service/world.h"

#include <QtTest>
#include <functional>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

/// Some life in a hospital with one pool. It waits for what it needs, as people do.
using Story = std::function<void(World&)>;

constexpr int mostTries = 20;

void wait(World& world)
{
    world.bootDesktops();
    world.advance(6s); // what could not be written is tried again after five
    world.bootDesktops();
}

Pool ward(World& world)
{
    return world.store.findPool(world.organisation, PoolId("pool-Ward")).value_or(Pool());
}

Principal principal(World& world, const std::string& name)
{
    User user = world.store.findUser(UserId("user-" + name)).value_or(User());
    return { .user = std::move(user),
        .token = SecretHash("token-" + name),
        .terminal = "ward-1",
        .address = "192.0.2.1",
        .signedInUntil = world.clock.wall() + 12h };
}

/// Asks until there is a desktop, as a client does; empty when there never was one.
LeaseId ask(World& world, const std::string& name, std::string* ticket = nullptr)
{
    for (int tries = 0; tries < mostTries; ++tries) {
        const auto connection = world.connect(
            principal(world, name), ward(world), "key-" + name + '-' + std::to_string(tries));
        if (connection && connection->lease) {
            if (ticket != nullptr)
                *ticket = *connection->ticket;
            return LeaseId(*connection->lease);
        }
        wait(world);
    }
    return {};
}

/// Signs in until the desktop's session is seen by the broker.
LeaseId use(World& world, const std::string& name)
{
    for (int tries = 0; tries < mostTries; ++tries) {
        std::string ticket;
        const LeaseId lease = ask(world, name, &ticket);
        if (world.redeem(principal(world, name), ticket)) {
            for (const DesktopRow& row : world.rows()) {
                if (row.lease && row.lease->id == lease)
                    world.agentOf(row.desktop.name)->session(wire::SessionState::connected);
            }
            wait(world);
            return lease;
        }
        wait(world);
    }
    return {};
}

std::shared_ptr<FakeAgent> agentOf(World& world, const LeaseId& lease)
{
    for (const DesktopRow& row : world.rows()) {
        if (row.lease && row.lease->id == lease)
            return world.agentOf(row.desktop.name);
    }
    return nullptr;
}

void logOff(World& world, const LeaseId& lease)
{
    if (const auto agent = agentOf(world, lease))
        agent->session(wire::SessionState::ended);
    wait(world);
}

/// Of a shared desktop.
LeaseId enter(World& world, const std::string& name)
{
    for (int tries = 0; tries < mostTries; ++tries) {
        std::string ticket;
        const LeaseId id = ask(world, name, &ticket);
        const auto lease = world.store.findLease(world.organisation, id);
        if (lease && world.redeem(principal(world, name), ticket)) {
            const auto row = world.store.findDesktop(lease->desktop);
            world.agentOf(row->desktop.name)->seat(lease->seat, wire::SessionState::connected);
            wait(world);
            return id;
        }
        wait(world);
    }
    return {};
}

void leave(World& world, const LeaseId& id)
{
    const auto lease = world.store.findLease(world.organisation, id);
    const auto row = lease ? world.store.findDesktop(lease->desktop) : Result<DesktopRow>();
    if (row && row->desktop.incarnation.number == lease->incarnation)
        world.agentOf(row->desktop.name)->seat(lease->seat, wire::SessionState::ended);
    wait(world);
}

void aSession(World& world)
{
    const LeaseId lease = use(world, "anna");
    if (const auto agent = agentOf(world, lease))
        agent->session(wire::SessionState::disconnected);
    wait(world);
    std::ignore = use(world, "anna");
    logOff(world, lease);
}

void aLeaseThatNobodyUses(World& world)
{
    std::ignore = ask(world, "anna");
    world.advance(6min);
    wait(world);
}

void somebodyInsideOfWhomNobodyHeard(World& world)
{
    const LeaseId lease = ask(world, "anna");
    if (const auto agent = agentOf(world, lease))
        agent->state = wire::SessionState::disconnected;
    world.advance(6min);
    logOff(world, lease);
}

void aDesktopThatIsLost(World& world)
{
    const LeaseId lease = use(world, "anna");
    for (const DesktopRow& row : world.rows()) {
        if (!row.lease || row.lease->id != lease)
            continue;
        const auto agent = world.agentOf(row.desktop.name);
        world.host.lose(row.desktop.incarnation.domain);
        if (agent)
            world.reports.left(agent->identity(), agent.get());
    }
    wait(world);
}

void startsThatFail(World& world)
{
    world.host.failNextStarts(1, Error { Errc::unavailable, "no room" });
    aSession(world);
}

void aDesktopThatIsNotReadyAnyMore(World& world)
{
    wait(world);
    if (const auto agent = world.agentOf("ward-01")) {
        wire::AgentReport told;
        told.kind = wire::AgentReportKind::ready;
        told.epoch = agent->epoch;
        told.isReady = false;
        agent->report(told);
        world.advance(6s);
        told.isReady = true;
        told.certificateSha256 = agent->certificate;
        agent->report(told);
    }
    wait(world);
}

void aPoolThatShrinksAndGrows(World& world)
{
    wait(world);
    Pool pool = ward(world);
    const std::int64_t spare = std::exchange(pool.spare, 0);
    std::ignore = world.store.updatePool(pool);
    world.keeper.wake(pool.id);
    wait(world);
    pool.spare = spare;
    std::ignore = world.store.updatePool(pool);
    world.keeper.wake(pool.id);
    wait(world);
}

/// The page of tiles, as it is shown between everything else.
void look(World& world, const std::string& name)
{
    world.connections.list(principal(world, name), [](const Result<wire::DesktopList>&) {});
    world.settle();
}

void tilesBeforeDuringAndAfter(World& world)
{
    look(world, "anna");
    const LeaseId lease = use(world, "anna");
    look(world, "anna");
    logOff(world, lease);
    look(world, "anna");
}

/// Refused for the limits, and shown where and when else it could be opened.
void hoursAndLimits(World& world)
{
    std::ignore = world.addUser("bert");
    std::ignore = world.store.setPoolLimit(world.organisation, PoolId("pool-Ward"), 1);
    std::ignore = world.store.setUserLimit(world.organisation, 1);
    Entitlement day;
    day.hours = WeekHours { .weekdays = 0x7F, .from = 0h, .to = 24h };
    day.lastDay = Day(std::chrono::days(40000));
    std::ignore = world.store.replaceEntitlements(world.organisation, PoolId("pool-Ward"), { day });
    const LeaseId lease = use(world, "anna");
    look(world, "bert");
    std::ignore = world.connect(principal(world, "bert"), ward(world), "key-of-bert");
    logOff(world, lease);
    Entitlement over = day;
    over.lastDay = Day(std::chrono::days(1));
    for (const auto& entitlements :
        { std::vector<Entitlement> { over }, std::vector<Entitlement> { day } }) {
        std::ignore = world.store.replaceEntitlements(
            world.organisation, PoolId("pool-Ward"), entitlements);
        look(world, "bert");
        std::ignore = world.connect(principal(world, "bert"), ward(world), "key-of-bert-2");
        world.advance(6min); // what he was given and did not use is taken back
        wait(world);
    }
}

void aPoolThatIsSwitchedOffMeanwhile(World& world)
{
    const LeaseId lease = use(world, "anna");
    Pool pool = ward(world);
    pool.enabled = false;
    std::ignore = world.store.updatePool(pool);
    world.keeper.wake(pool.id);
    std::ignore = use(world, "anna"); // what runs is still hers
    pool.enabled = true;
    std::ignore = world.store.updatePool(pool);
    world.keeper.wake(pool.id);
    logOff(world, lease);
}

void aDomainOfAnEarlierLife(World& world)
{
    aSession(world);
    const DesktopRow row = world.rows().front();
    ObservedDomain left;
    left.uuid = DomainUuid("left-behind");
    left.name = "left-behind";
    left.desktop = row.desktop.id;
    left.pool = row.desktop.pool;
    left.incarnation = Incarnation(row.desktop.incarnation.number.value() - 1);
    left.epoch = Epoch(1);
    world.host.put(left);
    world.advance(31s);
    wait(world);
}

}

Q_DECLARE_METATYPE(Story)
Q_DECLARE_METATYPE(Errc)

/// Each call of the database is made to fail, one at a time, through whole lives of a pool: nothing
/// is given twice, nothing is lost, and what was begun is finished (R4, R14).
class tst_StoreFailures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aPoolRecovers_data();
    void aPoolRecovers();
    void aSharedPoolRecovers();
    void aPoolWithSuspendedSparesRecovers();
    void anAdoptionIsFinished_data();
    void anAdoptionIsFinished();
};

void tst_StoreFailures::aPoolRecovers_data()
{
    QTest::addColumn<Story>("story");
    QTest::addColumn<Errc>("code");
    const auto row = [](const char* name, const Story& story) {
        QTest::newRow(name) << story << Errc::unavailable;
    };
    row("a session", aSession);
    QTest::newRow("a session, full disk") << Story(aSession) << Errc::storageFull;
    row("a lease that nobody uses", aLeaseThatNobodyUses);
    row("somebody inside of whom nobody heard", somebodyInsideOfWhomNobodyHeard);
    row("a desktop that is lost", aDesktopThatIsLost);
    row("starts that fail", startsThatFail);
    row("a desktop that is not ready any more", aDesktopThatIsNotReadyAnyMore);
    row("a pool that shrinks and grows", aPoolThatShrinksAndGrows);
    row("tiles before, during and after", tilesBeforeDuringAndAfter);
    row("hours and limits", hoursAndLimits);
    row("a pool that is switched off meanwhile", aPoolThatIsSwitchedOffMeanwhile);
    row("a domain of an earlier life", aDomainOfAnEarlierLife);
}

void tst_StoreFailures::aPoolRecovers()
{
    QFETCH(Story, story);
    QFETCH(Errc, code);
    bool isOver = false;
    for (int call = 0; !isOver; ++call) {
        World world;
        std::ignore = world.addUser("anna");
        world.failing.failAfter(call, { code, "the test makes it fail" });
        const Pool pool = world.addPool("Ward", 1, 1);
        story(world);
        isOver = !world.failing.hasFailed();
        world.failing.failNothing();
        world.advance(35s); // one look at the host in any case (R5)
        wait(world);
        const std::string what = world.failing.failed() + ", call " + std::to_string(call);
        // The user has nothing open any more, and the pool has what it should have.
        QVERIFY2(world.store.listOpenLeases(world.organisation)->empty(), what.c_str());
        const auto rows = world.rows();
        QVERIFY2(rows.size() == 1, what.c_str());
        const Desktop& desktop = rows.front().desktop;
        QVERIFY2(statusOf(desktop, nullptr) == DesktopStatus::ready, what.c_str());
        QVERIFY2(!desktop.quarantinedAt && !rows.front().lease, what.c_str());
        QVERIFY2(world.host.list()->size() == 1, what.c_str());
        QVERIFY2(world.host.has(desktop.incarnation.domain), what.c_str());
        QVERIFY2(world.keeper.messageOf(pool.id).empty(), what.c_str());
        // R1: whoever comes next has it.
        const LeaseId next = ask(world, "anna");
        QVERIFY2(
            world.store.findLease(world.organisation, next)->desktop == desktop.id, what.c_str());
    }
}

/// Two come into one desktop, and go one after the other.
void tst_StoreFailures::aSharedPoolRecovers()
{
    bool isOver = false;
    for (int call = 0; !isOver; ++call) {
        World world;
        std::ignore = world.addUser("anna");
        std::ignore = world.addUser("ben");
        world.failing.failAfter(call, { Errc::unavailable, "the test makes it fail" });
        const Pool pool = world.addPool("Ward", 1, 2, PoolKind::shared, 2);
        const LeaseId anna = enter(world, "anna");
        const LeaseId ben = enter(world, "ben");
        leave(world, anna);
        const bool bensWasClosed
            = world.store.findLease(world.organisation, ben)->closedAt.has_value();
        leave(world, ben);
        isOver = !world.failing.hasFailed();
        world.failing.failNothing();
        world.advance(35s);
        wait(world);
        const std::string what = world.failing.failed() + ", call " + std::to_string(call);
        QVERIFY2(!bensWasClosed, what.c_str());
        QVERIFY2(world.store.listOpenLeases(world.organisation)->empty(), what.c_str());
        const auto rows = world.rows();
        QVERIFY2(rows.size() == 1, what.c_str());
        const Desktop& desktop = rows.front().desktop;
        QVERIFY2(statusOf(desktop, nullptr) == DesktopStatus::ready, what.c_str());
        QVERIFY2(!desktop.quarantinedAt && !rows.front().lease, what.c_str());
        QVERIFY2(world.host.list()->size() == 1, what.c_str());
        QVERIFY2(world.keeper.messageOf(pool.id).empty(), what.c_str());
        const auto next = world.store.findLease(world.organisation, ask(world, "anna"));
        QVERIFY2(next && next->desktop == desktop.id && next->seat == 1, what.c_str());
    }
}

/// One is given out, and the one behind it is resumed.
void tst_StoreFailures::aPoolWithSuspendedSparesRecovers()
{
    bool isOver = false;
    for (int call = 0; !isOver; ++call) {
        World world;
        std::ignore = world.addUser("anna");
        Image machine = world.image;
        machine.id = ImageId("machine");
        machine.name = "machine";
        machine.kind = ImageKind::qemu;
        std::ignore = world.store.insertImage(machine);
        Pool pool;
        pool.id = PoolId("pool-Ward");
        pool.organisation = world.organisation;
        pool.name = "Ward";
        pool.image = machine.id;
        pool.spare = pool.suspended = 1;
        pool.max = 3;
        pool.createdAt = world.clock.wall();
        std::ignore = world.store.insertPool(pool);
        std::ignore = world.store.replaceEntitlements(world.organisation, pool.id, { {} });
        world.failing.failAfter(call, { Errc::unavailable, "the test makes it fail" });
        world.keeper.wake(pool.id);
        wait(world);
        const LeaseId lease = use(world, "anna");
        logOff(world, lease);
        isOver = !world.failing.hasFailed();
        world.failing.failNothing();
        // What was resumed runs on for a while; then all is as before.
        for (int i = 0; i < 3; ++i) {
            world.advance(11min);
            wait(world);
        }
        const std::string what = world.failing.failed() + ", call " + std::to_string(call);
        QVERIFY2(world.store.listOpenLeases(world.organisation)->empty(), what.c_str());
        int ready = 0;
        int suspended = 0;
        for (const DesktopRow& row : world.rows()) {
            QVERIFY2(!row.desktop.quarantinedAt && !row.lease, what.c_str());
            ready += statusOf(row.desktop, nullptr) == DesktopStatus::ready ? 1 : 0;
            suspended += row.desktop.incarnation.suspendedAt ? 1 : 0;
        }
        QVERIFY2(world.rows().size() == 2 && ready == 1 && suspended == 1, what.c_str());
        QVERIFY2(world.host.list()->size() == 2, what.c_str());
        QVERIFY2(world.keeper.messageOf(pool.id).empty(), what.c_str());
    }
}

void tst_StoreFailures::anAdoptionIsFinished_data()
{
    QTest::addColumn<Story>("loss");
    const auto row = [](const char* name, const Story& story) { QTest::newRow(name) << story; };
    const auto spare = [](World& world) { return world.row("ward-03").desktop.incarnation.domain; };
    const auto change = [spare](World& world, const std::function<void(ObservedDomain&)>& how) {
        const auto running = world.host.list();
        for (ObservedDomain domain : *running) {
            if (domain.uuid != spare(world))
                continue;
            how(domain);
            world.host.put(domain);
        }
    };
    row("a backup", [](World&) {});
    row("a domain of a later time", [change](World& world) {
        change(world, [](ObservedDomain& domain) { domain.epoch = Epoch(5'000'000); });
    });
    row("an agent that is silent", [](World& world) { world.connected.erase("ward-03"); });
    row("two that claim one address", [change](World& world) {
        change(world, [&world](ObservedDomain& domain) {
            domain.address = world.row("ward-02").desktop.address;
        });
    });
}

void tst_StoreFailures::anAdoptionIsFinished()
{
    QFETCH(Story, loss);
    World before;
    std::ignore = before.addUser("anna");
    std::ignore = before.addUser("bert");
    before.addPool("Ward", 1, 3);
    wait(before);
    const LeaseId first = use(before, "anna");
    const MemoryTables backup = before.store.backup();
    logOff(before, first);
    const LeaseId berts = use(before, "bert");
    const LeaseId annas = use(before, "anna");
    const auto lives = before.rows();
    loss(before);

    bool isOver = false;
    for (int call = 0; !isOver; ++call) {
        World after;
        after.failing.failAfter(call, { Errc::unavailable, "the test makes it fail" });
        after.restore(before, backup, before.watermark.value);
        for (int seconds = 0; seconds < 15; ++seconds) {
            after.advance(1s);
            after.agentsReturn(before);
        }
        after.advance(30s);
        isOver = !after.failing.hasFailed();
        after.failing.failNothing();
        after.advance(10s);
        wait(after);
        const std::string what = after.failing.failed() + ", call " + std::to_string(call);
        QVERIFY2(!after.adoption.status(), what.c_str());
        // A10: not twice; and not at all only when the record itself was what failed.
        const std::size_t records = after.countAudit("system.adopted");
        QVERIFY2(records == 1 || (records == 0 && after.failing.failed() == "appendAudit"),
            what.c_str());
        for (const LeaseId& lease : { annas, berts }) {
            const auto then = before.store.findLease(before.organisation, lease);
            const auto now = after.store.findLease(after.organisation, lease);
            QVERIFY2(now && !now->closedAt, what.c_str());
            QVERIFY2(now->user == then->user && now->desktop == then->desktop, what.c_str());
            QVERIFY2(now->incarnation == then->incarnation, what.c_str());
        }
        for (const DesktopRow& row : lives) {
            if (row.lease)
                QVERIFY2(after.host.has(row.desktop.incarnation.domain), what.c_str());
        }
        QVERIFY2(
            after.store.currentEpoch()->value() > before.watermark.value->value(), what.c_str());
    }
}

QTEST_GUILESS_MAIN(tst_StoreFailures)
#include "tst_storefailures.moc"
