// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QTest>
#include <algorithm>
#include <functional>
#include <thread>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

namespace {

/// PostgreSQL's own clock goes on meanwhile, also on a machine that is slow: minutes do not matter.
constexpr std::chrono::milliseconds ttl = 30min;

}

/// Several brokers on one database, and groups of writes; each function runs once for each store.
class StoreBrokers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }

    void aBrokerIsListedWhileItLives_R10();
    void aRegistrationIsReplacedByTheNext_R3();
    void oneBrokerClaimsEveryPool();
    void poolsAreSharedFairly();
    void anExpiredClaimIsTakenOver();
    void whoComesBackFindsItsClaimGone_R3();
    void aReleasedPoolIsFree();
    void claimsEndWithTheirPool();
    void aFenceRefusesWritesOfAnOldClaim_R3();
    void openWorkHoldsUpATakeoverButNoRenewal_R3();
    void epochsAreRaisedAndNeverLowered_R11();
    void aGroupIsKeptTogether();
    void aGroupIsUndoneTogether();
    void aFailureInAGroupUndoesOnlyItself();

private:
    Store& store() { return m_under->store(); }
    BrokerRecord add(const std::string& name);
    void addPools(int count);
    std::vector<Fence> claim(const BrokerRecord& broker)
    {
        return orDie(store().claimPools(broker.id, broker.epoch, ttl));
    }

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
};

void StoreBrokers::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
    m_hospital = {};
    m_hospital.build(store()); // with one pool
}

BrokerRecord StoreBrokers::add(const std::string& name)
{
    BrokerRecord record;
    record.id = BrokerId("broker-" + name);
    record.name = name;
    record.peerAddress = name + ".example:8443";
    record.agentHost = "10.213.0.1";
    record.agentPort = 8443;
    record.keySha256 = "ab";
    return orDie(store().registerBroker(record));
}

void StoreBrokers::addPools(int count)
{
    Pool pool = orDie(store().findPool(m_hospital.organisation, m_hospital.pool));
    for (int number = 2; number <= count; ++number) {
        pool.id = PoolId("pool-" + std::to_string(number));
        pool.name = pool.id.value();
        check(store().insertPool(pool));
    }
}

void StoreBrokers::aBrokerIsListedWhileItLives_R10()
{
    const BrokerRecord a = add("a");
    const BrokerRecord b = add("b");
    const std::vector<BrokerRecord> both = orDie(store().listBrokers(ttl));
    QCOMPARE(both.size(), std::size_t(2));
    QCOMPARE(both[0].id, a.id);
    QCOMPARE(both[0].name, std::string("a"));
    QCOMPARE(both[0].peerAddress, std::string("a.example:8443"));
    QCOMPARE(both[0].agentHost, std::string("10.213.0.1"));
    QCOMPARE(both[0].agentPort, std::int64_t(8443));
    QCOMPARE(both[0].keySha256, std::string("ab"));
    QCOMPARE(both[0].epoch, a.epoch);
    m_under->pass(20min);
    const WallTime seen = orDie(store().heartbeat(b.id, b.epoch));
    m_under->pass(20min);
    QVERIFY(orDie(store().heartbeat(b.id, b.epoch)) >= seen);
    QCOMPARE(orDie(store().listBrokers(ttl)).size(), std::size_t(1));
    QCOMPARE(orDie(store().listBrokers(ttl)).front().id, b.id);
    check(store().unregisterBroker(b.id, b.epoch));
    check(store().unregisterBroker(b.id, b.epoch));
    QVERIFY(orDie(store().listBrokers(ttl)).empty());
    REFUSED(store().heartbeat(b.id, b.epoch), Errc::stale);
}

void StoreBrokers::aRegistrationIsReplacedByTheNext_R3()
{
    const BrokerRecord before = add("a");
    QCOMPARE(claim(before).size(), std::size_t(1));
    const BrokerRecord after = add("a");
    QVERIFY(after.epoch > before.epoch);
    QCOMPARE(orDie(store().listBrokers(ttl)).size(), std::size_t(1));
    REFUSED(store().heartbeat(before.id, before.epoch), Errc::stale);
    REFUSED(store().claimPools(before.id, before.epoch, ttl), Errc::stale);
    check(
        store().unregisterBroker(before.id, before.epoch)); // the old one drops nothing of the new
    static_cast<void>(orDie(store().heartbeat(after.id, after.epoch)));
    // The claims of the life before are gone; they are taken under a new epoch.
    const std::vector<Fence> held = claim(after);
    QCOMPARE(held.size(), std::size_t(1));
    QVERIFY(held.front().epoch > after.epoch);
}

void StoreBrokers::oneBrokerClaimsEveryPool()
{
    addPools(3);
    const BrokerRecord a = add("a");
    const std::vector<Fence> held = claim(a);
    QCOMPARE(held.size(), std::size_t(3));
    for (const Fence& fence : held) {
        QCOMPARE(fence.broker, a.id);
        QVERIFY(fence.epoch > a.epoch);
    }
    QCOMPARE(claim(a), held); // renewed, not taken again
}

void StoreBrokers::poolsAreSharedFairly()
{
    addPools(3);
    const BrokerRecord a = add("a");
    QCOMPARE(claim(a).size(), std::size_t(3));
    const BrokerRecord b = add("b");
    QVERIFY(claim(b).empty()); // nothing is taken from somebody who holds it
    const std::vector<Fence> ofA = claim(a); // gives back what is above its share
    QCOMPARE(ofA.size(), std::size_t(2));
    const std::vector<Fence> ofB = claim(b);
    QCOMPARE(ofB.size(), std::size_t(1));
    QVERIFY(std::none_of(ofA.begin(), ofA.end(),
        [&](const Fence& fence) { return fence.pool == ofB.front().pool; }));
    QCOMPARE(claim(a), ofA);
    QCOMPARE(claim(b), ofB);
}

void StoreBrokers::anExpiredClaimIsTakenOver()
{
    addPools(2);
    const BrokerRecord a = add("a");
    QCOMPARE(claim(a).size(), std::size_t(2));
    const BrokerRecord b = add("b");
    m_under->pass(20min);
    static_cast<void>(orDie(store().heartbeat(b.id, b.epoch)));
    QVERIFY(claim(b).empty());
    m_under->pass(20min); // nothing is heard of a
    static_cast<void>(orDie(store().heartbeat(b.id, b.epoch)));
    QCOMPARE(claim(b).size(), std::size_t(2));
}

void StoreBrokers::whoComesBackFindsItsClaimGone_R3()
{
    const BrokerRecord a = add("a");
    const Fence old = claim(a).front();
    const BrokerRecord b = add("b");
    m_under->pass(ttl + 1min);
    static_cast<void>(orDie(store().heartbeat(b.id, b.epoch)));
    const Fence taken = claim(b).front();
    QCOMPARE(taken.pool, old.pool);
    QVERIFY(taken.epoch > old.epoch);
    // Frozen, and awake again: its registration still stands, its claim does not.
    static_cast<void>(orDie(store().heartbeat(a.id, a.epoch)));
    QVERIFY(claim(a).empty());
    const FenceScope fenced(store(), old);
    REFUSED(store().nextEpoch(), Errc::stale);
}

void StoreBrokers::aReleasedPoolIsFree()
{
    addPools(2);
    const BrokerRecord a = add("a");
    const BrokerRecord b = add("b");
    QCOMPARE(claim(a).size(), std::size_t(1));
    QCOMPARE(claim(b).size(), std::size_t(1));
    check(store().releasePools(a.id));
    check(store().unregisterBroker(a.id, a.epoch));
    QCOMPARE(claim(b).size(), std::size_t(2));
}

void StoreBrokers::claimsEndWithTheirPool()
{
    addPools(2);
    const BrokerRecord a = add("a");
    QCOMPARE(claim(a).size(), std::size_t(2));
    check(store().deletePool(PoolId("pool-2")));
    QCOMPARE(claim(a).size(), std::size_t(1));
}

void StoreBrokers::aFenceRefusesWritesOfAnOldClaim_R3()
{
    const BrokerRecord a = add("a");
    const Fence fence = claim(a).front();
    const Desktop desktop = m_hospital.addDesktop(store(), "ward-01");
    {
        const FenceScope fenced(store(), fence);
        check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
    }
    check(store().releasePools(a.id));
    {
        const FenceScope fenced(store(), fence);
        REFUSED(store().recordReady(desktop.id, Incarnation(1), "ab12", at(2s)), Errc::stale);
        REFUSED(store().addDesktop(
                    m_hospital.desktop("ward-02"), m_hospital.firstAddress, m_hospital.lastAddress),
            Errc::stale);
        const DesktopRow row = orDie(store().findDesktop(desktop.id)); // reading is free
        QVERIFY(!row.desktop.incarnation.readyAt);
    }
    check(store().recordReady(desktop.id, Incarnation(1), "ab12", at(3s)));
    // Taken again, the old epoch is still worth nothing; and a claim whose time is over neither.
    const Fence again = claim(a).front();
    {
        const FenceScope fenced(store(), fence);
        REFUSED(store().recordUnready(desktop.id, Incarnation(1), at(4s)), Errc::stale);
    }
    m_under->pass(ttl);
    const FenceScope fenced(store(), again);
    REFUSED(store().recordUnready(desktop.id, Incarnation(1), at(4s)), Errc::stale);
}

void StoreBrokers::openWorkHoldsUpATakeoverButNoRenewal_R3()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    if (kind != test::StoreKind::postgresql)
        return; // nobody else writes meanwhile
    const BrokerRecord a = add("a");
    const BrokerRecord b = add("b");
    static_cast<void>(orDie(store().heartbeat(b.id, b.epoch)));
    const Fence fence = claim(a).front();
    const Desktop desktop = m_hospital.addDesktop(store(), "ward-01");
    const auto aside = [](const std::function<void()>& act) { std::thread(act).join(); };
    check(store().beginGroup());
    {
        const FenceScope fenced(store(), fence);
        check(store().recordStarted(desktop.id, Incarnation(1), at(1s)));
    }
    aside([&] { QCOMPARE(claim(a).front().epoch, fence.epoch); });
    m_under->sql(QStringLiteral("UPDATE pool_claims SET expires_at = 0"));
    Result<std::vector<Fence>> taken;
    aside([&] { taken = store().claimPools(b.id, b.epoch, ttl); });
    REFUSED(taken, Errc::unavailable); // after lock_timeout
    check(store().commitGroup());
    QCOMPARE(orDie(store().claimPools(b.id, b.epoch, ttl)).size(), std::size_t(1));
    const FenceScope fenced(store(), fence);
    REFUSED(store().recordReady(desktop.id, Incarnation(1), "ab12", at(2s)), Errc::stale);
}

void StoreBrokers::epochsAreRaisedAndNeverLowered_R11()
{
    const Epoch first = orDie(store().nextEpoch());
    QCOMPARE(orDie(store().currentEpoch()), first);
    check(store().raiseEpoch(Epoch(first.value() + 1000)));
    QCOMPARE(orDie(store().currentEpoch()), Epoch(first.value() + 1000));
    check(store().raiseEpoch(Epoch(first.value() + 10)));
    QCOMPARE(orDie(store().currentEpoch()), Epoch(first.value() + 1000));
    QCOMPARE(orDie(store().nextEpoch()), Epoch(first.value() + 1001));
}

void StoreBrokers::aGroupIsKeptTogether()
{
    const std::unique_ptr<Store> other = m_under->another();
    check(store().beginGroup());
    const UserId nurse = m_hospital.addUser(store(), "nurse");
    m_hospital.addReadyDesktop(store(), "ward-01");
    const Grant grant = orDie(store().grant(m_hospital.request(nurse, "key")));
    QCOMPARE(grant.outcome, GrantOutcome::granted);
    if (other) // nothing is to be seen before the commit
        QVERIFY(orDie(other->listOpenLeasesOf(nurse)).empty());
    check(store().commitGroup());
    for (Store* each : { &store(), other.get() }) {
        if (each != nullptr)
            QCOMPARE(orDie(each->listOpenLeasesOf(nurse)).size(), std::size_t(1));
    }
    check(store().beginGroup()); // an empty one
    check(store().commitGroup());
}

void StoreBrokers::aGroupIsUndoneTogether()
{
    const UserId nurse = m_hospital.addUser(store(), "nurse");
    m_hospital.addReadyDesktop(store(), "ward-01");
    check(store().beginGroup());
    static_cast<void>(m_hospital.addUser(store(), "doctor"));
    QCOMPARE(orDie(store().grant(m_hospital.request(nurse, "key"))).outcome, GrantOutcome::granted);
    store().rollbackGroup();
    QVERIFY(orDie(store().listOpenLeasesOf(nurse)).empty());
    QCOMPARE(orDie(store().listUsers(m_hospital.organisation)).size(), std::size_t(1));
    // And outside of a group each write is kept by itself again.
    QCOMPARE(orDie(store().grant(m_hospital.request(nurse, "key"))).outcome, GrantOutcome::granted);
}

void StoreBrokers::aFailureInAGroupUndoesOnlyItself()
{
    check(store().beginGroup());
    const UserId nurse = m_hospital.addUser(store(), "nurse");
    User same;
    same.id = UserId("user-other");
    same.organisation = m_hospital.organisation;
    same.name = "NURSE";
    REFUSED(store().insertUser(same), Errc::conflict);
    REFUSED(store().setPasswordHash(UserId("nobody"), "x"), Errc::notFound);
    const UserId doctor = m_hospital.addUser(store(), "doctor");
    check(store().commitGroup());
    QCOMPARE(orDie(store().findUser(nurse)).name, std::string("nurse"));
    QCOMPARE(orDie(store().findUser(doctor)).name, std::string("doctor"));
    QCOMPARE(orDie(store().listUsers(m_hospital.organisation)).size(), std::size_t(2));
}

QTEST_GUILESS_MAIN(StoreBrokers)
#include "tst_storebrokers.moc"
