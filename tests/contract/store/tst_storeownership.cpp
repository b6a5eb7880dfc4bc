// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

Q_DECLARE_METATYPE(wardesk::broker::CloseReason)

/// Desktops that are kept for one user; each function runs once for each store.
class StoreOwnership : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void thePoolsKindComesBackAndNeverChanges();
    void theFirstGrantMakesItTheirs();
    void itsDiskAndImageGoOnWithTheNextLife();
    void nobodyElseGetsIt_R1();
    void itsOwnerGetsNoOther();
    void whyTheOwnDesktopCannotBeHad_data();
    void whyTheOwnDesktopCannotBeHad();
    void aFloatingPoolKeepsNone();
    void anAdministratorMayAssignOneThatNobodyHasHad();
    void whatIsRefused();
    void whatARestoredBackupDoesNotKnowIsClaimed();
    void onlyFromWhomItIsMeantItIsTakenAway();
    void takenAwayIsEndedWithItsDisk();
    void aDiskThatWasKeptForAnOwnerIsEndedAgain();
    void takenAwayBetweenTwoLivesItIsEndedAgain();
    void oneClickKeepsNothing_data();
    void oneClickKeepsNothing();
    void whatMayHaveBeenUsedStaysTheirs_data();
    void whatMayHaveBeenUsedStaysTheirs();
    void aLaterLifeStaysTheirs();
    void whatWasAssignedStaysTheirs_data();
    void whatWasAssignedStaysTheirs();
    void itsOwnerIsRemovedWithIt();

private:
    Store& store() { return m_under->store(); }
    Grant grant(const UserId& user, const std::string& key)
    {
        LeaseRequest request = m_hospital.request(user, key);
        request.pool = m_kept.id;
        return orDie(store().grant(request));
    }
    Desktop addReady(const std::string& name)
    {
        Desktop wanted = m_hospital.desktop(name);
        wanted.pool = m_kept.id;
        const Desktop desktop
            = orDie(store().addDesktop(wanted, m_hospital.firstAddress, m_hospital.lastAddress));
        check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
        check(store().recordReady(desktop.id, Incarnation(1), "ab", at(2s)));
        return now(desktop.id).desktop;
    }
    DesktopRow now(const DesktopId& id) { return orDie(store().findDesktop(id)); }
    /// The user logs off, and the life ends as a round ends it.
    void endLife(const Grant& grant, DiskFate disk = DiskFate::kept)
    {
        const Incarnation number = grant.lease->incarnation;
        check(store().closeLease(grant.lease->id, CloseReason::loggedOff, at(10s)));
        check(store().beginEnding(grant.desktop->id, number, EndReason::loggedOff, at(11s)));
        check(store().recordEnded(grant.desktop->id, number, disk, at(12s)));
    }
    NewIncarnation nextOf(const DesktopId& id, const ImageId& image)
    {
        const Incarnation last = now(id).desktop.incarnation.number;
        const Incarnation number(last.value() + 1);
        return { .desktop = id,
            .number = number,
            .domain = DomainUuid("domain-" + id.value() + '-' + std::to_string(number.value())),
            .image = image,
            .bootstrapHash = SecretHash("hash-" + std::to_string(number.value())),
            .now = at(20s) };
    }
    void makeReady(const Desktop& desktop)
    {
        const Incarnation number = desktop.incarnation.number;
        check(store().recordStarted(desktop.id, number, at(21s)));
        check(store().recordReady(desktop.id, number, "cd", at(22s)));
    }

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
    Pool m_kept;
    UserId m_anna;
    UserId m_ben;
};

void StoreOwnership::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store());
    m_kept = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    m_kept.id = PoolId("pool-kept");
    m_kept.name = "kept";
    m_kept.kind = PoolKind::dedicated;
    check(store().insertPool(m_kept));
    m_anna = m_hospital.addUser(store(), "anna");
    m_ben = m_hospital.addUser(store(), "ben");
}

void StoreOwnership::thePoolsKindComesBackAndNeverChanges()
{
    QCOMPARE(orDie(store().findPool(m_kept.organisation, m_kept.id)).kind, PoolKind::dedicated);
    QCOMPARE(
        orDie(store().findPool(m_kept.organisation, m_hospital.pool)).kind, PoolKind::floating);
    m_kept.kind = PoolKind::floating;
    m_kept.description = "changed";
    check(store().updatePool(m_kept));
    const Pool after = orDie(store().findPool(m_kept.organisation, m_kept.id));
    QCOMPARE(after.kind, PoolKind::dedicated);
    QCOMPARE(after.description, std::string("changed"));
}

void StoreOwnership::theFirstGrantMakesItTheirs()
{
    const Desktop desktop = addReady("kept-1");
    QVERIFY(desktop.owner.isEmpty());
    const Grant given = grant(m_anna, "key-00001");
    QCOMPARE(given.outcome, GrantOutcome::granted);
    QCOMPARE(given.desktop->owner, m_anna);
    QCOMPARE(now(desktop.id).desktop.owner, m_anna);
    for (const DesktopRow& row : orDie(store().listDesktops(m_kept.id)))
        QCOMPARE(row.desktop.owner, m_anna);
}

void StoreOwnership::itsDiskAndImageGoOnWithTheNextLife()
{
    const Desktop desktop = addReady("kept-1");
    const ImageId newer = m_hospital.addVersion(store(), "2");
    endLife(grant(m_anna, "key-00001"));
    const Desktop second = orDie(store().beginIncarnation(nextOf(desktop.id, newer)));
    QCOMPARE(second.incarnation.disk, desktop.incarnation.domain);
    QCOMPARE(second.incarnation.image, desktop.incarnation.image);
    makeReady(second);
    const Grant again = grant(m_anna, "key-00002");
    QCOMPARE(again.outcome, GrantOutcome::granted);
    QCOMPARE(again.desktop->id, desktop.id);
    QCOMPARE(again.lease->incarnation, Incarnation(2));
    endLife(again);
    const Desktop third = orDie(store().beginIncarnation(nextOf(desktop.id, newer)));
    QCOMPARE(third.incarnation.disk, desktop.incarnation.domain);
    QCOMPARE(now(desktop.id).desktop.incarnation.disk, desktop.incarnation.domain);
}

void StoreOwnership::nobodyElseGetsIt_R1()
{
    const Desktop desktop = addReady("kept-1");
    endLife(grant(m_anna, "key-00001"));
    makeReady(orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image))));
    QCOMPARE(grant(m_ben, "key-00002").outcome, GrantOutcome::nothingReady);
    const Desktop other = addReady("kept-2");
    QCOMPARE(grant(m_ben, "key-00003").desktop->id, other.id);
}

void StoreOwnership::itsOwnerGetsNoOther()
{
    const Desktop own = addReady("kept-1");
    endLife(grant(m_anna, "key-00001"));
    addReady("kept-2"); // is ready, and of no use to her
    const Grant waits = grant(m_anna, "key-00002");
    QCOMPARE(waits.outcome, GrantOutcome::ownPreparing);
    QVERIFY(!waits.lease);
    QCOMPARE(waits.desktop->id, own.id);
    makeReady(orDie(store().beginIncarnation(nextOf(own.id, m_hospital.image))));
    QCOMPARE(grant(m_anna, "key-00003").desktop->id, own.id);
}

void StoreOwnership::whyTheOwnDesktopCannotBeHad_data()
{
    QTest::addColumn<bool>("isAside");
    QTest::newRow("set aside") << true;
    QTest::newRow("its host is drained") << false;
}

void StoreOwnership::whyTheOwnDesktopCannotBeHad()
{
    QFETCH(bool, isAside);
    Host host;
    host.id = HostId("host-1");
    host.name = "host-1";
    host.uri = "lxc:///system";
    check(store().insertHost(host));
    Desktop wanted = m_hospital.desktop("kept-1");
    wanted.pool = m_kept.id;
    wanted.host = host.id;
    const Desktop own
        = orDie(store().addDesktop(wanted, m_hospital.firstAddress, m_hospital.lastAddress));
    makeReady(own);
    check(store().assignDesktop(own.id, m_anna));
    if (isAside) {
        check(store().quarantine(own.id, "looked at", at(5s)));
    } else {
        host = orDie(store().listHosts()).front();
        host.mode = HostMode::draining;
        check(store().updateHost(host));
    }
    const Grant refused = grant(m_anna, "key-00001");
    QCOMPARE(refused.outcome, GrantOutcome::ownAway);
    QCOMPARE(refused.desktop->id, own.id);
}

void StoreOwnership::aFloatingPoolKeepsNone()
{
    const Desktop desktop = m_hospital.addReadyDesktop(store(), "ward-1");
    const Grant given = orDie(store().grant(m_hospital.request(m_anna, "key-00001")));
    QVERIFY(given.desktop->owner.isEmpty());
    endLife(given, DiskFate::removed);
    const Desktop next = orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)));
    QVERIFY(next.incarnation.disk.isEmpty());
    REFUSED(store().assignDesktop(next.id, m_anna), Errc::conflict);
}

void StoreOwnership::anAdministratorMayAssignOneThatNobodyHasHad()
{
    addReady("kept-1");
    const Desktop chosen = addReady("kept-2");
    check(store().assignDesktop(chosen.id, m_anna));
    check(store().assignDesktop(chosen.id, m_anna)); // already
    QCOMPARE(grant(m_anna, "key-00001").desktop->id, chosen.id);
}

void StoreOwnership::whatIsRefused()
{
    const Desktop first = addReady("kept-1");
    const Desktop second = addReady("kept-2");
    REFUSED(store().assignDesktop(first.id, UserId("nobody")), Errc::notFound);
    REFUSED(store().assignDesktop(DesktopId("none"), m_anna), Errc::notFound);
    check(store().assignDesktop(first.id, m_anna));
    REFUSED(store().assignDesktop(first.id, m_ben), Errc::conflict); // somebody else's
    REFUSED(store().assignDesktop(second.id, m_anna), Errc::conflict); // has one
    REFUSED(store().unassignDesktop(DesktopId("none"), m_anna, at(5s)), Errc::notFound);
    const Grant given = grant(m_anna, "key-00001");
    REFUSED(store().unassignDesktop(first.id, m_anna, at(5s)), Errc::conflict); // in use
    QCOMPARE(now(first.id).desktop.owner, m_anna);
    QVERIFY(!now(first.id).desktop.incarnation.endingAt);
    check(store().beginEnding(second.id, Incarnation(1), EndReason::poolShrunk, at(6s)));
    REFUSED(store().assignDesktop(second.id, m_ben), Errc::conflict); // on its way out
    QVERIFY(given.lease);
}

void StoreOwnership::whatARestoredBackupDoesNotKnowIsClaimed()
{
    const Desktop desktop = addReady("kept-1");
    AdoptedDesktop adopted { .desktop = desktop.id, .row = now(desktop.id), .now = at(30s) };
    Desktop& found = adopted.row->desktop;
    found.quarantinedAt = at(30s);
    found.quarantineReason = "nobody knows whose it is";
    found.incarnation.endingAt = at(30s);
    found.incarnation.endReason = EndReason::databaseRestored;
    const AdoptionRecord record { .broker = BrokerId("b1"), .reason = "a restored backup" };
    std::ignore = orDie(store().beginAdoption(record, Epoch(1), 15s, AdoptionStart::anew));
    check(store().adoptDesktop(adopted));
    REFUSED(store().assignDesktop(desktop.id, m_anna), Errc::overloaded); // not yet
    check(store().endAdoption(record.broker));
    check(store().assignDesktop(desktop.id, m_anna));
    REFUSED(store().assignDesktop(desktop.id, m_ben), Errc::conflict);
    check(store().releaseQuarantine(desktop.id));
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::kept, at(31s)));
    const Desktop next = orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)));
    QCOMPARE(next.owner, m_anna);
    QCOMPARE(next.incarnation.disk, desktop.incarnation.domain);
}

void StoreOwnership::onlyFromWhomItIsMeantItIsTakenAway()
{
    const Desktop desktop = addReady("kept-1");
    REFUSED(store().unassignDesktop(desktop.id, m_anna, at(5s)), Errc::conflict); // nobody's
    REFUSED(store().unassignDesktop(desktop.id, UserId(), at(5s)), Errc::conflict);
    QVERIFY(!now(desktop.id).desktop.incarnation.endingAt);
    endLife(grant(m_anna, "key-00001"));
    check(store().unassignDesktop(desktop.id, m_anna, at(13s)));
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(14s)));
    makeReady(orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image))));
    endLife(grant(m_ben, "key-00002"));
    // The same request once more: what is on the disk now is another's.
    REFUSED(store().unassignDesktop(desktop.id, m_anna, at(24s)), Errc::conflict);
    const Desktop after = now(desktop.id).desktop;
    QCOMPARE(after.owner, m_ben);
    QVERIFY(after.incarnation.endedAt);
    QCOMPARE(after.incarnation.endReason, std::optional(EndReason::loggedOff));
    QCOMPARE(orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image))).incarnation.disk,
        after.incarnation.domain);
}

void StoreOwnership::takenAwayIsEndedWithItsDisk()
{
    const Desktop desktop = addReady("kept-1");
    check(store().assignDesktop(desktop.id, m_anna));
    check(store().unassignDesktop(desktop.id, m_anna, at(5s)));
    REFUSED(store().unassignDesktop(desktop.id, m_anna, at(6s)), Errc::conflict); // is nobody's
    const Desktop after = now(desktop.id).desktop;
    QVERIFY(after.owner.isEmpty());
    QCOMPARE(after.incarnation.endingAt, std::optional(at(5s)));
    QCOMPARE(after.incarnation.endReason, std::optional(EndReason::unassigned));
    QCOMPARE(grant(m_ben, "key-00001").outcome, GrantOutcome::nothingReady); // not as it is
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(7s)));
    const Desktop next = orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)));
    QVERIFY(next.incarnation.disk.isEmpty());
}

void StoreOwnership::aDiskThatWasKeptForAnOwnerIsEndedAgain()
{
    const Desktop desktop = addReady("kept-1");
    const Grant given = grant(m_anna, "key-00001");
    check(store().closeLease(given.lease->id, CloseReason::loggedOff, at(10s)));
    check(store().beginEnding(desktop.id, Incarnation(1), EndReason::loggedOff, at(11s)));
    check(store().unassignDesktop(desktop.id, m_anna, at(12s)));
    // A round that began before it has kept the disk.
    REFUSED(
        store().recordEnded(desktop.id, Incarnation(1), DiskFate::kept, at(13s)), Errc::conflict);
    QVERIFY(!now(desktop.id).desktop.incarnation.endedAt);
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(14s)));
}

void StoreOwnership::takenAwayBetweenTwoLivesItIsEndedAgain()
{
    const Desktop desktop = addReady("kept-1");
    endLife(grant(m_anna, "key-00001"));
    check(store().unassignDesktop(desktop.id, m_anna, at(13s)));
    QVERIFY(!now(desktop.id).desktop.incarnation.endedAt);
    REFUSED(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)), Errc::conflict);
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(14s)));
    QVERIFY(orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)))
                .incarnation.disk.isEmpty());
}

void StoreOwnership::oneClickKeepsNothing_data()
{
    QTest::addColumn<CloseReason>("reason");
    QTest::newRow("its user never came") << CloseReason::neverConnected;
    QTest::newRow("it let nobody in") << CloseReason::neverReady;
}

void StoreOwnership::oneClickKeepsNothing()
{
    QFETCH(CloseReason, reason);
    const Desktop desktop = addReady("kept-1");
    const Grant given = grant(m_anna, "key-00001");
    QCOMPARE(now(desktop.id).desktop.owner, m_anna);
    check(store().closeLease(given.lease->id, reason, at(10s)));
    QVERIFY(now(desktop.id).desktop.owner.isEmpty());
    check(store().closeLease(given.lease->id, reason, at(11s))); // already
    // It was promised once: it is made anew with its disk, and is then for whoever comes first.
    QCOMPARE(grant(m_ben, "key-00002").outcome, GrantOutcome::nothingReady);
    check(store().beginEnding(desktop.id, Incarnation(1), EndReason::neverConnected, at(12s)));
    REFUSED(
        store().recordEnded(desktop.id, Incarnation(1), DiskFate::kept, at(13s)), Errc::conflict);
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::removed, at(13s)));
    const Desktop next = orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)));
    QVERIFY(next.incarnation.disk.isEmpty());
    makeReady(next);
    check(store().closeLease(given.lease->id, reason, at(23s))); // long ago
    QCOMPARE(grant(m_ben, "key-00003").desktop->id, desktop.id);
    check(store().closeLease(given.lease->id, reason, at(24s)));
    QCOMPARE(now(desktop.id).desktop.owner, m_ben);
}

void StoreOwnership::whatMayHaveBeenUsedStaysTheirs_data()
{
    QTest::addColumn<CloseReason>("reason");
    QTest::newRow("logged off, and nobody heard of it before") << CloseReason::loggedOff;
    QTest::newRow("its domain is gone") << CloseReason::desktopLost;
    QTest::newRow("restarted by its user") << CloseReason::restarted;
    QTest::newRow("recycled by an administrator") << CloseReason::endedByAdmin;
    QTest::newRow("its host is drained") << CloseReason::hostDrained;
}

void StoreOwnership::whatMayHaveBeenUsedStaysTheirs()
{
    QFETCH(CloseReason, reason);
    const Desktop desktop = addReady("kept-1");
    const Grant given = grant(m_anna, "key-00001");
    check(store().closeLease(given.lease->id, reason, at(10s)));
    check(store().closeLease(given.lease->id, CloseReason::neverConnected, at(11s))); // is closed
    QCOMPARE(now(desktop.id).desktop.owner, m_anna);
    QCOMPARE(grant(m_anna, "key-00002").outcome, GrantOutcome::ownPreparing);
}

void StoreOwnership::aLaterLifeStaysTheirs()
{
    const Desktop desktop = addReady("kept-1");
    endLife(grant(m_anna, "key-00001"));
    const Desktop second = orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image)));
    makeReady(second);
    const Grant again = grant(m_anna, "key-00002");
    check(store().closeLease(again.lease->id, CloseReason::neverConnected, at(30s)));
    QCOMPARE(now(desktop.id).desktop.owner, m_anna);
    check(store().beginEnding(desktop.id, Incarnation(2), EndReason::neverConnected, at(31s)));
    check(store().recordEnded(desktop.id, Incarnation(2), DiskFate::kept, at(32s)));
    QCOMPARE(orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image))).incarnation.disk,
        desktop.incarnation.domain);
}

void StoreOwnership::whatWasAssignedStaysTheirs_data()
{
    QTest::addColumn<bool>("isFirst");
    QTest::newRow("before it was given out") << true;
    QTest::newRow("while its user was on the way") << false;
}

void StoreOwnership::whatWasAssignedStaysTheirs()
{
    QFETCH(bool, isFirst);
    const Desktop desktop = addReady("kept-1");
    if (isFirst)
        check(store().assignDesktop(desktop.id, m_anna));
    const Grant given = grant(m_anna, "key-00001");
    if (!isFirst)
        check(store().assignDesktop(desktop.id, m_anna));
    check(store().closeLease(given.lease->id, CloseReason::neverConnected, at(10s)));
    QCOMPARE(now(desktop.id).desktop.owner, m_anna);
    check(store().beginEnding(desktop.id, Incarnation(1), EndReason::neverConnected, at(11s)));
    check(store().recordEnded(desktop.id, Incarnation(1), DiskFate::kept, at(12s)));
    QCOMPARE(orDie(store().beginIncarnation(nextOf(desktop.id, m_hospital.image))).incarnation.disk,
        desktop.incarnation.domain);
}

void StoreOwnership::itsOwnerIsRemovedWithIt()
{
    const Desktop desktop = addReady("kept-1");
    endLife(grant(m_anna, "key-00001"));
    check(store().removeDesktop(desktop.id));
    const Desktop other = addReady("kept-2");
    QCOMPARE(grant(m_anna, "key-00002").desktop->id, other.id);
}

QTEST_GUILESS_MAIN(StoreOwnership)
#include "tst_storeownership.moc"
