// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

Result<wire::PoolItem> setMaintenance(
    World& world, const Principal& who, const wire::MaintenanceChange& change)
{
    return world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        world.life.setMaintenance(who, "Ward", change, std::move(done));
    });
}

wire::DesktopTile tileOf(World& world, const Principal& who)
{
    const auto list = world.await<wire::DesktopList>(
        [&](Done<wire::DesktopList> done) { world.connections.list(who, std::move(done)); });
    return list && list->desktops.size() == 1 ? list->desktops.front() : wire::DesktopTile {};
}

/// The user's session of the ward, connected.
std::shared_ptr<FakeAgent> use(World& world, const Principal& who, const Pool& pool)
{
    const auto connection = world.connect(who, pool, "key-of-" + who.user.name);
    if (!connection || !connection->ticket || !world.redeem(who, *connection->ticket))
        return nullptr;
    for (const DesktopRow& row : world.rows()) {
        if (!row.lease || row.lease->id.value() != *connection->lease)
            continue;
        auto agent = world.agentOf(row.desktop.name);
        agent->session(wire::SessionState::connected);
        world.settle();
        return agent;
    }
    return nullptr;
}

}

/// What a pool goes through: maintenance, and what its sessions do when they are left alone.
class tst_PoolLife : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void maintenanceGivesNothingNewAndSaysWhy();
    void maintenanceKeepsWhoHasADesktop_R7();
    void maintenanceIsAnActOfItsOwn_A10();
    void aCalendarThatAllowsNoMoreIsNotPreparing();
    void aSessionLeftAloneIsLoggedOff_R6();
    void aTimerEndsNothingOfAnAgentThatIsAway_R7();
    void whoIsBackIsNotLoggedOff_R7();
    void whoAskedAgainHasTheWholeTime();
    void timersNeverEndWhatIsOff();
    void theAgentLearnsTheTimersOfItsPool();
    void aDesktopRestsAfterTheLogOff();
    void newPoolsHaveTheUsualTimers();
    void aProofOfTheResetIsKept_R1();
    void whatAnEarlierUserLeftIsNotReady_R1();
    void theSameKeyTwiceIsNotReady();
    void anAgentThatStopsProvingIsNotBelieved();
    void whatWasSeenIsKeptWithItsRelease_R5();
};

void tst_PoolLife::maintenanceGivesNothingNewAndSaysWhy()
{
    World world;
    Pool pool = world.addPool("Ward", 1, 3);
    pool.timeZone = "Europe/Berlin"; // the world's clock says 23:13 of Tuesday there
    QVERIFY(world.store.updatePool(pool));
    world.bootDesktops();
    const Principal admin = world.addUser("admin", Role::administrator);
    const Principal nurse = world.addUser("nurse");
    const auto set = setMaintenance(
        world, admin, { .on = true, .reason = "the HIS gets a new version", .until = "23:45" });
    QVERIFY(set && set->maintenance);
    QCOMPARE(set->message, std::string("in maintenance: the HIS gets a new version"));
    QCOMPARE(set->ready, std::int64_t(1)); // its spares stay
    const auto refused = world.connect(nurse, pool, "key-number-1");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    QCOMPARE(refused.error().detail,
        std::string("'Ward': In maintenance until 23:45: the HIS gets a new version. Sessions that "
                    "run go on; a new one is possible afterwards."));
    QCOMPARE(tileOf(world, nurse).state, wire::TileState::unavailable);
    QCOMPARE(tileOf(world, nurse).message,
        std::string("In maintenance until 23:45: the HIS gets a new version."));
    // Only an administrator ends it; a time that is over is no promise any more.
    world.advance(2h);
    QCOMPARE(
        tileOf(world, nurse).message, std::string("In maintenance: the HIS gets a new version."));
    QVERIFY(setMaintenance(world, admin, { .on = false, .reason = {}, .until = {} }));
    QCOMPARE(tileOf(world, nurse).state, wire::TileState::available);
    QVERIFY(world.connect(nurse, pool, "key-number-2").value().ticket);
}

void tst_PoolLife::maintenanceKeepsWhoHasADesktop_R7()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 3);
    world.bootDesktops();
    const Principal admin = world.addUser("admin", Role::administrator);
    const Principal nurse = world.addUser("nurse");
    const auto agent = use(world, nurse, pool);
    QVERIFY(agent);
    QVERIFY(setMaintenance(world, admin, { .on = true, .reason = "new disks", .until = {} }));
    QCOMPARE(tileOf(world, nurse).state, wire::TileState::connected);
    agent->session(wire::SessionState::disconnected);
    world.settle();
    const auto again = world.connect(nurse, pool, "key-number-2");
    QVERIFY(again && again->ticket);
    QCOMPARE(again->lease.value_or(""), agent->lease);
    world.advance(1h);
    QVERIFY(!world.store.findLease(world.organisation, LeaseId(agent->lease))->closedAt);
}

void tst_PoolLife::maintenanceIsAnActOfItsOwn_A10()
{
    World world;
    world.addPool("Ward", 1, 3);
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto empty = setMaintenance(world, admin, { .on = true, .reason = "", .until = {} });
    QVERIFY(!empty);
    QCOMPARE(empty.error().code, Errc::invalidArgument);
    const auto over
        = setMaintenance(world, admin, { .on = true, .reason = "x", .until = "2020-01-01 10:00" });
    QVERIFY(!over);
    QCOMPARE(over.error().detail, std::string("'until' is wrong: that time is over"));
    QVERIFY(setMaintenance(world, admin, { .on = true, .reason = "new disks", .until = {} }));
    QCOMPARE(world.countAudit("pool.maintenance"), std::size_t(3));
    QVERIFY(world.audit().back().detail.find("on, because new disks") != std::string::npos);
}

void tst_PoolLife::aCalendarThatAllowsNoMoreIsNotPreparing()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 3);
    world.bootDesktops();
    const Principal nurse = world.addUser("nurse");
    QVERIFY(use(world, nurse, pool));
    CalendarWindow window;
    window.weekdays = 0x7F;
    window.to = 24h;
    window.sizes.max = 1;
    QVERIFY(world.store.replaceCalendar(world.organisation, pool.id, { { window }, {} }));
    world.keeper.forgetBasis(pool.id);
    world.advance(30s);
    const wire::DesktopTile tile = tileOf(world, world.addUser("doctor"));
    QCOMPARE(tile.state, wire::TileState::full);
    QCOMPARE(tile.message,
        std::string("The only desktop of 'Ward' is in use. Try again later, or ask IT for more."));
}

namespace {

/// The nurse's session, left alone from now on, in a pool with this log-off timer.
struct LeftAlone : World
{
    explicit LeftAlone(std::chrono::seconds logOff, std::chrono::seconds recycle = 0s)
    {
        pool.timers = { .lock = 5min, .disconnect = 30min, .logOff = logOff, .recycle = recycle };
        if (!store.updatePool(pool))
            qFatal("the pool cannot be changed");
        bootDesktops();
        agent = use(*this, nurse, pool);
        lease = LeaseId(agent->lease);
        agent->session(wire::SessionState::disconnected);
        settle();
    }
    Lease leaseNow() { return store.findLease(organisation, lease).value(); }

    Pool pool = addPool("Ward", 1, 1);
    const Principal nurse = addUser("nurse");
    std::shared_ptr<FakeAgent> agent;
    LeaseId lease;
};

bool wasAsked(const FakeAgent& agent, wire::AgentCommandKind kind)
{
    return std::any_of(agent.commands.begin(), agent.commands.end(),
        [kind](const wire::AgentCommand& command) { return command.kind == kind; });
}

}

void tst_PoolLife::aSessionLeftAloneIsLoggedOff_R6()
{
    LeftAlone world(1h);
    QCOMPARE(tileOf(world, world.nurse).message,
        std::string("Your session is running. It is logged off in 1 h unless you open it before."));
    world.advance(59min);
    QVERIFY(!wasAsked(*world.agent, wire::AgentCommandKind::logoffUnused));
    QVERIFY(!world.leaseNow().closedAt);
    world.advance(2min);
    QVERIFY(wasAsked(*world.agent, wire::AgentCommandKind::logoffUnused));
    QCOMPARE(world.leaseNow().closeReason, std::optional(CloseReason::loggedOff));
    QCOMPARE(world.countAudit("lease.logOff"), std::size_t(1));
}

void tst_PoolLife::aTimerEndsNothingOfAnAgentThatIsAway_R7()
{
    LeftAlone world(1h);
    world.agent->silent = true;
    world.advance(3h);
    QVERIFY(!world.leaseNow().closedAt);
    world.reports.left(world.agent->identity(), world.agent.get());
    world.advance(3h);
    QVERIFY(!world.leaseNow().closedAt);
    QCOMPARE(world.countAudit("lease.logOff"), std::size_t(0));
}

void tst_PoolLife::whoIsBackIsNotLoggedOff_R7()
{
    LeftAlone world(1h);
    world.agent->state = wire::SessionState::connected; // the broker has not heard of it
    world.advance(2h);
    QVERIFY(wasAsked(*world.agent, wire::AgentCommandKind::logoffUnused));
    QVERIFY(!world.leaseNow().closedAt);
}

void tst_PoolLife::whoAskedAgainHasTheWholeTime()
{
    LeftAlone world(1h);
    world.advance(59min);
    QVERIFY(world.connect(world.nurse, world.pool, "key-number-9"));
    world.advance(30min);
    QVERIFY(!wasAsked(*world.agent, wire::AgentCommandKind::logoffUnused));
    QVERIFY(!world.leaseNow().closedAt);
    world.advance(31min);
    QVERIFY(world.leaseNow().closedAt);
}

void tst_PoolLife::timersNeverEndWhatIsOff()
{
    LeftAlone world(0s);
    QCOMPARE(tileOf(world, world.nurse).message, std::string("Your session is running."));
    world.advance(30h);
    QVERIFY(!wasAsked(*world.agent, wire::AgentCommandKind::logoffUnused));
    QVERIFY(!world.leaseNow().closedAt);
}

void tst_PoolLife::theAgentLearnsTheTimersOfItsPool()
{
    LeftAlone world(1h);
    const auto prepare = std::find_if(world.agent->commands.begin(), world.agent->commands.end(),
        [](const auto& command) { return command.kind == wire::AgentCommandKind::prepare; });
    QVERIFY(prepare != world.agent->commands.end() && prepare->timers);
    QCOMPARE(prepare->timers->lockMs, std::int64_t(300'000));
    QCOMPARE(prepare->timers->disconnectMs, std::int64_t(1'800'000));
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::PoolChange change;
    change.lockAfter = 60;
    const auto changed = world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        world.pools.changePool(admin, "Ward", change, std::move(done));
    });
    QVERIFY(changed);
    QCOMPARE(world.agent->commands.back().kind, wire::AgentCommandKind::timers);
    QCOMPARE(world.agent->commands.back().timers->lockMs, std::int64_t(60'000));
    change.lockAfter = -1;
    QVERIFY(!world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        world.pools.changePool(admin, "Ward", change, std::move(done));
    }));
}

void tst_PoolLife::aDesktopRestsAfterTheLogOff()
{
    LeftAlone world(1h, 20min);
    const DesktopRow before = world.row("ward-01");
    world.agent->session(wire::SessionState::ended);
    world.advance(19min);
    QVERIFY(world.host.has(before.desktop.incarnation.domain));
    QCOMPARE(world.row("ward-01").desktop.incarnation.number, before.desktop.incarnation.number);
    world.advance(2min);
    QVERIFY(!world.host.has(before.desktop.incarnation.domain));
}

void tst_PoolLife::newPoolsHaveTheUsualTimers()
{
    World world;
    const Principal admin = world.addUser("admin", Role::administrator);
    world.addPool("Ward", 1, 2); // with an image
    wire::NewPool wanted;
    wanted.name = "Office";
    wanted.image = world.store.listImages(world.organisation)->front().name;
    wanted.logOffAfter = 0;
    const auto made = world.await<wire::PoolItem>(
        [&](Done<wire::PoolItem> done) { world.pools.addPool(admin, wanted, std::move(done)); });
    QVERIFY(made);
    QCOMPARE(made->lockAfter, std::int64_t(300));
    QCOMPARE(made->disconnectAfter, std::int64_t(1800));
    QCOMPARE(made->logOffAfter, std::int64_t(0));
    QCOMPARE(made->recycleAfter, std::int64_t(0));
}

namespace {

wire::DesktopItem shown(World& world, const Principal& admin)
{
    return world
        .await<wire::DesktopItem>([&](Done<wire::DesktopItem> done) {
            world.desktops.show(admin, "ward-01", std::move(done));
        })
        .value_or(wire::DesktopItem {});
}

wire::ResetProof proofWith(const std::string& key)
{
    wire::ResetProof proof;
    proof.places = { "/tmp" };
    proof.rdpKeySha256 = key;
    return proof;
}

/// A ward of one desktop whose agents show these proofs, one for each incarnation.
struct Proving : World
{
    explicit Proving(std::vector<std::optional<wire::ResetProof>> proofs)
    {
        proofOf = [proofs = std::move(proofs)](const AgentIdentity& agent) {
            const auto index = static_cast<std::size_t>(agent.incarnation.value() - 1);
            return index < proofs.size() ? proofs[index] : std::nullopt;
        };
        addPool("Ward", 1, 1);
        bootDesktops();
    }
    void recycle()
    {
        if (!await<wire::DesktopItem>([&](Done<wire::DesktopItem> done) {
                desktops.recycle(admin, "ward-01", std::move(done));
            }))
            qFatal("it cannot be recycled");
        bootDesktops();
    }
    const Principal admin = addUser("admin", Role::administrator);
};

}

void tst_PoolLife::aProofOfTheResetIsKept_R1()
{
    Proving world({ proofWith("a"), proofWith("b") });
    QCOMPARE(shown(world, world.admin).status, std::string("ready"));
    QCOMPARE(shown(world, world.admin).proof->rdpKeySha256, std::string("a"));
    world.recycle();
    QCOMPARE(shown(world, world.admin).incarnation, std::int64_t(2));
    QCOMPARE(shown(world, world.admin).status, std::string("ready"));
    QCOMPARE(shown(world, world.admin).proof->rdpKeySha256, std::string("b"));
    const auto kept = world.store.listEvidence(DesktopId(shown(world, world.admin).id), 10);
    QCOMPARE(kept->size(), std::size_t(2));
}

void tst_PoolLife::whatAnEarlierUserLeftIsNotReady_R1()
{
    wire::ResetProof dirty = proofWith("b");
    dirty.marks = { "/tmp/.wardesk-incarnation of d 1" };
    Proving world({ proofWith("a"), dirty, proofWith("c") });
    world.recycle();
    const wire::DesktopItem item = shown(world, world.admin);
    QCOMPARE(item.status, std::string("quarantined"));
    QCOMPARE(item.message,
        std::string("Set aside: it was not reset: what an earlier user had is still there "
                    "(/tmp/.wardesk-incarnation of d 1)"));
    QVERIFY(!world.row("ward-01").desktop.incarnation.readyAt);
    QVERIFY(item.evidence && !item.evidence->empty());
    QVERIFY(item.evidence->front().seen.find("\"marks\":[\"/tmp/.wardesk-incarnation of d 1\"]")
        != std::string::npos);
    QVERIFY(item.evidence->front().seen.find("incarnation 1 had shown: ") != std::string::npos);
    QVERIFY(!world
                 .connect(world.addUser("nurse"), world.store.listPools()->front(),
                     "key-1"
                     "234567")
                 .value_or(wire::Connection {})
                 .ticket);
}

void tst_PoolLife::theSameKeyTwiceIsNotReady()
{
    Proving world({ proofWith("a"), proofWith("a") });
    world.recycle();
    QCOMPARE(shown(world, world.admin).message,
        std::string("Set aside: it was not reset: it shows the same RDP key as its incarnation 1"));
    wire::ResetProof before = proofWith("a");
    before.hostKeysSha256 = { "k1", "k2" };
    wire::ResetProof after = proofWith("b");
    after.hostKeysSha256 = { "k2" };
    Proving other({ before, after });
    other.recycle();
    QCOMPARE(shown(other, other.admin).message,
        std::string(
            "Set aside: it was not reset: it shows the same SSH host key as its incarnation 1"));
}

void tst_PoolLife::anAgentThatStopsProvingIsNotBelieved()
{
    Proving old({ std::nullopt, std::nullopt, proofWith("a") });
    old.recycle(); // agents of an older image cannot prove anything
    QCOMPARE(shown(old, old.admin).status, std::string("ready"));
    old.recycle();
    QCOMPARE(shown(old, old.admin).status, std::string("ready"));
    Proving world({ proofWith("a"), std::nullopt });
    world.recycle();
    QCOMPARE(shown(world, world.admin).message,
        std::string("Set aside: its agent shows no proof of the reset, although that of "
                    "incarnation 1 did"));
}

void tst_PoolLife::whatWasSeenIsKeptWithItsRelease_R5()
{
    Proving world({ proofWith("a"), proofWith("b") });
    const auto act = [&](auto method, const auto& body) {
        return world.await<wire::DesktopItem>([&](Done<wire::DesktopItem> done) {
            (world.desktops.*method)(world.admin, "ward-01", body, std::move(done));
        });
    };
    QVERIFY(act(&DesktopAdministration::quarantine, wire::Quarantine { "odd noises" }));
    QVERIFY(!act(&DesktopAdministration::release, wire::QuarantineRelease { "" }));
    QVERIFY(act(&DesktopAdministration::release, wire::QuarantineRelease { "a loose fan" }));
    const wire::DesktopItem item = shown(world, world.admin);
    QCOMPARE(item.evidence->size(), std::size_t(2));
    const wire::EvidenceItem& release = item.evidence->front();
    const wire::EvidenceItem& aside = item.evidence->back();
    QCOMPARE(aside.kind, std::string("quarantine"));
    QCOMPARE(aside.by, std::string("admin"));
    QCOMPARE(aside.reason, std::string("odd noises"));
    QVERIFY(aside.seen.find("database: incarnation 1, domain ") == 0);
    QVERIFY(aside.seen.ends_with("; no lease"));
    QCOMPARE(release.kind, std::string("release"));
    QCOMPARE(release.reason, std::string("a loose fan"));
}

QTEST_GUILESS_MAIN(tst_PoolLife)
#include "tst_poollife.moc"
