// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

/// The world's clock begins on Tuesday, 2023-11-14, at 22:13:20 UTC.
wire::EntitlementItem item(const std::string& subject, const std::string& name = {})
{
    wire::EntitlementItem made;
    made.subject = subject;
    if (!name.empty())
        made.name = name;
    return made;
}

/// A ward with two ready desktops that nobody is entitled to, its administrator and a nurse.
class AccessWorld : public World
{
public:
    AccessWorld()
        : pool(addPool("Ward", 2, 4))
        , admin(addUser("admin", Role::administrator))
        , nurse(addUser("nurse"))
    {
        pool.timeZone = "UTC";
        std::ignore = store.updatePool(pool);
        std::ignore = let({});
        bootDesktops();
    }
    Result<wire::PoolAccessItem> let(const std::vector<wire::EntitlementItem>& entitlements,
        const std::optional<std::int64_t>& limit = {},
        const std::optional<std::string>& version = {})
    {
        return await<wire::PoolAccessItem>([&](Done<wire::PoolAccessItem> done) {
            access.change(admin, "Ward", { entitlements, limit, version }, std::move(done));
        });
    }
    wire::PoolAccessItem shown()
    {
        return await<wire::PoolAccessItem>([&](Done<wire::PoolAccessItem> done) {
            access.show(admin, "Ward", std::move(done));
        }).value();
    }
    wire::AccessCheck check(const std::string& terminal)
    {
        return await<wire::AccessCheck>([&](Done<wire::AccessCheck> done) {
            access.check(admin, { "Ward", "nurse", terminal }, std::move(done));
        }).value();
    }
    Result<wire::UserGroupItem> group(const wire::NewUserGroup& wanted)
    {
        return await<wire::UserGroupItem>(
            [&](Done<wire::UserGroupItem> done) { groups.add(admin, wanted, std::move(done)); });
    }
    Result<wire::UserGroupItem> members(
        const std::string& name, const wire::UserGroupChange& change)
    {
        return await<wire::UserGroupItem>([&](Done<wire::UserGroupItem> done) {
            groups.change(admin, name, change, std::move(done));
        });
    }
    Result<wire::TerminalGroupItem> terminals(const wire::NewTerminalGroup& wanted)
    {
        return await<wire::TerminalGroupItem>([&](Done<wire::TerminalGroupItem> done) {
            groups.addTerminals(admin, wanted, std::move(done));
        });
    }
    std::vector<wire::DesktopTile> tiles(const Principal& who)
    {
        return await<wire::DesktopList>(
            [&](Done<wire::DesktopList> done) { connections.list(who, std::move(done)); })
            .value()
            .desktops;
    }
    Result<wire::Connection> open(const Principal& who)
    {
        return connect(who, pool, "key-number-" + std::to_string(++m_keys));
    }
    Principal nurseAt(const std::string& terminal) const
    {
        Principal moved = nurse;
        moved.terminal = terminal;
        return moved;
    }
    std::string lastAudit()
    {
        const auto records = store.listAudit(organisation, 0, 1000);
        const AuditRecord& last = records->back();
        return last.action + ' ' + last.object + ' ' + last.outcome + ' ' + last.detail;
    }

    Pool pool;
    Principal admin;
    Principal nurse;

private:
    int m_keys = 0;
};

}

/// Who may use which pool, as users and administrators see it.
class tst_PoolAccess : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aNewPoolIsNobodysUnlessAsked_A7();
    void whoIsNotEntitledLearnsNothing_A7();
    void aGroupsMembersMayUseIt();
    void onlyAtItsTerminals();
    void onlyInItsHours();
    void whoIsNotNamedAnyMoreKeepsTheSessionButNotTheWayIn();
    void theLastEveningMayBeFinished();
    void aRefusedTileOffersNoRestart();
    void anUnknownZoneShutsNobodyOutOfWork_R7();
    void atTheLimitOnesOwnIsOpenedAgain();
    void aTicketInFlightIsStillGood();
    void onlyADeliberateChangeIsTaken();
    void authorsAreKept();
    void wrongEntitlementsAreRefusedAndChangeNothing();
    void groupsAreManaged();
    void aPoolsSessionsAreLimited();
    void aUsersSessionsAreLimited();
    void aCheckSaysWhy();
    void anExplanationSaysWho();
};

void tst_PoolAccess::aNewPoolIsNobodysUnlessAsked_A7()
{
    AccessWorld world;
    for (const bool isForAll : { false, true }) {
        wire::NewPool wanted;
        wanted.name = isForAll ? "open" : "closed";
        wanted.image = world.image.name;
        wanted.max = 1;
        if (isForAll)
            wanted.everybody = true;
        QVERIFY(world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
            world.pools.addPool(world.admin, wanted, std::move(done));
        }));
    }
    world.bootDesktops();
    const auto tiles = world.tiles(world.nurse);
    QCOMPARE(tiles.size(), std::size_t(1));
    QCOMPARE(tiles.front().name, std::string("open"));
}

void tst_PoolAccess::whoIsNotEntitledLearnsNothing_A7()
{
    AccessWorld world;
    QVERIFY(world.tiles(world.nurse).empty());
    const auto refused = world.open(world.nurse);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::notFound);
    Pool none = world.pool;
    none.id = PoolId("no-such-pool");
    QVERIFY(world.lastAudit().starts_with("lease.grant Ward notFound ")); // one record of its own
    const auto unknown = world.connect(world.nurse, none, "key-number-99");
    QCOMPARE(unknown.error().code, Errc::notFound);
    QCOMPARE(refused.error().detail, unknown.error().detail);
    Pool byName = world.pool;
    byName.id = PoolId("Ward");
    QCOMPARE(
        world.connect(world.nurse, byName, "key-number-98").error().detail, unknown.error().detail);
    QVERIFY(world.store.listOpenLeasesOf(world.nurse.user.id)->empty());
    // An administrator is a user like any other.
    QVERIFY(world.tiles(world.admin).empty());
}

void tst_PoolAccess::aGroupsMembersMayUseIt()
{
    AccessWorld world;
    QVERIFY(world.group({ "icu", std::vector<std::string> { "nurse" } }));
    QVERIFY(world.let({ item("group", "ICU") })); // case is ignored
    QVERIFY(world.open(world.nurse).value().ticket);
    QCOMPARE(world.open(world.admin).error().code, Errc::notFound);
    QVERIFY(world.members("icu", { {}, std::vector<std::string> { "nurse" } }));
    QCOMPARE(world.open(world.nurse).error().code, Errc::notFound);
    QVERIFY(world.let({ item("group", "icu"), item("user", "nurse") }));
    QVERIFY(world.open(world.nurse).value().ticket);
}

void tst_PoolAccess::onlyAtItsTerminals()
{
    AccessWorld world;
    QVERIFY(world.terminals({ "ICU", { "icu-*" } }));
    wire::EntitlementItem there = item("everybody");
    there.terminals = "icu";
    QVERIFY(world.let({ there }));
    const auto refused = world.open(world.nurseAt("er-1"));
    QCOMPARE(refused.error().code, Errc::forbidden);
    QCOMPARE(
        refused.error().detail, std::string("'Ward' may be opened only at the terminals of ICU."));
    const auto tile = world.tiles(world.nurseAt("er-1")).front();
    QCOMPARE(tile.state, wire::TileState::unavailable);
    QCOMPARE(tile.message, std::string("Only at the terminals of ICU."));
    const auto opened = world.open(world.nurseAt("ICU-7"));
    QVERIFY(opened && opened->ticket);
    QVERIFY(world.redeem(world.nurseAt("ICU-7"), *opened->ticket));
    // The session does not move to where it must not be opened, and moves within the group.
    QCOMPARE(world.open(world.nurseAt("er-1")).error().code, Errc::forbidden);
    QVERIFY(world.open(world.nurseAt("icu-8")).value().ticket);
}

void tst_PoolAccess::onlyInItsHours()
{
    AccessWorld world;
    wire::EntitlementItem item1 = item("everybody");
    item1.days = "daily";
    item1.from = "07:00";
    item1.to = "22:15";
    QVERIFY(world.let({ item1 }));
    QVERIFY(world.open(world.nurse).value().ticket); // 22:13
    world.advance(3min);
    // Work that is begun may be finished; nothing new is begun.
    QVERIFY(world.open(world.nurse).value().ticket);
    const Principal doctor = world.addUser("doctor");
    const auto refused = world.open(doctor);
    QCOMPARE(refused.error().code, Errc::forbidden);
    QCOMPARE(
        refused.error().detail, std::string("'Ward' may be opened again at 2023-11-15 07:00."));
    QCOMPARE(world.tiles(doctor).front().message, std::string("Again at 2023-11-15 07:00."));
    QCOMPARE(world.tiles(doctor).front().state, wire::TileState::unavailable);
}

void tst_PoolAccess::whoIsNotNamedAnyMoreKeepsTheSessionButNotTheWayIn()
{
    AccessWorld world;
    QVERIFY(world.let({ item("user", "nurse") }));
    const auto opened = world.open(world.nurse);
    QVERIFY(opened && opened->ticket && world.redeem(world.nurse, *opened->ticket));
    QVERIFY(world.shown().outside.empty());
    const auto changed = world.let({ item("user", "admin") });
    QVERIFY(changed->outside == std::vector<std::string> { "nurse" });
    QCOMPARE(changed->openSessions, std::int64_t(1));
    QCOMPARE(world.store.listOpenLeasesOf(world.nurse.user.id)->size(), std::size_t(1));
    QCOMPARE(world.open(world.nurse).error().code, Errc::notFound);
    const auto tile = world.tiles(world.nurse).front();
    QCOMPARE(tile.state, wire::TileState::unavailable);
    QVERIFY(tile.message.find("goes on until it is logged off") != std::string::npos);
}

void tst_PoolAccess::theLastEveningMayBeFinished()
{
    AccessWorld world;
    wire::EntitlementItem item1 = item("everybody");
    item1.days = "tue";
    item1.from = "07:00";
    item1.to = "22:15";
    item1.lastDay = "2023-11-14"; // today, a Tuesday: it never opens again
    QVERIFY(world.let({ item1 }));
    QVERIFY(world.open(world.nurse).value().ticket);
    world.advance(3min);
    QVERIFY(world.open(world.nurse).value().ticket);
    QVERIFY(world.shown().outside.empty());
    QCOMPARE(world.open(world.admin).error().code, Errc::notFound);
}

void tst_PoolAccess::aRefusedTileOffersNoRestart()
{
    AccessWorld world;
    QVERIFY(world.terminals({ "ICU", { "icu-*" } }));
    wire::EntitlementItem there = item("everybody");
    there.terminals = "icu";
    QVERIFY(world.let({ there }));
    QVERIFY(world.open(world.nurseAt("icu-1")).value().ticket);
    QVERIFY(world.tiles(world.nurseAt("icu-2")).front().lease);
    QVERIFY(!world.tiles(world.nurseAt("er-1")).front().lease);
}

void tst_PoolAccess::anUnknownZoneShutsNobodyOutOfWork_R7()
{
    AccessWorld world;
    const Pool other = world.addPool("Office", 1, 1);
    world.bootDesktops();
    wire::EntitlementItem then = item("user", "nurse");
    then.days = "daily";
    then.from = "07:00";
    then.to = "23:00";
    wire::EntitlementItem always = item("user", "admin");
    QVERIFY(world.let({ then, always }));
    QVERIFY(world.open(world.nurse).value().ticket);
    world.pool.timeZone = "Mars/Phobos"; // as on a machine without it
    QVERIFY(world.store.updatePool(world.pool));
    QVERIFY(world.open(world.nurse).value().ticket); // her session
    QVERIFY(world.open(world.admin).value().ticket); // no hours are asked of him
    const Principal doctor = world.addUser("doctor");
    then.name = "doctor";
    QVERIFY(world.let({ then })); // the change is made and told, not half of it
    QCOMPARE(world.shown().outside, (std::vector<std::string> { "admin", "nurse" }));
    const auto refused = world.open(doctor);
    QCOMPARE(refused.error().code, Errc::unavailable);
    QVERIFY(refused.error().detail.find("time zone") != std::string::npos);
    QCOMPARE(world.tiles(doctor).size(), std::size_t(2)); // and the other pool is well
}

void tst_PoolAccess::atTheLimitOnesOwnIsOpenedAgain()
{
    AccessWorld world;
    QVERIFY(world.let({ item("everybody") }, 1));
    QVERIFY(world.store.setUserLimit(world.organisation, 1));
    const auto first = world.connect(world.nurse, world.pool, "the-same-key");
    QVERIFY(first && first->ticket);
    QCOMPARE(world.connect(world.nurse, world.pool, "the-same-key")->lease, first->lease); // R9
    QCOMPARE(world.open(world.nurse)->lease, first->lease);
}

void tst_PoolAccess::aTicketInFlightIsStillGood()
{
    AccessWorld world;
    QVERIFY(world.let({ item("everybody") }));
    const auto opened = world.open(world.nurse);
    QVERIFY(world.let({}));
    QVERIFY(world.redeem(world.nurse, *opened->ticket)); // for thirty seconds
    QCOMPARE(world.connect(world.nurse, world.pool, "key-number-1").error().code, Errc::notFound);
}

void tst_PoolAccess::onlyADeliberateChangeIsTaken()
{
    AccessWorld world;
    const std::string version = world.shown().version;
    QVERIFY(world.let({ item("everybody") }, {}, version));
    const auto late = world.let({}, {}, version);
    QCOMPARE(late.error().code, Errc::conflict);
    QCOMPARE(world.shown().entitlements.size(), std::size_t(1));
    const std::string before = world.shown().version;
    QVERIFY(world.let({ item("everybody") }, 7));
    QVERIFY(world.shown().version != before); // a limit is a change, too
    QVERIFY(world.let({ item("everybody") }));
    QCOMPARE(world.shown().sessionLimit, std::int64_t(7)); // what is not named stays
    QVERIFY(world.lastAudit().starts_with("pool.access Ward done "));
    QVERIFY(world.lastAudit().ends_with("; everybody"));
}

void tst_PoolAccess::authorsAreKept()
{
    AccessWorld world;
    QVERIFY(world.let({ item("everybody") }));
    const auto first = world.shown().entitlements.front();
    QCOMPARE(first.createdBy, std::optional<std::string>("admin"));
    world.advance(1h);
    wire::EntitlementItem forged = first;
    forged.createdBy = "somebody else";
    forged.createdAt = 1;
    QVERIFY(world.let({ item("user", "nurse"), forged }));
    const auto after = world.shown().entitlements;
    QVERIFY(after[1].createdBy == first.createdBy && after[1].createdAt == first.createdAt);
    QCOMPARE(*after[0].createdAt - *first.createdAt, std::int64_t(3600000));
}

void tst_PoolAccess::wrongEntitlementsAreRefusedAndChangeNothing()
{
    AccessWorld world;
    QVERIFY(world.let({ item("everybody") }));
    const auto bad = [&](const wire::EntitlementItem& one, const char* words, Errc code) {
        const auto refused = world.let({ item("user", "nurse"), one });
        return !refused && refused.error().code == code
            && refused.error().detail.find(words) != std::string::npos
            && refused.error().detail.starts_with("entitlement 2: ")
            && world.shown().entitlements.size() == 1;
    };
    const auto with = [](auto change) {
        wire::EntitlementItem one = item("everybody");
        change(one);
        return one;
    };
    QVERIFY(bad(item("nobody"), "'subject'", Errc::invalidArgument));
    QVERIFY(bad(item("user"), "'name' of the user is missing", Errc::invalidArgument));
    QVERIFY(bad(item("group"), "'name' of the group is missing", Errc::invalidArgument));
    QVERIFY(bad(item("user", "ghost"), "no user 'ghost'", Errc::notFound));
    QVERIFY(bad(item("group", "ghosts"), "no group 'ghosts'", Errc::notFound));
    QVERIFY(bad(item("everybody", "x"), "everybody has none", Errc::invalidArgument));
    QVERIFY(bad(with([](auto& one) { one.terminals = "moon"; }), "no terminal group 'moon'",
        Errc::notFound));
    QVERIFY(
        bad(with([](auto& one) { one.days = "mon"; }), "belong together", Errc::invalidArgument));
    const auto hours = [&](const char* days, const char* from, const char* to) {
        return with([&](auto& one) {
            one.days = days;
            one.from = from;
            one.to = to;
        });
    };
    QVERIFY(bad(hours("someday", "07:00", "08:00"), "'days'", Errc::invalidArgument));
    QVERIFY(bad(hours("holidays", "07:00", "08:00"), "weekdays", Errc::invalidArgument));
    QVERIFY(bad(hours("mon", "7", "08:00"), "'from'", Errc::invalidArgument));
    QVERIFY(bad(hours("mon", "07:00", "25:00"), "'to'", Errc::invalidArgument));
    QVERIFY(
        bad(with([](auto& one) { one.firstDay = "soon"; }), "'firstDay'", Errc::invalidArgument));
    QVERIFY(bad(
        with([](auto& one) { one.lastDay = "2026-13-01"; }), "'lastDay'", Errc::invalidArgument));
    QVERIFY(bad(with([](auto& one) {
        one.firstDay = "2026-12-02";
        one.lastDay = "2026-12-01";
    }),
        "is before", Errc::invalidArgument));
    const std::string version = world.shown().version;
    const auto refusedAs
        = [](const auto& result) { return result ? Errc::internal : result.error().code; };
    QCOMPARE(refusedAs(world.let(std::vector<wire::EntitlementItem>(501, item("everybody")))),
        Errc::invalidArgument);
    QCOMPARE(refusedAs(world.let({}, -1)), Errc::invalidArgument);
    QCOMPARE(refusedAs(world.let({}, 100001)), Errc::invalidArgument);
    QCOMPARE(world.shown().version, version);
}

void tst_PoolAccess::groupsAreManaged()
{
    AccessWorld world;
    const auto made = world.group({ "icu", std::vector<std::string> { "NURSE", "admin" } });
    QVERIFY(made && made->members == (std::vector<std::string> { "admin", "nurse" }));
    QCOMPARE(world.group({ "ICU", {} }).error().code, Errc::conflict);
    QCOMPARE(world.group({ "a/b", {} }).error().code, Errc::invalidArgument);
    const auto ghost = world.members("icu", { std::vector<std::string> { "ghost" }, {} });
    QCOMPARE(ghost.error().detail, std::string("There is no user 'ghost'."));
    QVERIFY(world.let({ item("group", "icu") }));
    const auto remove = [&](const std::string& name) {
        return world.await<bool>(
            [&](Done<bool> done) { world.groups.remove(world.admin, name, std::move(done)); });
    };
    const auto named = remove("icu");
    QCOMPARE(named.error().code, Errc::conflict);
    QVERIFY(named.error().detail.find("these pools name it: Ward.") != std::string::npos);
    QVERIFY(world.let({}));
    QVERIFY(remove("Icu"));
    QCOMPARE(remove("icu").error().code, Errc::notFound);
    QVERIFY(world.lastAudit().starts_with("group.delete icu notFound"));
    QVERIFY(world.group({ "er", std::vector<std::string> { "nurse" } }));
    QVERIFY(world.lastAudit().ends_with(", members: nurse")); // A10: who

    QCOMPARE(world.terminals({ "ICU", { "a b" } }).error().code, Errc::invalidArgument);
    QVERIFY(world.terminals({ "ICU", { "icu-*" } }));
    const auto changed = world.await<wire::TerminalGroupItem>([&](auto done) {
        world.groups.changeTerminals(world.admin, "icu", { { "er-*" } }, std::move(done));
    });
    QVERIFY(changed && changed->patterns == std::vector<std::string> { "er-*" });
    const auto list = world.await<wire::ItemList<wire::TerminalGroupItem>>(
        [&](auto done) { world.groups.listTerminals(world.admin, std::move(done)); });
    QVERIFY(list && list->items.size() == 1
        && list->items.front().patterns == std::vector<std::string> { "er-*" });
    QVERIFY(world.await<bool>([&](Done<bool> done) {
        world.groups.removeTerminals(world.admin, "ICU", std::move(done));
    }));
}

void tst_PoolAccess::aPoolsSessionsAreLimited()
{
    AccessWorld world;
    QVERIFY(world.let({ item("everybody") }, 1));
    const Principal doctor = world.addUser("doctor");
    QVERIFY(world.open(world.nurse).value().ticket);
    const auto refused = world.open(doctor);
    QCOMPARE(refused.error().code, Errc::poolFull);
    QCOMPARE(refused.error().detail,
        std::string("'Ward' may have 1 session at the same time, and no more is free. Try again "
                    "later, or ask IT for more."));
    QCOMPARE(world.tiles(doctor).front().state, wire::TileState::full);
    QCOMPARE(world.tiles(world.nurse).front().state, wire::TileState::available);
    QVERIFY(world.let({ item("everybody") }, 0));
    QVERIFY(world.open(doctor).value().ticket);
}

void tst_PoolAccess::aUsersSessionsAreLimited()
{
    AccessWorld world;
    QVERIFY(world.let({ item("everybody") }));
    const Pool other = world.addPool("Office", 1, 1);
    world.bootDesktops();
    const auto limit = [&](std::int64_t sessions) {
        return world.await<wire::LimitsItem>([&](Done<wire::LimitsItem> done) {
            world.access.changeLimits(world.admin, { sessions }, std::move(done));
        });
    };
    QVERIFY(!limit(-1));
    QVERIFY(limit(1));
    QVERIFY(world.open(world.nurse).value().ticket);
    const auto refused = world.connect(world.nurse, other, "another-key");
    QCOMPARE(refused.error().code, Errc::conflict);
    QCOMPARE(refused.error().detail,
        std::string("You have 1 session open, and at most 1 may be open at the same time. Log off "
                    "from one first."));
    for (const auto& tile : world.tiles(world.nurse))
        QCOMPARE(tile.state,
            tile.name == "Office" ? wire::TileState::unavailable : wire::TileState::available);
    QVERIFY(limit(2));
    QVERIFY(world.connect(world.nurse, other, "another-key").value().ticket);
}

void tst_PoolAccess::aCheckSaysWhy()
{
    AccessWorld world;
    auto check = world.check("icu-1");
    QVERIFY(!check.allowed && check.because.size() == 1);
    QVERIFY(world.terminals({ "icu", { "icu-*" } }));
    wire::EntitlementItem there = item("everybody");
    there.terminals = "icu";
    wire::EntitlementItem then = item("user", "nurse");
    then.days = "daily";
    then.from = "07:00";
    then.to = "19:00";
    QVERIFY(world.let({ there, then }));
    check = world.check("icu-1");
    QVERIFY(check.allowed);
    QCOMPARE(check.message, std::string("allowed"));
    QVERIFY(check.because
        == (std::vector<std::string> { "everybody, terminals icu: it holds",
            "user nurse, daily 07:00-19:00: not now, but at 2023-11-15 07:00" }));
    check = world.check("");
    QVERIFY(!check.allowed);
    QCOMPARE(check.message, std::string("'Ward' may be opened again at 2023-11-15 07:00."));
    QCOMPARE(check.because.front(), std::string("everybody, terminals icu: not at this terminal"));
    QVERIFY(world.open(world.nurseAt("icu-1")).value().ticket);
    check = world.check("er-1");
    QVERIFY(check.allowed);
    QCOMPARE(check.because.back(),
        std::string("The user has a session, which may be opened after the hours."));
    QVERIFY(world.store.setUserDisabled(world.nurse.user.id, true));
    QVERIFY(!world.check("icu-1").allowed);
}

void tst_PoolAccess::anExplanationSaysWho()
{
    AccessWorld world;
    const auto explained = [&world] {
        const auto told = world.await<wire::PoolExplanation>(
            [&](auto done) { world.life.explain(world.admin, "Ward", std::move(done)); });
        std::string text;
        for (const auto* part : { &told->now, &told->todo }) {
            for (const std::string& sentence : *part)
                text += sentence + '\n';
        }
        return text;
    };
    const auto says
        = [&](const char* words) { return explained().find(words) != std::string::npos; };
    QVERIFY(says("Nobody may use it"));
    QVERIFY(says("'wardeskctl pool access add Ward --everybody' lets"));
    QVERIFY(world.let({ item("everybody") }));
    QVERIFY(says("Every user may use it."));
    QVERIFY(world.let({ item("user", "nurse") }, 1));
    QVERIFY(says("Who may use it is limited"));
    QVERIFY(says("At most 1 session of it may be open; 0 are."));
    QVERIFY(world.open(world.nurse));
    QVERIFY(says("At most 1 session of it may be open; 1 is."));
    QVERIFY(says("'wardeskctl pool access limit Ward 2' lets one more in"));
}

QTEST_GUILESS_MAIN(tst_PoolAccess)
#include "tst_poolaccess.moc"
