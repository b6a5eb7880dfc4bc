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

/// Spares that are saved to their hosts' disks; each function runs once for each store.
class StoreSuspension : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void thePoolsWishesComeBack();
    void theCalendarsWishesComeBack();
    void theFactsComeBack_R4();
    void whatIsSavedIsNeverGiven_R1();
    void whatWasResumedIsGivenAgain();
    void whatSomebodyHasHadIsNeverSaved_R1();
    void whatIsSetAsideOrNotReadyIsNotSaved();
    void readinessComesFromAResumeOnly();
    void eachStepTwiceIsGood_R4();
    void stepsOutOfOrderAreRefused();
    void whatCannotBeResumedEnds();
    void itUsesNoMemory();
    void itIsNoBootAndNoBootTime();
    void nothingIsBegunInAdoption_R11();

private:
    Store& store() { return m_under->store(); }
    Desktop ready(const std::string& name) { return m_hospital.addReadyDesktop(store(), name); }
    Desktop saved(const std::string& name)
    {
        const Desktop desktop = ready(name);
        check(store().beginSuspending(desktop.id, one, at(10s)));
        check(store().recordSuspended(desktop.id, one, at(12s)));
        return desktop;
    }
    IncarnationFacts facts(const Desktop& desktop)
    {
        return orDie(store().findDesktop(desktop.id)).desktop.incarnation;
    }
    GrantOutcome ask(const std::string& user)
    {
        const UserId id = m_hospital.addUser(store(), user);
        return orDie(store().grant(m_hospital.request(id, "key-of-" + user))).outcome;
    }
    std::int64_t memory()
    {
        std::int64_t sum = 0;
        for (const auto& [host, load] : orDie(store().siteLoad(PoolId("another"))).hosts)
            sum += load.memoryMiB;
        return sum;
    }
    std::int64_t booting()
    {
        std::int64_t sum = 0;
        for (const auto& [host, load] : orDie(store().siteLoad(PoolId("another"))).hosts)
            sum += load.booting;
        return sum;
    }

    const Incarnation one { 1 };
    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
};

void StoreSuspension::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store());
}

void StoreSuspension::thePoolsWishesComeBack()
{
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    QCOMPARE(pool.suspended, std::int64_t(0));
    QCOMPARE(pool.suspendedPercent, std::int64_t(0));
    pool.suspended = 3;
    pool.suspendedPercent = 25;
    check(store().updatePool(pool));
    for (const Pool& read : orDie(store().listPools())) {
        QCOMPARE(read.suspended, std::int64_t(3));
        QCOMPARE(read.suspendedPercent, std::int64_t(25));
    }
    pool.id = PoolId("another");
    pool.name = "another";
    check(store().insertPool(pool));
    QCOMPARE(
        orDie(store().findPool(pool.organisation, pool.id)).suspendedPercent, std::int64_t(25));
}

void StoreSuspension::theCalendarsWishesComeBack()
{
    PoolCalendar calendar;
    calendar.windows.emplace_back();
    calendar.windows.back().sizes.suspended = 7;
    calendar.windows.emplace_back();
    calendar.windows.back().sizes.suspendedPercent = 50;
    check(store().replaceCalendar(m_hospital.organisation, m_hospital.pool, calendar));
    QVERIFY(orDie(store().findCalendar(m_hospital.pool)) == calendar);
}

void StoreSuspension::theFactsComeBack_R4()
{
    const Desktop desktop = ready("ward-1");
    check(store().beginSuspending(desktop.id, one, at(10s)));
    QVERIFY(!facts(desktop).readyAt && !facts(desktop).unreadyAt);
    QVERIFY(facts(desktop).suspendingAt == at(10s) && !facts(desktop).suspendedAt);
    check(store().recordSuspended(desktop.id, one, at(12s)));
    QVERIFY(facts(desktop).suspendedAt == at(12s));
    check(store().beginResuming(desktop.id, one, "", at(20s)));
    QVERIFY(facts(desktop).resumingAt == at(20s) && facts(desktop).suspendedAt);
    check(store().recordReady(desktop.id, one, "ab", at(22s)));
    QVERIFY(facts(desktop).readyAt == at(22s) && facts(desktop).resumingAt == at(20s));
    QVERIFY(!facts(desktop).suspendingAt && !facts(desktop).suspendedAt);
    for (const DesktopRow& row : orDie(store().listDesktops(m_hospital.pool)))
        QVERIFY(row.desktop.incarnation.resumingAt == at(20s));
}

void StoreSuspension::whatIsSavedIsNeverGiven_R1()
{
    const Desktop desktop = ready("ward-1");
    check(store().beginSuspending(desktop.id, one, at(10s)));
    QCOMPARE(ask("anna"), GrantOutcome::nothingReady);
    check(store().recordSuspended(desktop.id, one, at(12s)));
    QCOMPARE(ask("ben"), GrantOutcome::nothingReady);
    check(store().beginResuming(desktop.id, one, "", at(20s)));
    QCOMPARE(ask("cleo"), GrantOutcome::nothingReady);
}

void StoreSuspension::whatWasResumedIsGivenAgain()
{
    const Desktop desktop = saved("ward-1");
    check(store().beginResuming(desktop.id, one, "", at(20s)));
    check(store().recordReady(desktop.id, one, "ab", at(22s)));
    QCOMPARE(ask("anna"), GrantOutcome::granted);
    REFUSED(store().beginSuspending(desktop.id, one, at(30s)), Errc::conflict);
}

void StoreSuspension::whatSomebodyHasHadIsNeverSaved_R1()
{
    const Desktop desktop = ready("ward-1");
    const UserId anna = m_hospital.addUser(store(), "anna");
    const Grant given = orDie(store().grant(m_hospital.request(anna, "key-00001")));
    REFUSED(store().beginSuspending(desktop.id, one, at(10s)), Errc::conflict);
    check(store().closeLease(given.lease->id, CloseReason::loggedOff, at(11s)));
    REFUSED(store().beginSuspending(desktop.id, one, at(12s)), Errc::conflict);
    QVERIFY(facts(desktop).readyAt.has_value());
}

void StoreSuspension::whatIsSetAsideOrNotReadyIsNotSaved()
{
    const Desktop starting = m_hospital.addDesktop(store(), "ward-1");
    REFUSED(store().beginSuspending(starting.id, one, at(10s)), Errc::conflict);
    const Desktop aside = ready("ward-2");
    check(store().quarantine(aside.id, "odd", at(9s)));
    REFUSED(store().beginSuspending(aside.id, one, at(10s)), Errc::conflict);
    const Desktop ending = ready("ward-3");
    check(store().beginEnding(ending.id, one, EndReason::poolShrunk, at(9s)));
    REFUSED(store().beginSuspending(ending.id, one, at(10s)), Errc::stale);
    REFUSED(store().beginSuspending(ready("ward-4").id, Incarnation(2), at(10s)), Errc::stale);
}

void StoreSuspension::readinessComesFromAResumeOnly()
{
    const Desktop desktop = ready("ward-1");
    check(store().beginSuspending(desktop.id, one, at(10s)));
    REFUSED(store().recordReady(desktop.id, one, "ab", at(11s)), Errc::conflict);
    check(store().recordSuspended(desktop.id, one, at(12s)));
    REFUSED(store().recordReady(desktop.id, one, "ab", at(13s)), Errc::conflict);
    check(store().recordUnready(desktop.id, one, at(14s))); // nothing to be taken back
    QVERIFY(!facts(desktop).unreadyAt);
}

void StoreSuspension::eachStepTwiceIsGood_R4()
{
    const Desktop desktop = saved("ward-1");
    check(store().beginSuspending(desktop.id, one, at(13s)));
    check(store().recordSuspended(desktop.id, one, at(14s)));
    QVERIFY(facts(desktop).suspendingAt == at(10s) && facts(desktop).suspendedAt == at(12s));
    check(store().beginResuming(desktop.id, one, "", at(20s)));
    check(store().beginResuming(desktop.id, one, "", at(21s)));
    QVERIFY(facts(desktop).resumingAt == at(20s));
}

void StoreSuspension::stepsOutOfOrderAreRefused()
{
    const Desktop desktop = ready("ward-1");
    REFUSED(store().recordSuspended(desktop.id, one, at(10s)), Errc::conflict);
    REFUSED(store().beginResuming(desktop.id, one, "", at(10s)), Errc::conflict);
    REFUSED(store().recordResumeFailure(desktop.id, one, "x", at(10s)), Errc::conflict);
    const Desktop second = saved("ward-2");
    REFUSED(store().recordResumeFailure(second.id, one, "x", at(10s)), Errc::conflict);
    check(store().beginResuming(second.id, one, "", at(20s)));
    REFUSED(store().recordSuspended(second.id, one, at(21s)), Errc::conflict);
}

void StoreSuspension::whatCannotBeResumedEnds()
{
    const Desktop desktop = saved("ward-1");
    check(store().beginResuming(desktop.id, one, "", at(20s)));
    check(store().recordResumeFailure(desktop.id, one, "its memory cannot be read", at(21s)));
    const IncarnationFacts after = facts(desktop);
    QVERIFY(after.endingAt == at(21s) && after.endReason == EndReason::failedToStart);
    QCOMPARE(after.lastError, std::string("its memory cannot be read"));
    QCOMPARE(after.startAttempts, std::int64_t(1));
    check(store().recordEnded(desktop.id, one, DiskFate::removed, at(22s)));
}

void StoreSuspension::itUsesNoMemory()
{
    const Desktop desktop = ready("ward-1");
    const std::int64_t running = memory();
    QVERIFY(running > 0);
    check(store().beginSuspending(desktop.id, one, at(10s)));
    QCOMPARE(memory(), running); // not yet
    check(store().recordSuspended(desktop.id, one, at(12s)));
    QCOMPARE(memory(), std::int64_t(0));
    check(store().beginResuming(desktop.id, one, "", at(20s)));
    QCOMPARE(memory(), running);
}

void StoreSuspension::itIsNoBootAndNoBootTime()
{
    const Desktop desktop = ready("ward-1");
    const auto boots = orDie(store().listBootTimes(m_hospital.pool, 10));
    QCOMPARE(booting(), std::int64_t(0));
    check(store().beginSuspending(desktop.id, one, at(10s)));
    QCOMPARE(booting(), std::int64_t(1)); // it costs its host as much
    check(store().recordSuspended(desktop.id, one, at(12s)));
    QCOMPARE(booting(), std::int64_t(0));
    check(store().beginResuming(desktop.id, one, "", at(20h)));
    QCOMPARE(booting(), std::int64_t(1));
    check(store().recordReady(desktop.id, one, "ab", at(20h + 2s)));
    for (const auto& time : orDie(store().listBootTimes(m_hospital.pool, 10)))
        QVERIFY(time < 1h);
    QVERIFY(boots.size() == 1);
}

void StoreSuspension::nothingIsBegunInAdoption_R11()
{
    const Desktop desktop = ready("ward-1");
    const Desktop second = saved("ward-2");
    AdoptionRecord wanted;
    wanted.broker = BrokerId("broker-1");
    wanted.reason = "a test";
    std::ignore = orDie(store().beginAdoption(wanted, Epoch(1000), 10s, AdoptionStart::afresh));
    QVERIFY(!store().beginSuspending(desktop.id, one, at(10s)));
    QVERIFY(!store().beginResuming(second.id, one, "", at(10s)));
}

QTEST_GUILESS_MAIN(StoreSuspension)
#include "tst_storesuspension.moc"
