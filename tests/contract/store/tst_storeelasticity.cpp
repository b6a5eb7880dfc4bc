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

/// Calendars, rosters, what was metered, and hosts; each function runs once for each store.
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
    void aHostComesBackAsItWas();
    void configuredHostsAreMadeOnce();
    void onlyAnActiveHostGivesDesktopsOut();
    void whoseHostIsDeadGetsAnother();
    void aHostIsWrittenOffWithItsDesktops();
    void desktopsAreMadeOnActiveHostsOnly();
    void aKeyOfWhatDidNotGetReadyGivesAnother_R9();

private:
    DesktopId addOn(const std::string& name, const HostId& host);
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
    QCOMPARE(load(other.id).hosts[HostId()].booting, std::int64_t(0)); // not started yet
    check(store().recordStarted(booting.id, Incarnation(1), at(1s)));
    m_hospital.addReadyDesktop(store(), "ward-02");
    QCOMPARE(load(other.id).desktops, std::int64_t(2));
    QCOMPARE(load(other.id).hosts[HostId()].booting, std::int64_t(1));
    QCOMPARE(load(m_hospital.pool).hosts[HostId()].booting, std::int64_t(0)); // its own
    QCOMPARE(orDie(store().listAddresses()).size(), std::size_t(2));
    check(store().quarantine(booting.id, "looked at", at(5s)));
    QCOMPARE(
        load(other.id).hosts[HostId()].booting, std::int64_t(0)); // set aside: no part of a storm
    check(store().releaseQuarantine(booting.id));
    QCOMPARE(load(other.id).hosts[HostId()].booting, std::int64_t(1));
    check(store().recordReady(booting.id, Incarnation(1), "AA", at(9s)));
    QCOMPARE(load(other.id).hosts[HostId()].booting, std::int64_t(0));
}

namespace {

Host hostCalled(const std::string& name)
{
    Host host;
    host.id = HostId("host-" + name);
    host.name = name;
    host.uri = "lxc+tls://" + name + "/system";
    host.memoryPercent = 400;
    host.processorPercent = 800;
    host.labels = { { "gpu", "yes" }, { "rack", "2" } };
    host.modeAt = host.createdAt = at(1s);
    host.modeBy = "admin";
    return host;
}

}

void StoreElasticity::aHostComesBackAsItWas()
{
    Host host = hostCalled("north");
    check(store().insertHost(host));
    QVERIFY(orDie(store().listHosts()) == std::vector<Host> { host });
    Host twin = hostCalled("south");
    twin.uri = host.uri;
    REFUSED(store().insertHost(twin), Errc::conflict);
    twin = hostCalled("south");
    twin.name = host.name;
    REFUSED(store().insertHost(twin), Errc::conflict);

    check(store().recordHostCapacity(host.id, { 65536, 32 }));
    check(store().setHostDead(host.id, at(7s)));
    host.mode = HostMode::draining;
    host.drainBy = at(99s);
    host.labels.clear();
    host.name = "renamed";
    check(store().updateHost(host));
    REFUSED(store().updateHost(host), Errc::stale); // made from a row that is older now
    const Host changed = orDie(store().listHosts()).front();
    QCOMPARE(changed.memoryMiB, std::int64_t(65536)); // what libvirt tells stays
    QVERIFY(changed.deadAt == std::optional(at(7s)));
    QVERIFY(changed.mode == HostMode::draining && changed.drainBy == std::optional(at(99s)));
    QCOMPARE(changed.version, std::int64_t(2));
    check(store().removeHost(host.id));
    QVERIFY(orDie(store().listHosts()).empty());
    REFUSED(store().removeHost(host.id), Errc::notFound);
}

void StoreElasticity::configuredHostsAreMadeOnce()
{
    // A desktop of a time before hosts were rows.
    const Desktop old = m_hospital.addDesktop(store(), "ward-01");
    Host machines = hostCalled("machines");
    machines.kind = ImageKind::qemu;
    const Host north = hostCalled("north");
    check(store().ensureHosts({ machines, north }));
    QCOMPARE(orDie(store().findDesktop(old.id)).desktop.host, north.id);
    Host again = north; // another process makes another id for it
    again.id = HostId("made-up");
    Host namesake = hostCalled("south");
    namesake.name = north.name;
    check(store().ensureHosts({ again, namesake }));
    const auto hosts = orDie(store().listHosts());
    QCOMPARE(hosts.size(), std::size_t(3));
    QCOMPARE(hosts[2].name, std::string("north-2"));
    REFUSED(store().removeHost(north.id), Errc::conflict);
    Desktop desktop = m_hospital.desktop("ward-02");
    desktop.host = namesake.id;
    orDie(store().addDesktop(desktop, m_hospital.firstAddress, m_hospital.lastAddress));
    SiteLoad load = orDie(store().siteLoad(m_hospital.pool));
    const Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    QCOMPARE(load.hosts[namesake.id].desktops, std::int64_t(1));
    QCOMPARE(load.hosts[north.id].memoryMiB, pool.memoryMiB);
    QCOMPARE(load.desktops, std::int64_t(2));
}

void StoreElasticity::onlyAnActiveHostGivesDesktopsOut()
{
    Host host = hostCalled("north");
    check(store().insertHost(host));
    Desktop desktop = m_hospital.desktop("ward-01");
    desktop.host = host.id;
    orDie(store().addDesktop(desktop, m_hospital.firstAddress, m_hospital.lastAddress));
    check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
    check(store().recordReady(desktop.id, Incarnation(1), "AA", at(2s)));
    const UserId user = m_hospital.addUser(store(), "nurse");
    const auto ask = [&](const std::string& key) {
        LeaseRequest request = m_hospital.request(user, key);
        request.newLease = LeaseId("lease-" + key);
        return orDie(store().grant(request));
    };
    host.mode = HostMode::draining;
    check(store().updateHost(host));
    QCOMPARE(ask("while-draining").outcome, GrantOutcome::nothingReady);
    host.mode = HostMode::active;
    ++host.version;
    check(store().updateHost(host));
    check(store().setHostDead(host.id, at(5s)));
    QCOMPARE(ask("while-dead").outcome, GrantOutcome::nothingReady);
    check(store().setHostDead(host.id, std::nullopt));
    QCOMPARE(ask("at-last").outcome, GrantOutcome::granted);
}

/// A desktop on that host, ready.
DesktopId StoreElasticity::addOn(const std::string& name, const HostId& host)
{
    Desktop desktop = m_hospital.desktop(name);
    desktop.host = host;
    orDie(store().addDesktop(desktop, m_hospital.firstAddress, m_hospital.lastAddress));
    check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
    check(store().recordReady(desktop.id, Incarnation(1), "AA", at(2s)));
    return desktop.id;
}

void StoreElasticity::whoseHostIsDeadGetsAnother()
{
    check(store().insertHost(hostCalled("north")));
    check(store().insertHost(hostCalled("south")));
    const DesktopId lost = addOn("ward-01", HostId("host-north"));
    const UserId user = m_hospital.addUser(store(), "nurse");
    const auto ask = [&](const std::string& key, const std::string& lease) {
        LeaseRequest request = m_hospital.request(user, key, at(10s));
        request.newLease = LeaseId(lease);
        return orDie(store().grant(request));
    };
    addOn("ward-00", HostId("host-south"));
    check(store().quarantine(lost, "until the other one is used", at(3s)));
    check(
        store().closeLease(ask("key-00000", "lease-0").lease->id, CloseReason::loggedOff, at(4s)));
    check(store().releaseQuarantine(lost));
    const Grant first = ask("key-00001", "lease-1");
    check(store().recordConnected(first.lease->id, first.lease->epoch, at(11s)));
    check(store().setHostDead(HostId("host-north"), at(12s)));
    QVERIFY(orDie(store().findDesktop(lost)).desktop.hostDeadAt == std::optional(at(12s)));

    // A retry of an older request is none of the lost one's.
    QCOMPARE(ask("key-00000", "lease-9").lease->id, LeaseId("lease-0"));
    // Nobody is given another one who has not asked for it (R7).
    const auto comeBack = [&](const std::string& key) {
        LeaseRequest request = m_hospital.request(user, key, at(10s));
        request.resumeOnly = true;
        return store().grant(request);
    };
    REFUSED(comeBack("key-00008"), Errc::unavailable);
    // While there is no other one, the lease is kept: the host may come back.
    QCOMPARE(ask("key-00002", "lease-2").outcome, GrantOutcome::nothingReady);
    QVERIFY(!orDie(store().findLease(m_hospital.organisation, LeaseId("lease-1"))).closedAt);
    const DesktopId other = addOn("ward-02", HostId("host-south"));
    REFUSED(comeBack("key-00009"), Errc::unavailable);
    QVERIFY(!orDie(store().findLease(m_hospital.organisation, LeaseId("lease-1"))).closedAt);
    // Also a retry of the request that gave the lost one (R9) gets it.
    const Grant second = ask("key-00001", "lease-3");
    QCOMPARE(second.outcome, GrantOutcome::granted);
    QCOMPARE(second.desktop->id, other);
    QVERIFY(second.lease->epoch > first.lease->epoch);
    QVERIFY(second.replaced && second.replaced->id == LeaseId("lease-1"));
    const Lease closed = orDie(store().findLease(m_hospital.organisation, LeaseId("lease-1")));
    QVERIFY(closed.closeReason == std::optional(CloseReason::hostLost));
    // Back again, it is nobody's: this incarnation has had its user (R1).
    check(store().setHostDead(HostId("host-north"), std::nullopt));
    QCOMPARE(ask("key-00004", "lease-4").outcome, GrantOutcome::resumed);
    REFUSED(store().recordConnected(first.lease->id, first.lease->epoch, at(20s)), Errc::stale);
    QCOMPARE(orDie(comeBack("key-00010")).outcome, GrantOutcome::resumed);
    check(store().closeLease(LeaseId("lease-3"), CloseReason::loggedOff, at(30s)));
    REFUSED(comeBack("key-00011"), Errc::stale);
}

void StoreElasticity::aHostIsWrittenOffWithItsDesktops()
{
    check(store().insertHost(hostCalled("north")));
    check(store().insertHost(hostCalled("south")));
    const DesktopId used = addOn("ward-01", HostId("host-north"));
    const UserId user = m_hospital.addUser(store(), "nurse");
    const auto ask = [&](const std::string& key, const std::string& lease) {
        LeaseRequest request = m_hospital.request(user, key, at(10s));
        request.newLease = LeaseId(lease);
        return orDie(store().grant(request));
    };
    const Grant first = ask("key-00001", "lease-1");
    check(store().recordConnected(first.lease->id, first.lease->epoch, at(11s)));
    const DesktopId free = addOn("ward-02", HostId("host-north"));
    const DesktopId over = addOn("ward-03", HostId("host-north"));
    check(store().beginEnding(over, Incarnation(1), EndReason::poolShrunk, at(11s)));
    const DesktopId other = addOn("ward-04", HostId("host-south"));

    REFUSED(store().writeOffHost(hostCalled("nowhere"), at(12s)), Errc::notFound);
    Host north = hostCalled("north");
    Host older = north;
    older.version = 7;
    REFUSED(store().writeOffHost(older, at(12s)), Errc::stale);
    older = north;
    older.deadAt = at(5s); // it has answered since
    REFUSED(store().writeOffHost(older, at(12s)), Errc::stale);
    // Also while a restored database is set right: it may wait for this host.
    orDie(store().beginAdoption({ .broker = BrokerId("broker"), .reason = "restored" }, Epoch(0),
        1min, AdoptionStart::afresh));
    const auto lost = orDie(store().writeOffHost(north, at(12s)));
    // An adoption that listed the host before makes nothing on it.
    DesktopRow late;
    late.desktop = m_hospital.desktop("ward-09");
    late.desktop.host = north.id;
    late.desktop.address = "10.20.0.99";
    REFUSED(store().adoptDesktop({ .desktop = late.desktop.id, .row = late, .now = at(12s) }),
        Errc::conflict);
    check(store().endAdoption(BrokerId("broker")));
    QCOMPARE(lost.size(), std::size_t(3));
    const auto usedRow = std::find_if(lost.begin(), lost.end(),
        [&used](const DesktopRow& row) { return row.desktop.id == used; });
    QVERIFY(usedRow->lease && !usedRow->lease->closedAt); // as it was
    const auto left = orDie(store().listDesktops());
    QCOMPARE(left.size(), std::size_t(1));
    QCOMPARE(left.front().desktop.id, other);
    QCOMPARE(orDie(store().listHosts()).size(), std::size_t(1));
    const Lease closed = orDie(store().findLease(m_hospital.organisation, LeaseId("lease-1")));
    QVERIFY(closed.closeReason == std::optional(CloseReason::hostLost));
    QVERIFY(closed.closedAt == std::optional(at(12s)));
    REFUSED(store().recordConnected(first.lease->id, first.lease->epoch, at(13s)), Errc::stale);
    REFUSED(store().recordReady(free, Incarnation(1), "AA", at(13s)), Errc::notFound);
    // A retry of the request that gave the lost one (R9) gets another.
    const Grant second = ask("key-00001", "lease-2");
    QCOMPARE(second.outcome, GrantOutcome::granted);
    QCOMPARE(second.desktop->id, other);
    REFUSED(store().writeOffHost(north, at(14s)), Errc::notFound);
}

void StoreElasticity::desktopsAreMadeOnActiveHostsOnly()
{
    Host host = hostCalled("north");
    check(store().insertHost(host));
    const auto add = [&](const std::string& name, const HostId& on) {
        Desktop desktop = m_hospital.desktop(name);
        desktop.host = on;
        return store().addDesktop(desktop, m_hospital.firstAddress, m_hospital.lastAddress);
    };
    check(add("ward-01", host.id).map([](const Desktop&) {}));
    host.mode = HostMode::draining;
    check(store().updateHost(host));
    REFUSED(add("ward-02", host.id), Errc::conflict);
    // Taken out after the place was chosen.
    REFUSED(add("ward-03", HostId("host-gone")), Errc::conflict);
    QCOMPARE(orDie(store().listDesktops(m_hospital.pool)).size(), std::size_t(1));
}

void StoreElasticity::aKeyOfWhatDidNotGetReadyGivesAnother_R9()
{
    m_hospital.addReadyDesktop(store(), "ward-01");
    m_hospital.addReadyDesktop(store(), "ward-02");
    const UserId user = m_hospital.addUser(store(), "nurse");
    const auto ask = [&](const std::string& lease) {
        LeaseRequest request = m_hospital.request(user, "key-00001", at(10s));
        request.newLease = LeaseId(lease);
        return orDie(store().grant(request));
    };
    QCOMPARE(ask("lease-1").outcome, GrantOutcome::granted);
    QCOMPARE(ask("lease-2").outcome, GrantOutcome::repeated);
    check(store().closeLease(LeaseId("lease-1"), CloseReason::neverReady, at(11s)));
    const Grant another = ask("lease-3");
    QCOMPARE(another.outcome, GrantOutcome::granted);
    QCOMPARE(another.lease->id, LeaseId("lease-3"));
    QCOMPARE(ask("lease-4").outcome, GrantOutcome::repeated);
    check(store().closeLease(LeaseId("lease-3"), CloseReason::loggedOff, at(12s)));
    QCOMPARE(ask("lease-5").lease->id, LeaseId("lease-3")); // it was used, and its key is
}

QTEST_GUILESS_MAIN(StoreElasticity)
#include "tst_storeelasticity.moc"
