// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/calendar.h"
#include "broker/service/zones.h"
#include "tests/broker/service/world.h"

#include <QtTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

// The world begins on Tuesday, 2023-11-14, at 22:13:20 UTC.

Result<wire::PoolItem> change(World& world, const Principal& who, const wire::PoolChange& wanted)
{
    return world.await<wire::PoolItem>([&](Done<wire::PoolItem> done) {
        world.pools.changePool(who, "Ward", wanted, std::move(done));
    });
}

Result<wire::CalendarItem> setCalendar(
    World& world, const Principal& who, const wire::CalendarChange& wanted)
{
    return world.await<wire::CalendarItem>([&](Done<wire::CalendarItem> done) {
        world.elasticity.setCalendar(who, "Ward", wanted, std::move(done));
    });
}

Result<wire::RosterItem> import(World& world, const Principal& who, const std::string& text)
{
    return world.await<wire::RosterItem>([&](Done<wire::RosterItem> done) {
        world.elasticity.importRoster(who, "Ward", { text }, std::move(done));
    });
}

wire::PoolForecast forecast(World& world, const Principal& who)
{
    return world
        .await<wire::PoolForecast>([&](Done<wire::PoolForecast> done) {
            world.elasticity.showForecast(who, "Ward", std::move(done));
        })
        .value();
}

wire::CalendarWindowItem window(const std::string& from, const std::string& to, std::int64_t spare)
{
    wire::CalendarWindowItem item;
    item.days = "daily";
    item.from = from;
    item.to = to;
    item.spare = spare;
    return item;
}

std::size_t living(World& world)
{
    std::size_t count = 0;
    for (const DesktopRow& row : world.rows())
        count += row.desktop.incarnation.endingAt ? 0 : 1;
    return count;
}

}

/// Calendar, roster and forecast, acted on by the pool keeper.
class tst_Elasticity : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theCalendarSetsSparesAndTakesThemAwayLater();
    void aShareFollowsThoseInUse();
    void theRosterStartsDesktopsBeforeTheShift();
    void badRostersChangeNothing_A10();
    void twoWhoChangeACalendarAtOnce();
    void settingsAreCheckedInWords();
    void anUnknownZoneLosesThePoolNothing();
    void theForecastExplainsAHeldPool();
    void theForecastOfAPlainPool();
    void anotherOrganisationSeesNothing_A7();
};

void tst_Elasticity::theCalendarSetsSparesAndTakesThemAwayLater()
{
    World world;
    world.addPool("Ward", 1, 9);
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::PoolChange zone;
    zone.timeZone = "UTC";
    QVERIFY(change(world, admin, zone));
    world.bootDesktops();
    QCOMPARE(living(world), std::size_t(1));
    const auto set = setCalendar(world, admin, { { window("22:30", "23:00", 4) }, {}, {} });
    QVERIFY2(set.has_value(), set ? "" : set.error().detail.c_str());
    QVERIFY(set->inForce.empty());
    world.advance(10min); // 22:23
    world.bootDesktops();
    QCOMPARE(living(world), std::size_t(1));
    world.advance(8min); // 22:31: a round every half minute sees it
    world.bootDesktops();
    QCOMPARE(living(world), std::size_t(4));
    world.advance(31min); // 23:02: over, but not yet for long
    QCOMPARE(living(world), std::size_t(4));
    world.advance(12min);
    QCOMPARE(living(world), std::size_t(1));
    QCOMPARE(world.countAudit("pool.calendar"), std::size_t(1));
}

void tst_Elasticity::aShareFollowsThoseInUse()
{
    World world;
    const Pool pool = world.addPool("Ward", 1, 9);
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::PoolChange share;
    share.sparePercent = 100;
    share.min = 2;
    QVERIFY(change(world, admin, share));
    world.bootDesktops();
    QCOMPARE(living(world), std::size_t(2)); // the minimum
    for (const char* name : { "anna", "bert", "cleo" }) {
        QVERIFY(world.connect(world.addUser(name), pool, std::string("key-number-") + name));
        world.bootDesktops();
    }
    QCOMPARE(living(world), std::size_t(6));
}

void tst_Elasticity::theRosterStartsDesktopsBeforeTheShift()
{
    World world;
    world.addPool("Ward", 1, 40);
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::PoolChange zone;
    zone.timeZone = "UTC";
    QVERIFY(change(world, admin, zone));
    world.bootDesktops();
    const auto imported
        = import(world, admin, "ward,shift start,heads\nWard 3,2023-11-15 00:00,60\n");
    QVERIFY2(imported.has_value(), imported ? "" : imported.error().detail.c_str());
    QCOMPARE(imported->heads, std::int64_t(60));
    QVERIFY(world.store.listPools()->front().forecast); // a roster is imported to be used
    world.advance(10min);
    world.bootDesktops();
    QCOMPARE(living(world), std::size_t(1)); // more than an hour to go
    for (int minute = 0; minute < 90; ++minute) { // 23:53
        world.advance(1min);
        world.bootDesktops();
    }
    QVERIFY2(living(world) >= 5, qPrintable(QString::number(living(world))));
    for (int minute = 0; minute < 60; ++minute) {
        world.advance(1min);
        world.bootDesktops();
    }
    QCOMPARE(living(world), std::size_t(1)); // nobody came; it is over
    QCOMPARE(world.countAudit("pool.roster"), std::size_t(1));
}

void tst_Elasticity::badRostersChangeNothing_A10()
{
    World world;
    world.addPool("Ward", 1, 9);
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto refused = import(world, admin, "Ward 3,2023-11-15 07:00,12\nWard 4,tomorrow,3\n");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::invalidArgument);
    QVERIFY(
        refused.error().detail.find("line 2: the shift start is 'tomorrow'") != std::string::npos);
    QVERIFY(!world.store.listPools()->front().forecast);
    QCOMPARE(world.countAudit("pool.roster"), std::size_t(1));
    const auto cleared = world.await<bool>(
        [&](Done<bool> done) { world.elasticity.clearRoster(admin, "Ward", std::move(done)); });
    QVERIFY(cleared);
    QCOMPARE(world.countAudit("pool.roster"), std::size_t(2));
}

void tst_Elasticity::twoWhoChangeACalendarAtOnce()
{
    World world;
    world.addPool("Ward", 1, 9);
    const Principal admin = world.addUser("admin", Role::administrator);
    const auto first = setCalendar(world, admin, { { window("06:00", "07:00", 4) }, {}, {} });
    QVERIFY(first);
    wire::CalendarChange next { { window("06:00", "07:00", 5) }, {}, first->version };
    const auto second = setCalendar(world, admin, next);
    QVERIFY(second);
    QVERIFY(second->version != first->version);
    const auto late = setCalendar(world, admin, next); // it still believes in the first one
    QVERIFY(!late);
    QCOMPARE(late.error().code, Errc::conflict);
    QVERIFY(late.error().detail.find("somebody else") != std::string::npos);
}

void tst_Elasticity::settingsAreCheckedInWords()
{
    World world;
    world.addPool("Ward", 1, 9);
    const Principal admin = world.addUser("admin", Role::administrator);
    wire::PoolChange wanted;
    wanted.min = 10;
    QCOMPARE(change(world, admin, wanted).error().code, Errc::invalidArgument);
    wanted = {};
    wanted.sparePercent = -1;
    QCOMPARE(change(world, admin, wanted).error().code, Errc::invalidArgument);
    wanted = {};
    wanted.timeZone = "Berlin";
    const auto zone = change(world, admin, wanted);
    QVERIFY(!zone);
    QVERIFY(zone.error().detail.find("Europe/Berlin is expected") != std::string::npos);
    wire::CalendarWindowItem bad = window("06:00", "07:00", 4);
    bad.max = 10;
    const auto calendar = setCalendar(world, admin, { { bad }, {}, {} });
    QVERIFY(!calendar);
    QVERIFY(calendar.error().detail.find("raise that first") != std::string::npos);
    bad.days = "sometimes";
    const auto days = setCalendar(world, admin, { { window("06:00", "07:00", 1), bad }, {}, {} });
    QVERIFY(!days);
    QVERIFY(days.error().detail.find("window 2: 'days' is wrong: 'sometimes'") == 0);
}

void tst_Elasticity::anUnknownZoneLosesThePoolNothing()
{
    World world;
    Pool pool = world.addPool("Ward", 2, 9);
    world.bootDesktops();
    pool.timeZone = "Nowhere/Else"; // known to the machine that it was set on
    pool.forecast = true;
    QVERIFY(world.store.updatePool(pool));
    world.advance(60s);
    QCOMPARE(living(world), std::size_t(2));
    QVERIFY(world.keeper.messageOf(pool.id).find("'Nowhere/Else'") != std::string::npos);
}

void tst_Elasticity::theForecastExplainsAHeldPool()
{
    World world;
    world.host.failNextStarts(1000, Error { Errc::unavailable, "no memory left on the host" });
    world.addPool("Ward", 1, 9);
    const Principal admin = world.addUser("admin", Role::administrator);
    world.advance(60s);
    const wire::PoolForecast told = forecast(world, admin);
    QVERIFY(told.message.find("held: ") == 0);
    QVERIFY(!told.notes.empty());
    const QString note = QString::fromStdString(told.notes.front());
    QVERIFY2(
        note.startsWith(QStringLiteral("held: no new desktops are started")), qPrintable(note));
    QVERIFY2(note.contains(QStringLiteral("; the next attempt is made in ")), qPrintable(note));
    QVERIFY(note.contains(QStringLiteral("no memory left on the host")));
    QVERIFY(note.contains(QStringLiteral("wardeskctl desktop show ward-01")));
}

void tst_Elasticity::theForecastOfAPlainPool()
{
    World world;
    world.addPool("Ward", 2, 9);
    world.bootDesktops();
    const Principal admin = world.addUser("admin", Role::administrator);
    const wire::PoolForecast told = forecast(world, admin);
    QCOMPARE(told.steps.size(), std::size_t(96));
    QVERIFY(!told.forecast);
    QVERIFY(!told.timeZone.empty());
    QCOMPARE(told.ready, std::int64_t(2));
    for (const wire::ForecastStep& step : told.steps)
        QCOMPARE(step.spares, std::int64_t(2));
}

void tst_Elasticity::anotherOrganisationSeesNothing_A7()
{
    World world;
    world.addPool("Ward", 1, 9);
    Principal stranger = world.addUser("admin", Role::administrator);
    stranger.user.organisation = OrganisationId("another");
    const auto shown = world.await<wire::PoolForecast>([&](Done<wire::PoolForecast> done) {
        world.elasticity.showForecast(stranger, "Ward", std::move(done));
    });
    QVERIFY(!shown);
    QCOMPARE(shown.error().code, Errc::notFound);
    QCOMPARE(setCalendar(world, stranger, {}).error().code, Errc::notFound);
    QCOMPARE(import(world, stranger, "Ward 3,2023-11-15 07:00,12\n").error().code, Errc::notFound);
}

QTEST_GUILESS_MAIN(tst_Elasticity)
#include "tst_elasticity.moc"
