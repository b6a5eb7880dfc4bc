// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using std::chrono::days;
using test::at;
using test::check;
using test::orDie;

namespace {

CalendarWindow weekdayWindow()
{
    CalendarWindow window;
    window.weekdays = 0x1F;
    window.from = 6h + 30min;
    window.to = 8h;
    window.sizes.spare = 20;
    window.sizes.max = 0; // none is not the same as not set
    return window;
}

CalendarWindow dateWindow()
{
    CalendarWindow window;
    window.kind = DayKind::dates;
    window.firstDay = Day(days(20446));
    window.lastDay = Day(days(20448));
    window.from = 22h;
    window.to = 24h;
    window.sizes.sparePercent = 10;
    window.sizes.min = 3;
    return window;
}

}

/// Calendars, rosters and what was metered; each function runs once for each store.
class StoreElasticity : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void thePoolsOwnSettingsComeBack();
    void maintenanceGivesNothingFresh();
    void evidenceIsKept();
    void aCalendarComesBackAsItWas();
    void aCalendarIsReplacedWhole();
    void anotherOrganisationChangesNothing_A7();
    void aRosterReplacesItsDaysOnly();
    void aRosterOutsideItsDaysIsRefused();
    void signInsAreCountedBySlots();
    void bootTimesAreTheNewestFirst();
    void theSitesLoadIsCounted();

private:
    Store& store() { return m_under->store(); }
    std::vector<RosterShift> shifts()
    {
        return orDie(store().listShifts(m_hospital.pool, { at({}), at(days(9)) }));
    }

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
};

void StoreElasticity::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store());
}

void StoreElasticity::thePoolsOwnSettingsComeBack()
{
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    QCOMPARE(pool.sparePercent, std::int64_t(0));
    QCOMPARE(pool.min, std::int64_t(0));
    QVERIFY(!pool.forecast);
    QVERIFY(pool.timeZone.empty());
    pool.sparePercent = 15;
    pool.min = 4;
    pool.forecast = true;
    pool.timeZone = "Europe/Berlin";
    QVERIFY(pool.timers == LifeTimers {}); // an upgrade ends nobody's session
    QVERIFY(!pool.maintenance);
    pool.timers = { .lock = 5min, .disconnect = 30min, .logOff = 16h, .recycle = 1h };
    pool.maintenance = Maintenance { .since = at(1s), .reason = "new disks", .until = at(9s) };
    check(store().updatePool(pool));
    const Pool updated = orDie(store().listPools()).front();
    QVERIFY(updated.timers == pool.timers);
    QVERIFY(updated.maintenance == pool.maintenance);
    pool.maintenance->until.reset();
    check(store().updatePool(pool));
    QVERIFY(orDie(store().listPools()).front().maintenance == pool.maintenance);
    pool.maintenance.reset();
    check(store().updatePool(pool));
    QVERIFY(!orDie(store().listPools()).front().maintenance);
    QCOMPARE(updated.sparePercent, std::int64_t(15));
    QCOMPARE(updated.min, std::int64_t(4));
    QVERIFY(updated.forecast);
    QCOMPARE(updated.timeZone, std::string("Europe/Berlin"));
    pool.id = PoolId("pool-2");
    pool.name = "another";
    check(store().insertPool(pool));
    QCOMPARE(orDie(store().findPool(m_hospital.organisation, pool.id)).min, std::int64_t(4));
}

void StoreElasticity::maintenanceGivesNothingFresh()
{
    m_hospital.addReadyDesktop(store(), "a");
    m_hospital.addReadyDesktop(store(), "b");
    const UserId nurse = m_hospital.addUser(store(), "nurse");
    const UserId doctor = m_hospital.addUser(store(), "doctor");
    const Lease lease = *orDie(store().grant(m_hospital.request(nurse, "key-1"))).lease;
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    pool.maintenance = Maintenance { .since = at(1s), .reason = "new disks", .until = {} };
    check(store().updatePool(pool));
    // Decided where a desktop is taken: who was told before that there is one gets none either.
    QCOMPARE(orDie(store().grant(m_hospital.request(doctor, "key-2"))).outcome,
        GrantOutcome::nothingReady);
    const Grant own = orDie(store().grant(m_hospital.request(nurse, "key-3")));
    QCOMPARE(own.outcome, GrantOutcome::resumed);
    QCOMPARE(own.lease->id, lease.id);
    pool.maintenance.reset();
    check(store().updatePool(pool));
    QCOMPARE(
        orDie(store().grant(m_hospital.request(doctor, "key-4"))).outcome, GrantOutcome::granted);
}

void StoreElasticity::evidenceIsKept()
{
    const DesktopId desktop("desktop-a");
    const auto evidence = [&](Incarnation life, EvidenceKind kind, WallTime when) {
        return Evidence { .organisation = m_hospital.organisation,
            .desktop = desktop,
            .incarnation = life,
            .at = when,
            .kind = kind,
            .by = "broker",
            .reason = "odd \u00fc",
            .seen = "rows\nand more" };
    };
    const Evidence first = evidence(Incarnation(1), EvidenceKind::proof, at(1s));
    const Evidence aside = evidence(Incarnation(1), EvidenceKind::quarantine, at(1s));
    const Evidence third = evidence(Incarnation(3), EvidenceKind::proof, at(3s));
    for (const Evidence& one : { first, aside, third })
        check(store().recordEvidence(one));
    const auto all = orDie(store().listEvidence(desktop, 10));
    QVERIFY((all == std::vector { third, aside, first }));
    QCOMPARE(orDie(store().listEvidence(desktop, 1)).size(), std::size_t(1));
    QVERIFY(orDie(store().listEvidence(DesktopId("other"), 10)).empty());
    QVERIFY(orDie(store().findProof(desktop, Incarnation(2))) == first);
    QVERIFY(orDie(store().findProof(desktop, Incarnation(3))) == third);
    QVERIFY(!orDie(store().findProof(DesktopId("other"), Incarnation(3))));
}

void StoreElasticity::aCalendarComesBackAsItWas()
{
    QVERIFY(orDie(store().findCalendar(m_hospital.pool)) == PoolCalendar {});
    const PoolCalendar calendar { { weekdayWindow(), dateWindow() },
        { { Day(days(20446)), "Christmas Eve" }, { Day(days(20447)), "Weihnachten \u00fc" } } };
    check(store().replaceCalendar(m_hospital.organisation, m_hospital.pool, calendar));
    QVERIFY(orDie(store().findCalendar(m_hospital.pool)) == calendar);
    QVERIFY(orDie(store().findCalendar(PoolId("none"))) == PoolCalendar {});
}

void StoreElasticity::aCalendarIsReplacedWhole()
{
    check(store().replaceCalendar(m_hospital.organisation, m_hospital.pool,
        { { weekdayWindow(), dateWindow() }, { { Day(days(20446)), "a" } } }));
    const PoolCalendar next { { dateWindow() }, {} };
    check(store().replaceCalendar(m_hospital.organisation, m_hospital.pool, next));
    QVERIFY(orDie(store().findCalendar(m_hospital.pool)) == next);
    check(store().replaceCalendar(m_hospital.organisation, m_hospital.pool, {}));
    QVERIFY(orDie(store().findCalendar(m_hospital.pool)) == PoolCalendar {});
}

void StoreElasticity::anotherOrganisationChangesNothing_A7()
{
    const OrganisationId other("org-2");
    std::ignore = orDie(store().ensureOrganisation(other, "another hospital"));
    const PoolCalendar calendar { { weekdayWindow() }, {} };
    check(store().replaceCalendar(m_hospital.organisation, m_hospital.pool, calendar));
    REFUSED(store().replaceCalendar(other, m_hospital.pool, {}), Errc::notFound);
    QVERIFY(orDie(store().findCalendar(m_hospital.pool)) == calendar);
    REFUSED(
        store().replaceShifts(other, m_hospital.pool, { at({}), at(days(1)) }, {}), Errc::notFound);
    REFUSED(store().replaceCalendar(m_hospital.organisation, PoolId("none"), {}), Errc::notFound);
}

void StoreElasticity::aRosterReplacesItsDaysOnly()
{
    const RosterShift first { "Ward 1", at(1h), 10 };
    const RosterShift second { "Ward 1", at(days(1)), 20 };
    const RosterShift third { "Ward 2", at(days(1)), 5 };
    check(store().replaceShifts(m_hospital.organisation, m_hospital.pool, { at({}), at(days(2)) },
        { third, first, second }));
    QVERIFY(shifts() == (std::vector<RosterShift> { first, second, third }));
    const RosterShift changed { "Ward 1", at(days(1) + 1h), 7 };
    check(store().replaceShifts(
        m_hospital.organisation, m_hospital.pool, { at(days(1)), at(days(2)) }, { changed }));
    QVERIFY(shifts() == (std::vector<RosterShift> { first, changed }));
    // The end of a span does not belong to it.
    QVERIFY(orDie(store().listShifts(m_hospital.pool, { at(1h), at(1h) })).empty());
    QCOMPARE(orDie(store().listShifts(m_hospital.pool, { at(1h), at(1h + 1ms) })).size(),
        std::size_t(1));
}

void StoreElasticity::aRosterOutsideItsDaysIsRefused()
{
    const TimeSpan day { at({}), at(days(1)) };
    REFUSED(store().replaceShifts(
                m_hospital.organisation, m_hospital.pool, day, { { "Ward 1", at(days(1)), 1 } }),
        Errc::invalidArgument);
    REFUSED(store().replaceShifts(m_hospital.organisation, m_hospital.pool, day,
                { { "Ward 1", at(1h), 1 }, { "Ward 1", at(1h), 2 } }),
        Errc::conflict);
    QVERIFY(shifts().empty());
}

void StoreElasticity::signInsAreCountedBySlots()
{
    const auto slot = std::chrono::milliseconds(5min);
    const WallTime begin = std::chrono::ceil<std::chrono::hours>(at({}));
    const auto grant = [&](const std::string& user, WallTime when) {
        m_hospital.addReadyDesktop(store(), "ward-" + user);
        const Grant granted = orDie(
            store().grant(m_hospital.request(m_hospital.addUser(store(), user), user, when)));
        QVERIFY(granted.outcome == GrantOutcome::granted);
    };
    grant("anna", begin);
    grant("bert", begin + 5min - 1ms);
    grant("cleo", begin + 10min);
    const auto counts = orDie(store().countSignIns(m_hospital.pool, { begin, begin + 1h }, slot));
    QVERIFY(counts == (std::vector<SignInCount> { { begin, 2 }, { begin + 10min, 1 } }));
    QCOMPARE(orDie(store().countSignIns(m_hospital.pool, { begin, begin + 10min }, slot)).size(),
        std::size_t(1));
    QVERIFY(orDie(store().countSignIns(PoolId("none"), { begin, begin + 1h }, slot)).empty());
    // Coming back to one's own desktop needs no other one.
    std::ignore
        = orDie(store().grant(m_hospital.request(UserId("user-anna"), "again", begin + 20min)));
    QCOMPARE(orDie(store().countSignIns(m_hospital.pool, { begin, begin + 1h }, slot)).size(),
        std::size_t(2));
}

void StoreElasticity::bootTimesAreTheNewestFirst()
{
    QVERIFY(orDie(store().listBootTimes(m_hospital.pool, 10)).empty());
    const auto boot = [&](const std::string& name, std::chrono::seconds time, WallTime started) {
        const Desktop desktop = m_hospital.addDesktop(store(), name);
        check(store().recordStarted(desktop.id, Incarnation(1), started));
        check(store().recordReady(desktop.id, Incarnation(1), "AA", started + time));
    };
    boot("ward-01", 40s, at(0s));
    boot("ward-02", 50s, at(60s));
    boot("ward-03", 30s, at(120s));
    const Desktop slow = m_hospital.addDesktop(store(), "ward-04");
    check(store().recordStarted(slow.id, Incarnation(1), at(180s)));
    QVERIFY(orDie(store().listBootTimes(m_hospital.pool, 2))
        == (std::vector<std::chrono::milliseconds> { 30s, 50s }));
    QCOMPARE(orDie(store().listBootTimes(m_hospital.pool, 10)).size(), std::size_t(3));
}

void StoreElasticity::theSitesLoadIsCounted()
{
    Pool other = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    other.id = PoolId("pool-2");
    other.name = "another";
    check(store().insertPool(other));
    const auto load = [&](const PoolId& pool) { return orDie(store().siteLoad(pool)); };
    QCOMPARE(load(m_hospital.pool).desktops, std::int64_t(0));
    const Desktop booting = m_hospital.addDesktop(store(), "ward-01");
    QCOMPARE(load(other.id).bootingElsewhere, std::int64_t(0)); // not started yet
    check(store().recordStarted(booting.id, Incarnation(1), at(1s)));
    m_hospital.addReadyDesktop(store(), "ward-02");
    QCOMPARE(load(other.id).desktops, std::int64_t(2));
    QCOMPARE(load(other.id).bootingElsewhere, std::int64_t(1));
    QCOMPARE(load(m_hospital.pool).bootingElsewhere, std::int64_t(0)); // its own
    QCOMPARE(orDie(store().listAddresses()).size(), std::size_t(2));
    check(store().quarantine(booting.id, "looked at", at(5s)));
    QCOMPARE(load(other.id).bootingElsewhere, std::int64_t(0)); // set aside: no part of a storm
    check(store().releaseQuarantine(booting.id));
    QCOMPARE(load(other.id).bootingElsewhere, std::int64_t(1));
    check(store().recordReady(booting.id, Incarnation(1), "AA", at(9s)));
    QCOMPARE(load(other.id).bootingElsewhere, std::int64_t(0));
}

QTEST_GUILESS_MAIN(StoreElasticity)
#include "tst_storeelasticity.moc"
