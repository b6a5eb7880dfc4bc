// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>
#include <algorithm>
#include <map>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

/// Desktops that several users are in at a time; each function runs once for each store.
class StoreSeats : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void thePoolsSeatsComeBackAndNeverChange();
    void everySessionHasAnAccountOfItsOwn_R1();
    void noAccountIsGivenTwice_R1();
    void theDesktopWithFewestInsideComesFirst();
    void moreThanThereIsRoomForWait();
    void accountsThatAreUsedUpTakeNobodyIn();
    void itServesOneAfterTheOther();
    void comingBackIsToOnesOwnAccount_R7();
    void itEndsOnlyWhenNobodyIsInside_R7();
    void theNextIncarnationBeginsWithTheFirstAccount();
    void whatIsDrainingTakesNobodyIn();
    void onlySharedDesktopsAreDrained();
    void whatIsSavedTakesNobodyIn_R1();
    void onlyWhatNobodyHasHadIsSaved_R1();
    void whatDrainsIsNotSavedNorTheOtherWayRound();
    void thePoolsVersionComesFirst();
    void whatCannotTakeAnybodyIn_data();
    void whatCannotTakeAnybodyIn();
    void anOpenLeaseStandsForTheDesktop();
    void aLostHostClosesAllItsLeases();
    void limitsCountSessions();
    void otherPoolsHaveNoSeats_R1();
    void aDeadHostsUserGetsAnotherSeat();
    void eachSessionIsAdopted_R11();
    void whoHasComeBackIsAdopted_R11();
    void allWhoHaveLoggedOffHaveDoneSo_R11();
    void whatIsClosedStaysSo_R11();
    void whatIsInTheWayOfOneSessionIsInTheWayOfAll_R11();

private:
    Store& store() { return m_under->store(); }
    UserId user(int number)
    {
        const std::string name = "u" + std::to_string(number);
        return m_users.contains(number) ? m_users.at(number)
                                        : m_users[number] = m_hospital.addUser(store(), name);
    }
    Grant grant(int number)
    {
        LeaseRequest request = m_hospital.request(user(number), "key-" + std::to_string(++m_keys));
        request.pool = m_pool.id;
        return orDie(store().grant(request));
    }
    void adoptFrom(Epoch atLeast)
    {
        const AdoptionRecord wanted { .broker = BrokerId("b1"), .reason = "a restored backup" };
        orDie(store().beginAdoption(wanted, atLeast, adoptionLife, AdoptionStart::anew));
    }
    Desktop addReady(const std::string& name, const HostId& host = {}, const ImageId& image = {})
    {
        Desktop wanted = m_hospital.desktop(name);
        wanted.pool = m_pool.id;
        wanted.host = host;
        if (!image.isEmpty())
            wanted.incarnation.image = image;
        const Desktop desktop
            = orDie(store().addDesktop(wanted, m_hospital.firstAddress, m_hospital.lastAddress));
        check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
        check(store().recordReady(desktop.id, Incarnation(1), "ab", at(2s)));
        return now(desktop.id).desktop;
    }
    DesktopRow now(const DesktopId& id) { return orDie(store().findDesktop(id)); }
    void logOff(const Grant& grant)
    {
        check(store().closeLease(grant.lease->id, CloseReason::loggedOff, at(10s)));
    }
    Host addHost(const std::string& name)
    {
        Host host;
        host.id = HostId(name);
        host.name = name;
        host.uri = "lxc+ssh://" + name + "/system";
        check(store().insertHost(host));
        return host;
    }

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
    Pool m_pool;
    std::map<int, UserId> m_users;
    int m_keys = 0;
};

void StoreSeats::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_users.clear();
    m_keys = 0;
    m_hospital.build(store());
    m_pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    m_pool.id = PoolId("pool-shared");
    m_pool.name = "shared";
    m_pool.kind = PoolKind::shared;
    m_pool.seats = 2;
    check(store().insertPool(m_pool));
}

void StoreSeats::thePoolsSeatsComeBackAndNeverChange()
{
    Pool found = orDie(store().findPool(m_pool.organisation, m_pool.id));
    QCOMPARE(found.kind, PoolKind::shared);
    QCOMPARE(found.seats, std::int64_t(2));
    QCOMPARE(orDie(store().findPool(m_pool.organisation, m_hospital.pool)).seats, std::int64_t(1));
    found.seats = 5;
    found.kind = PoolKind::floating;
    check(store().updatePool(found));
    for (const Pool& pool : orDie(store().listPools())) {
        QCOMPARE(pool.seats, std::int64_t(pool.id == m_pool.id ? 2 : 1));
        QCOMPARE(pool.kind, pool.id == m_pool.id ? PoolKind::shared : PoolKind::floating);
    }
}

void StoreSeats::everySessionHasAnAccountOfItsOwn_R1()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    const Grant second = grant(2);
    QCOMPARE(first.outcome, GrantOutcome::granted);
    QCOMPARE(second.outcome, GrantOutcome::granted);
    QCOMPARE(first.lease->desktop, second.lease->desktop);
    QCOMPARE(first.lease->incarnation, second.lease->incarnation);
    QCOMPARE(first.lease->seat, std::int64_t(1));
    QCOMPARE(second.lease->seat, std::int64_t(2));
    const DesktopRow row = now(desktop.id);
    QCOMPARE(openSeats(row), std::int64_t(2));
    QCOMPARE(leaseOfSeat(row, 1)->user, user(1));
    QCOMPARE(leaseOfSeat(row, 2)->user, user(2));
    QCOMPARE(orDie(store().findLease(m_pool.organisation, second.lease->id)).seat, std::int64_t(2));
    QCOMPARE(orDie(store().listOpenLeasesOf(user(2))).front().seat, std::int64_t(2));
    QCOMPARE(orDie(store().listDesktops(m_pool.id)).size(), std::size_t(1));
    QCOMPARE(orDie(store().listDesktops()).size(), std::size_t(1));
}

void StoreSeats::noAccountIsGivenTwice_R1()
{
    addReady("ward-01");
    grant(1);
    logOff(grant(2));
    const Grant third = grant(3);
    QCOMPARE(third.lease->seat, std::int64_t(3));
    logOff(third);
    // Not even to the same user.
    QCOMPARE(grant(3).lease->seat, std::int64_t(4));
}

void StoreSeats::theDesktopWithFewestInsideComesFirst()
{
    addReady("ward-01");
    addReady("ward-02");
    std::map<DesktopId, int> inside;
    for (int number = 1; number <= 4; ++number)
        ++inside[grant(number).lease->desktop];
    QCOMPARE(inside.size(), std::size_t(2));
    for (const auto& [desktop, count] : inside)
        QCOMPARE(count, 2);
}

void StoreSeats::moreThanThereIsRoomForWait()
{
    addReady("ward-01");
    const Grant first = grant(1);
    grant(2);
    QCOMPARE(grant(3).outcome, GrantOutcome::nothingReady);
    logOff(first);
    QCOMPARE(grant(3).outcome, GrantOutcome::granted);
}

void StoreSeats::accountsThatAreUsedUpTakeNobodyIn()
{
    const Desktop desktop = addReady("ward-01");
    const Grant stays = grant(100);
    for (std::int64_t seat = 2; seat <= accountsOf(m_pool); ++seat) {
        const Grant one = grant(int(seat));
        QCOMPARE(one.lease->seat, seat);
        logOff(one);
    }
    QCOMPARE(grant(200).outcome, GrantOutcome::nothingReady);
    const DesktopRow row = now(desktop.id);
    QCOMPARE(usedSeats(row), accountsOf(m_pool));
    QCOMPARE(openSeats(row), std::int64_t(1));
    QCOMPARE(row.lease->id, stays.lease->id);
}

void StoreSeats::itServesOneAfterTheOther()
{
    addReady("ward-01");
    for (int number = 1; number <= 3; ++number) {
        const Grant one = grant(number);
        QCOMPARE(one.lease->seat, std::int64_t(number));
        logOff(one);
    }
}

void StoreSeats::comingBackIsToOnesOwnAccount_R7()
{
    addReady("ward-01");
    addReady("ward-02");
    const Grant first = grant(1);
    grant(2);
    const Grant again = grant(1);
    QCOMPARE(again.outcome, GrantOutcome::resumed);
    QCOMPARE(again.lease->id, first.lease->id);
    QCOMPARE(again.lease->seat, first.lease->seat);
    QVERIFY(again.lease->epoch > first.lease->epoch);
}

void StoreSeats::itEndsOnlyWhenNobodyIsInside_R7()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    const Grant second = grant(2);
    logOff(second);
    REFUSED(store().beginEnding(desktop.id, Incarnation(1), EndReason::loggedOff, at(11s)),
        Errc::conflict);
    logOff(first);
    check(store().beginEnding(desktop.id, Incarnation(1), EndReason::loggedOff, at(12s)));
    QCOMPARE(grant(3).outcome, GrantOutcome::nothingReady);
}

void StoreSeats::theNextIncarnationBeginsWithTheFirstAccount()
{
    const Desktop desktop = addReady("ward-01");
    logOff(grant(1));
    check(store().beginDraining(desktop.id, Incarnation(1), at(11s)));
    check(store().beginEnding(desktop.id, Incarnation(1), EndReason::loggedOff, at(12s)));
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(13s)));
    const Desktop next = orDie(store().beginIncarnation({ .desktop = desktop.id,
        .number = Incarnation(2),
        .domain = DomainUuid("domain-2"),
        .image = m_hospital.image,
        .bootstrapHash = SecretHash("hash-2"),
        .now = at(14s) }));
    QVERIFY(!next.incarnation.drainingAt);
    check(store().recordStarted(desktop.id, Incarnation(2), at(15s)));
    check(store().recordReady(desktop.id, Incarnation(2), "cd", at(16s)));
    QVERIFY(!now(desktop.id).lease);
    const Grant given = grant(2);
    QCOMPARE(given.lease->seat, std::int64_t(1));
    QCOMPARE(given.lease->incarnation, Incarnation(2));
    QCOMPARE(usedSeats(now(desktop.id)), std::int64_t(1));
}

void StoreSeats::whatIsDrainingTakesNobodyIn()
{
    const Desktop desktop = addReady("ward-01");
    const Grant inside = grant(1);
    check(store().beginDraining(desktop.id, Incarnation(1), at(11s)));
    check(store().beginDraining(desktop.id, Incarnation(1), at(12s)));
    QCOMPARE(now(desktop.id).desktop.incarnation.drainingAt, std::optional(at(11s)));
    QCOMPARE(grant(2).outcome, GrantOutcome::nothingReady);
    // Who is inside goes on, and comes back.
    QCOMPARE(grant(1).lease->id, inside.lease->id);
}

void StoreSeats::onlySharedDesktopsAreDrained()
{
    const Desktop own = m_hospital.addReadyDesktop(store(), "own");
    REFUSED(store().beginDraining(own.id, Incarnation(1), at(11s)), Errc::conflict);
    const Desktop shared = addReady("ward-01");
    REFUSED(store().beginDraining(shared.id, Incarnation(2), at(11s)), Errc::stale);
    REFUSED(store().beginDraining(DesktopId("none"), Incarnation(1), at(11s)), Errc::notFound);
}

void StoreSeats::thePoolsVersionComesFirst()
{
    const ImageId older = m_hospital.addVersion(store(), "0.9");
    const Desktop old = addReady("ward-01", {}, older);
    const Desktop present = addReady("ward-02");
    QCOMPARE(grant(1).desktop->id, present.id);
    QCOMPARE(grant(2).desktop->id, present.id); // although the other one is empty
    QCOMPARE(grant(3).desktop->id, old.id);
}

void StoreSeats::whatCannotTakeAnybodyIn_data()
{
    QTest::addColumn<QString>("what");
    for (const char* what :
        { "set aside", "not ready", "host drained", "host dead", "switched off", "in maintenance" })
        QTest::newRow(what) << QString::fromLatin1(what);
}

void StoreSeats::whatCannotTakeAnybodyIn()
{
    QFETCH(QString, what);
    Host host = addHost("north");
    const Desktop desktop = addReady("ward-01", host.id);
    QCOMPARE(grant(1).outcome, GrantOutcome::granted);
    if (what == QStringLiteral("set aside"))
        check(store().quarantine(desktop.id, "why", at(5s)));
    if (what == QStringLiteral("not ready"))
        check(store().recordUnready(desktop.id, Incarnation(1), at(5s)));
    if (what == QStringLiteral("host dead"))
        check(store().setHostDead(host.id, at(5s)));
    if (what == QStringLiteral("host drained")) {
        host.mode = HostMode::draining;
        check(store().updateHost(host));
    }
    if (what == QStringLiteral("switched off"))
        m_pool.enabled = false;
    if (what == QStringLiteral("in maintenance"))
        m_pool.maintenance = Maintenance { .since = at(5s), .reason = "why", .until = {} };
    check(store().updatePool(m_pool));
    QCOMPARE(grant(2).outcome, GrantOutcome::nothingReady);
}

/// Until it was resumed and is ready anew; then it has every seat free.
void StoreSeats::whatIsSavedTakesNobodyIn_R1()
{
    const Incarnation one(1);
    const Desktop desktop = addReady("ward-01");
    check(store().beginSuspending(desktop.id, one, at(5s)));
    QCOMPARE(grant(1).outcome, GrantOutcome::nothingReady);
    check(store().recordSuspended(desktop.id, one, at(6s)));
    QCOMPARE(grant(1).outcome, GrantOutcome::nothingReady);
    QCOMPARE(freeSeats(m_pool, now(desktop.id)), std::int64_t(0));
    QCOMPARE(roomIn(m_pool, now(desktop.id)), std::int64_t(2));
    check(store().beginResuming(desktop.id, one, "", at(7s)));
    QCOMPARE(grant(1).outcome, GrantOutcome::nothingReady);
    check(store().recordReady(desktop.id, one, "ab", at(8s)));
    QCOMPARE(grant(1).lease->seat, std::int64_t(1));
    QCOMPARE(grant(2).lease->seat, std::int64_t(2));
}

void StoreSeats::onlyWhatNobodyHasHadIsSaved_R1()
{
    const Incarnation one(1);
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    const Grant second = grant(2);
    REFUSED(store().beginSuspending(desktop.id, one, at(5s)), Errc::conflict);
    logOff(first);
    REFUSED(store().beginSuspending(desktop.id, one, at(11s)), Errc::conflict);
    logOff(second);
    // Nobody is inside, and what the two have left may be in its memory.
    REFUSED(store().beginSuspending(desktop.id, one, at(12s)), Errc::conflict);
    QVERIFY(now(desktop.id).desktop.incarnation.readyAt.has_value());
}

void StoreSeats::whatDrainsIsNotSavedNorTheOtherWayRound()
{
    const Incarnation one(1);
    const Desktop draining = addReady("ward-01");
    check(store().beginDraining(draining.id, one, at(5s)));
    REFUSED(store().beginSuspending(draining.id, one, at(6s)), Errc::conflict);
    const Desktop saved = addReady("ward-02");
    check(store().beginSuspending(saved.id, one, at(5s)));
    REFUSED(store().beginDraining(saved.id, one, at(6s)), Errc::conflict);
    QVERIFY(!now(saved.id).desktop.incarnation.drainingAt);
    // Both kinds of facts come back together.
    check(store().recordSuspended(saved.id, one, at(6s)));
    check(store().beginResuming(saved.id, one, "why", at(7s)));
    check(store().recordReady(saved.id, one, "ab", at(8s)));
    check(store().beginDraining(saved.id, one, at(9s)));
    const IncarnationFacts facts = now(saved.id).desktop.incarnation;
    QVERIFY(!facts.suspendingAt && !facts.suspendedAt);
    QVERIFY(facts.resumingAt == at(7s));
    QVERIFY(facts.drainingAt == at(9s));
}

/// Whoever looks at one lease only must not take the desktop for free.
void StoreSeats::anOpenLeaseStandsForTheDesktop()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    const Grant second = grant(2);
    check(store().recordConnected(second.lease->id, second.lease->epoch, at(5s)));
    QCOMPARE(now(desktop.id).lease->id, second.lease->id);
    logOff(second);
    QCOMPARE(now(desktop.id).lease->id, first.lease->id);
    logOff(first);
    const DesktopRow row = now(desktop.id);
    QVERIFY(row.lease->closedAt);
    QCOMPARE(row.others.size(), std::size_t(1));
    QCOMPARE(orDie(store().listDesktops()).front().others.size(), std::size_t(1));
}

void StoreSeats::aLostHostClosesAllItsLeases()
{
    const Host host = addHost("north");
    addReady("ward-01", host.id);
    const Grant first = grant(1);
    const Grant second = grant(2);
    const auto lost = orDie(store().writeOffHost(host, at(20s)));
    QCOMPARE(lost.size(), std::size_t(1));
    QCOMPARE(openSeats(lost.front()), std::int64_t(2));
    for (const Grant& one : { first, second }) {
        const Lease lease = orDie(store().findLease(m_pool.organisation, one.lease->id));
        QCOMPARE(lease.closeReason, std::optional(CloseReason::hostLost));
    }
    QVERIFY(orDie(store().listOpenLeases(m_pool.organisation)).empty());
}

void StoreSeats::limitsCountSessions()
{
    m_pool.seats = 2;
    addReady("ward-01");
    addReady("ward-02");
    check(store().setPoolLimit(m_pool.organisation, m_pool.id, 3));
    for (int number = 1; number <= 3; ++number)
        QCOMPARE(grant(number).outcome, GrantOutcome::granted);
    QCOMPARE(grant(4).outcome, GrantOutcome::poolLimit);
}

void StoreSeats::otherPoolsHaveNoSeats_R1()
{
    const Desktop own = m_hospital.addReadyDesktop(store(), "own");
    const Grant given = orDie(store().grant(m_hospital.request(user(1), "own-1")));
    QCOMPARE(given.lease->seat, std::int64_t(0));
    check(store().closeLease(given.lease->id, CloseReason::loggedOff, at(10s)));
    QCOMPARE(orDie(store().grant(m_hospital.request(user(2), "own-2"))).outcome,
        GrantOutcome::nothingReady);
    QCOMPARE(usedSeats(now(own.id)), std::int64_t(1));
}

void StoreSeats::aDeadHostsUserGetsAnotherSeat()
{
    const Host north = addHost("north");
    const Host south = addHost("south");
    addReady("ward-01", north.id);
    const Grant first = grant(1);
    const Grant other = grant(2);
    const Desktop spare = addReady("ward-02", south.id);
    check(store().setHostDead(north.id, at(20s)));
    const Grant moved = grant(1);
    QCOMPARE(moved.outcome, GrantOutcome::granted);
    QCOMPARE(moved.lease->desktop, spare.id);
    QCOMPARE(moved.replaced->id, first.lease->id);
    // The other one's may come back with its host.
    QVERIFY(!orDie(store().findLease(m_pool.organisation, other.lease->id)).closedAt);
}

/// What the database knew is as the plan has it, and what it did not know is there.
void StoreSeats::eachSessionIsAdopted_R11()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    const Grant second = grant(2);
    adoptFrom(Epoch(1000));
    DesktopRow row = orDie(store().findDesktop(desktop.id));
    std::vector<Lease> leases;
    for (const Lease* lease : leasesOf(row))
        leases.push_back(*lease);
    QCOMPARE(leases.size(), std::size_t(2));
    row.lease.reset();
    row.others.clear();
    for (Lease& lease : leases) {
        if (lease.id == first.lease->id) {
            lease.closedAt = at(20s);
            lease.closeReason = CloseReason::loggedOff;
        } else {
            lease.epoch = Epoch(700);
        }
        addLease(row, lease);
    }
    Lease lost = *second.lease;
    lost.id = LeaseId("lost");
    lost.user = user(3);
    lost.seat = 3;
    lost.epoch = Epoch(701);
    addLease(row, lost);
    row.desktop.incarnation.drainingAt = at(20s);
    for (int time = 0; time < 2; ++time) { // a second time changes nothing
        check(store().adoptDesktop({ .desktop = desktop.id, .row = row, .now = at(20s) }));
        const DesktopRow now = orDie(store().findDesktop(desktop.id));
        QCOMPARE(usedSeats(now), std::int64_t(3));
        QCOMPARE(openSeats(now), std::int64_t(2));
        QCOMPARE(leaseOfSeat(now, 1)->closeReason, std::optional(CloseReason::loggedOff));
        QCOMPARE(leaseOfSeat(now, 2)->epoch, Epoch(700));
        QCOMPARE(leaseOfSeat(now, 3)->user, user(3));
        QVERIFY(now.desktop.incarnation.drainingAt.has_value());
    }
    check(store().endAdoption(BrokerId("b1")));
    QCOMPARE(grant(3).lease->id, lost.id);
    QVERIFY(!grant(4).lease); // nobody new
}

/// R2: the earlier session of the same user is closed before the later one is there.
void StoreSeats::whoHasComeBackIsAdopted_R11()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    adoptFrom(Epoch(1000));
    DesktopRow row = orDie(store().findDesktop(desktop.id));
    row.lease->closedAt = at(20s);
    row.lease->closeReason = CloseReason::loggedOff;
    Lease later = *first.lease;
    later.id = LeaseId("later");
    later.seat = 2;
    later.epoch = Epoch(700);
    addLease(row, later);
    QCOMPARE(row.lease->id, later.id);
    check(store().adoptDesktop({ .desktop = desktop.id, .row = row, .now = at(20s) }));
    const DesktopRow now = orDie(store().findDesktop(desktop.id));
    QCOMPARE(leaseOfSeat(now, 1)->closeReason, std::optional(CloseReason::loggedOff));
    QVERIFY(!leaseOfSeat(now, 2)->closedAt);
}

void StoreSeats::allWhoHaveLoggedOffHaveDoneSo_R11()
{
    const Desktop desktop = addReady("ward-01");
    grant(1);
    grant(2);
    adoptFrom(Epoch(1000));
    DesktopRow row = orDie(store().findDesktop(desktop.id));
    for (Lease* lease : { &*row.lease, &row.others.front() }) {
        lease->closedAt = at(20s);
        lease->closeReason = CloseReason::loggedOff;
    }
    check(store().adoptDesktop({ .desktop = desktop.id, .row = row, .now = at(21s) }));
    const DesktopRow now = orDie(store().findDesktop(desktop.id));
    for (std::int64_t seat : { 1, 2 })
        QCOMPARE(leaseOfSeat(now, seat)->closeReason, std::optional(CloseReason::loggedOff));
}

/// Also when the plan was made before.
void StoreSeats::whatIsClosedStaysSo_R11()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    grant(2);
    adoptFrom(Epoch(1000));
    const DesktopRow row = orDie(store().findDesktop(desktop.id));
    check(store().closeLease(first.lease->id, CloseReason::endedByAdmin, at(19s)));
    check(store().adoptDesktop({ .desktop = desktop.id, .row = row, .now = at(20s) }));
    const DesktopRow now = orDie(store().findDesktop(desktop.id));
    QCOMPARE(leaseOfSeat(now, 1)->closeReason, std::optional(CloseReason::endedByAdmin));
    QCOMPARE(openSeats(now), std::int64_t(1));
}

void StoreSeats::whatIsInTheWayOfOneSessionIsInTheWayOfAll_R11()
{
    const Desktop desktop = addReady("ward-01");
    const Grant first = grant(1);
    const Desktop other = addReady("ward-02");
    user(2);
    user(3);
    adoptFrom(Epoch(1000));
    const DesktopRow before = orDie(store().findDesktop(other.id));
    const auto refused = [&](auto change) {
        DesktopRow row = before;
        for (int seat = 1; seat <= 2; ++seat) {
            Lease lease = *first.lease;
            lease.id = LeaseId("lost-" + std::to_string(seat));
            lease.desktop = other.id;
            lease.user = user(1 + seat);
            lease.seat = seat;
            lease.epoch = Epoch(700 + seat);
            if (seat == 1)
                change(lease); // the one that is written last
            addLease(row, lease);
        }
        return store().adoptDesktop({ .desktop = other.id, .row = row, .now = at(20s) });
    };
    REFUSED(refused([&](Lease& lease) { lease.user = user(1); }), Errc::conflict);
    REFUSED(refused([&](Lease& lease) { lease.user = UserId("nobody"); }), Errc::conflict);
    REFUSED(refused([&](Lease& lease) { lease.id = first.lease->id; }), Errc::conflict);
    REFUSED(refused([&](Lease& lease) { lease.epoch = first.lease->epoch; }), Errc::conflict);
    REFUSED(refused([&](Lease& lease) { lease.epoch = Epoch(702); }), Errc::conflict);
    REFUSED(refused([&](Lease& lease) { lease.user = user(3); }), Errc::conflict);
    QCOMPARE(usedSeats(orDie(store().findDesktop(other.id))), std::int64_t(0));
    check(refused([](Lease&) {}));
    QCOMPARE(openSeats(orDie(store().findDesktop(other.id))), std::int64_t(2));
}

QTEST_GUILESS_MAIN(StoreSeats)
#include "tst_storeseats.moc"
