// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "tests/contract/store/storefixture.h"
#include "tests/contract/store/storeundertest.h"

#include <QSqlQuery>
#include <QTest>
#include <atomic>
#include <barrier>
#include <map>
#include <set>
#include <thread>
#include <tuple>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

namespace {

constexpr int workers = 16;
constexpr int users = 2000;
constexpr int desktops = 2000;

std::string numbered(const char* stem, int number)
{
    return stem + std::to_string(number);
}

PoolId crowd(int number)
{
    return PoolId(numbered("crowd-", number));
}

/// SQLite lets nobody wait in a line: on a slow machine one may be unlucky for long.
Result<Grant> grantPatiently(Store& store, const LeaseRequest& request)
{
    Result<Grant> grant = store.grant(request);
    while (!grant && grant.error().code == Errc::unavailable)
        grant = store.grant(request);
    return grant;
}

}

Q_DECLARE_METATYPE(wardesk::broker::GrantOutcome)

/// Several brokers' worth of connections on one database; each function runs once for each.
class StoreConcurrency : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data() { test::addSharedStoreRows(); }
    void init();
    void cleanup() { m_under.reset(); }
    void grantsAreNeverDoubled_R2();
    void checkThenUpdateDoubles_control();
    void oneUserAskingEverywhereGetsOneLease_R2_R9_data();
    void oneUserAskingEverywhereGetsOneLease_R2_R9();
    void oneTicketIsRedeemedOnce_S1();
    void auditStaysOneChain_A10();
    void openingTogetherMigratesOnce();
    void aStoreServesSeveralThreads();
    void poolsAreClaimedByOneBrokerEach();
    void noLeaseSurvivesItsEnding_R1();
    void addressesAreGivenOnce();
    void aLeaseThatEndsMeanwhileIsNotResumed_R1();
    void aHostThatComesBackMeanwhileKeepsItsUsers_R7_data();
    void aHostThatComesBackMeanwhileKeepsItsUsers_R7();
    void anEpochBelowTheLeasesIsNotGiven_R3();
    void aPoolLimitHoldsForAllTogether();
    void aUserLimitHoldsInAllPoolsTogether();
    void aLimitWaitsForWhoIsBeingLetIn_data();
    void aLimitWaitsForWhoIsBeingLetIn();
    void aGroupWaitsForNoLimit();
    void seatsAreNeverDoubledNorTooMany_R1_R2();
    void whoComesToTheOneSharedDesktopWaitsForNobodyElse();

private:
    /// Runs work(store, worker) in so many threads, each with a store of its own, all let go at the
    /// same moment.
    template <typename Work> void together(const Work& work, int threadCount = workers);
    void fill(int desktopCount);
    void spread(int pools);
    void waitForALock(const char* connection);
    int control(bool careful);

    std::unique_ptr<test::StoreUnderTest> m_under;
    test::Hospital m_hospital;
};

void StoreConcurrency::init()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind);
}

template <typename Work> void StoreConcurrency::together(const Work& work, int threadCount)
{
    std::barrier start(threadCount);
    std::vector<std::thread> threads;
    for (int worker = 0; worker < threadCount; ++worker) {
        threads.emplace_back([&, worker] {
            const std::unique_ptr<Store> store = m_under->another();
            start.arrive_and_wait();
            work(*store, worker);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

void StoreConcurrency::fill(int desktopCount)
{
    Store* store = &m_under->store();
    m_hospital.build(*store);
    // By the thousand in one statement: a row at a time would be a minute of waiting for the disk.
    m_under->sql(QStringLiteral(
        "INSERT INTO users SELECT 'user-' || value, 'org-1', 'u' || value, 'u' || value, '',"
        " 'clinician', 0, '', 0 FROM (WITH RECURSIVE c(value) AS (SELECT 0 UNION ALL SELECT"
        " value + 1 FROM c WHERE value < %1) SELECT value FROM c) AS numbers")
                     .arg(users - 1));
    m_under->sql(QStringLiteral(
        "INSERT INTO desktops (id, organisation_id, pool_id, name, address) SELECT 'desktop-' ||"
        " value, 'org-1', 'pool-1', 'd' || value, 'a' || value FROM (WITH RECURSIVE c(value) AS"
        " (SELECT 0 UNION ALL SELECT value + 1 FROM c WHERE value < %1) SELECT value FROM c) AS "
        "numbers")
                     .arg(desktopCount - 1));
    m_under->sql(QStringLiteral(
        "INSERT INTO incarnations (desktop_id, number, organisation_id, pool_id,"
        " domain_uuid, image_id, bootstrap_hash, created_at, started_at, ready_at)"
        " SELECT id, 1, 'org-1', pool_id, id, 'image-1', '', 0, 0, 0 FROM desktops"));
}

/// The desktops that there are, evenly to so many new pools.
void StoreConcurrency::spread(int pools)
{
    Store& store = m_under->store();
    Pool pool = orDie(store.findPool(m_hospital.organisation, m_hospital.pool));
    for (int number = 0; number < pools; ++number) {
        pool.id = crowd(number);
        pool.name = pool.id.value();
        check(store.insertPool(pool));
    }
    m_under->sql(QStringLiteral("UPDATE desktops SET pool_id = 'crowd-' ||"
                                " (CAST(replace(id, 'desktop-', '') AS INTEGER) % %1)")
                     .arg(pools));
    m_under->sql(QStringLiteral("UPDATE incarnations SET pool_id = (SELECT pool_id FROM desktops "
                                "WHERE desktops.id = incarnations.desktop_id)"));
}

void StoreConcurrency::grantsAreNeverDoubled_R2()
{
    fill(desktops);
    std::atomic<int> nextUser { 0 };
    std::vector<std::vector<Lease>> granted(workers);
    std::atomic<int> failures { 0 };
    together([&](Store& store, int worker) {
        for (int user = nextUser++; user < users; user = nextUser++) {
            const LeaseRequest request = m_hospital.request(UserId(numbered("user-", user)), "key");
            const Result<Grant> grant = grantPatiently(store, request);
            if (grant && grant->outcome == GrantOutcome::granted)
                granted[static_cast<std::size_t>(worker)].push_back(*grant->lease);
            else
                ++failures;
        }
    });
    std::set<std::pair<DesktopId, Incarnation>> seen;
    std::set<Epoch> epochs;
    int doubles = 0;
    for (const std::vector<Lease>& leases : granted) {
        for (const Lease& lease : leases) {
            doubles += seen.emplace(lease.desktop, lease.incarnation).second ? 0 : 1;
            doubles += epochs.insert(lease.epoch).second ? 0 : 1;
        }
    }
    qInfo("%d workers, %zu grants, %d doubled", workers, seen.size(), doubles);
    QCOMPARE(failures.load(), 0);
    QCOMPARE(doubles, 0);
    QCOMPARE(seen.size(), std::size_t(users));
}

int StoreConcurrency::control(bool careful)
{
    m_under->sql(QStringLiteral("DROP TABLE IF EXISTS naive"));
    m_under->sql(QStringLiteral("CREATE TABLE naive (id INTEGER PRIMARY KEY, holder TEXT)"));
    m_under->sql(QStringLiteral("INSERT INTO naive (id) SELECT value FROM (WITH RECURSIVE c(value)"
                                " AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < %1)"
                                " SELECT value FROM c) AS numbers")
                     .arg(desktops));
    std::atomic<int> nextUser { 0 };
    std::vector<std::map<int, int>> holders(workers);
    std::barrier start(workers);
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            const QString name = QStringLiteral("naive-%1").arg(worker);
            {
                const QSqlDatabase database = m_under->connect(name);
                QSqlQuery query(database);
                query.exec(database.driverName() == QStringLiteral("QSQLITE")
                        ? QStringLiteral("PRAGMA synchronous = OFF")
                        : QStringLiteral("SET synchronous_commit = 'off'"));
                start.arrive_and_wait();
                while (nextUser++ < users) {
                    query.exec(QStringLiteral(
                        "SELECT id FROM naive WHERE holder IS NULL ORDER BY id LIMIT 1"));
                    if (!query.next())
                        break;
                    const int id = query.value(0).toInt();
                    query.finish();
                    const QString condition
                        = careful ? QStringLiteral(" AND holder IS NULL") : QString();
                    if (query.exec(QStringLiteral("UPDATE naive SET holder = '%1' WHERE id = %2")
                                       .arg(name)
                                       .arg(id)
                            + condition)
                        && query.numRowsAffected() == 1)
                        ++holders[static_cast<std::size_t>(worker)][id];
                }
            }
            QSqlDatabase::removeDatabase(name);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    std::map<int, int> all;
    for (const std::map<int, int>& held : holders) {
        for (const auto& [id, count] : held)
            all[id] += count;
    }
    int doubles = 0;
    for (const auto& [id, count] : all)
        doubles += count - 1;
    return doubles;
}

void StoreConcurrency::checkThenUpdateDoubles_control()
{
    // Without this the test above could pass because nothing ever happened at the same moment. The
    // same work done as people write it first: read a free row, then mark it, without constraints.
    const int doubles = control(false);
    qInfo("control, check then update: %d doubled", doubles);
    QVERIFY(doubles > 0);
    QCOMPARE(control(true), 0); // and the measuring itself invents none
}

void StoreConcurrency::oneUserAskingEverywhereGetsOneLease_R2_R9_data()
{
    QTest::addColumn<int>("limit");
    QTest::newRow("no limit") << 0;
    QTest::newRow("limits of one") << 1; // which the very lease fills that is asked for
}

void StoreConcurrency::oneUserAskingEverywhereGetsOneLease_R2_R9()
{
    QFETCH(int, limit);
    fill(workers);
    {
        Store& store = m_under->store();
        check(store.setUserLimit(m_hospital.organisation, limit));
        check(store.setPoolLimit(m_hospital.organisation, m_hospital.pool, limit));
    }
    const UserId user("user-0");
    std::vector<Grant> grants(workers);
    together([&](Store& store, int worker) {
        // Half of them retry the same request, half are clicks of their own.
        const std::string key = worker % 2 == 0 ? "same" : numbered("key-", worker);
        grants[static_cast<std::size_t>(worker)]
            = orDie(store.grant(m_hospital.request(user, key)));
    });
    int granted = 0;
    for (const Grant& grant : grants) {
        QVERIFY(grant.lease);
        granted += grant.outcome == GrantOutcome::granted ? 1 : 0;
        QCOMPARE(grant.lease->id, grants.front().lease->id);
    }
    QCOMPARE(granted, 1);
    Store* store = &m_under->store();
    QCOMPARE(orDie(store->listOpenLeasesOf(user)).size(), std::size_t(1));
}

void StoreConcurrency::oneTicketIsRedeemedOnce_S1()
{
    fill(1);
    const UserId user("user-0");
    {
        Store* store = &m_under->store();
        const Lease lease = *orDie(store->grant(m_hospital.request(user, "key"))).lease;
        NewTicket ticket;
        ticket.hash = SecretHash("ticket");
        ticket.lease = lease.id;
        ticket.epoch = lease.epoch;
        ticket.user = user;
        ticket.expiresAt = at(30s);
        check(store->insertTicket(ticket));
    }
    std::atomic<int> redeemed { 0 };
    std::atomic<int> stale { 0 };
    together([&](Store& store, int) {
        const Result<RedeemedTicket> result
            = store.redeemTicket(SecretHash("ticket"), user, at(1s));
        redeemed += result ? 1 : 0;
        stale += !result && result.error().code == Errc::stale ? 1 : 0;
    });
    QCOMPARE(redeemed.load(), 1);
    QCOMPARE(stale.load(), workers - 1);
}

void StoreConcurrency::auditStaysOneChain_A10()
{
    fill(1);
    together([&](Store& store, int worker) {
        for (int i = 0; i < 20; ++i) {
            AuditRecord record;
            record.organisation = m_hospital.organisation;
            record.actor = numbered("worker-", worker);
            record.action = "test";
            check(store.appendAudit(record));
        }
    });
    Store* store = &m_under->store();
    QCOMPARE(orDie(store->listAudit(m_hospital.organisation, 0, 10000)).size(),
        std::size_t(workers * 20));
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(0));
    // Changing one record is noticed at it.
    m_under->sql(QStringLiteral("UPDATE audit SET actor = 'nobody' WHERE number = 17"));
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(17));
    m_under->sql(QStringLiteral("DELETE FROM audit WHERE number = 17"));
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(18));
}

void StoreConcurrency::openingTogetherMigratesOnce()
{
    m_under = nullptr; // another database, which nobody has opened yet
    QFETCH_GLOBAL(test::StoreKind, kind);
    m_under = std::make_unique<test::StoreUnderTest>(kind, test::Opened::later);
    together([&](Store& store, int) { static_cast<void>(orDie(store.probe())); });
    const std::unique_ptr<Store> store = m_under->another();
    m_hospital.build(*store);
}

void StoreConcurrency::aStoreServesSeveralThreads()
{
    fill(users);
    Store& store = m_under->store();
    std::atomic<int> nextUser { 0 };
    std::atomic<int> granted { 0 };
    std::vector<std::thread> threads;
    for (int worker = 0; worker < 4; ++worker) {
        threads.emplace_back([&] {
            for (int user = nextUser++; user < 100; user = nextUser++) {
                const Grant grant
                    = orDie(store.grant(m_hospital.request(UserId(numbered("user-", user)), "k")));
                granted += grant.outcome == GrantOutcome::granted ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(granted.load(), 100);
    QCOMPARE(orDie(store.listOpenLeases(m_hospital.organisation)).size(), std::size_t(100));
}

void StoreConcurrency::poolsAreClaimedByOneBrokerEach()
{
    fill(1);
    Pool pool = orDie(m_under->store().findPool(m_hospital.organisation, m_hospital.pool));
    for (int number = 0; number < 40; ++number) {
        pool.id = PoolId(numbered("p", number));
        pool.name = pool.id.value();
        check(m_under->store().insertPool(pool));
    }
    std::vector<std::vector<Fence>> held(workers);
    together([&](Store& store, int worker) {
        BrokerRecord record;
        record.id = BrokerId(numbered("broker-", worker));
        record = orDie(store.registerBroker(record));
        for (int round = 0; round < 3; ++round)
            held[static_cast<std::size_t>(worker)]
                = orDie(store.claimPools(record.id, record.epoch, 60s));
    });
    std::set<PoolId> pools;
    std::set<Epoch> epochs;
    int doubles = 0;
    for (const std::vector<Fence>& fences : held) {
        for (const Fence& fence : fences) {
            doubles += pools.insert(fence.pool).second ? 0 : 1;
            doubles += epochs.insert(fence.epoch).second ? 0 : 1;
        }
    }
    QCOMPARE(doubles, 0);
}

void StoreConcurrency::noLeaseSurvivesItsEnding_R1()
{
    // Half grant, half end what is free, on the same desktops: whoever is first has it. A quarter
    // is out of the endings' reach and a half is never asked for, so that both find something
    // whoever is faster.
    constexpr int count = 200;
    fill(count);
    std::atomic<int> nextUser { 0 };
    std::atomic<int> nextDesktop { 0 };
    std::atomic<int> ended { 0 };
    together([&](Store& store, int worker) {
        if (worker % 2 == 0) {
            for (int user = nextUser++; user < count / 2; user = nextUser++)
                static_cast<void>(
                    orDie(store.grant(m_hospital.request(UserId(numbered("user-", user)), "key"))));
            return;
        }
        for (int number = nextDesktop++; number < count * 3 / 4; number = nextDesktop++) {
            const Result<void> begun = store.beginEnding(DesktopId(numbered("desktop-", number)),
                Incarnation(1), EndReason::recycledByAdmin, at(1s));
            ended += begun ? 1 : 0;
        }
    });
    int open = 0;
    for (const DesktopRow& row : orDie(m_under->store().listDesktops(m_hospital.pool))) {
        QVERIFY(!(row.lease && row.desktop.incarnation.endingAt));
        open += row.lease ? 1 : 0;
    }
    qInfo("%d leased, %d ended", open, ended.load());
    QVERIFY(open > 0);
    QVERIFY(ended.load() > 0);
}

void StoreConcurrency::addressesAreGivenOnce()
{
    fill(1);
    together([&](Store& store, int worker) {
        for (int number = 0; number < 5; ++number)
            m_hospital.addDesktop(store, numbered("extra-", worker * 100 + number));
    });
    std::set<std::string> addresses;
    for (const DesktopRow& row : orDie(m_under->store().listDesktops(m_hospital.pool)))
        addresses.insert(row.desktop.address);
    QCOMPARE(addresses.size(), std::size_t(workers * 5 + 1));
}

/// PostgreSQL: until somebody waits for a row that another one holds.
void StoreConcurrency::waitForALock(const char* connection)
{
    QSqlQuery waiting(m_under->connect(QLatin1String(connection)));
    QTRY_VERIFY(waiting.exec(QStringLiteral("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                            "current_database() AND wait_event_type = 'Lock'"))
        && waiting.next() && waiting.value(0).toInt() == 1);
}

void StoreConcurrency::aLeaseThatEndsMeanwhileIsNotResumed_R1()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    Store& ending = m_under->store();
    m_hospital.build(ending);
    const UserId nurse = m_hospital.addUser(ending, "nurse");
    m_hospital.addReadyDesktop(ending, "ward-01");
    const Lease lease = *orDie(ending.grant(m_hospital.request(nurse, "a"))).lease;
    check(ending.beginGroup());
    check(ending.closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    Result<Grant> asked = Grant {};
    std::thread asker([&] {
        const std::unique_ptr<Store> store = m_under->another();
        asked = store->grant(m_hospital.request(nurse, "b", at(1s)));
    });
    if (kind == test::StoreKind::postgresql) // it has seen the lease
        waitForALock("ending");
    const Result<void> committed = ending.commitGroup();
    asker.join();
    check(committed);
    if (kind == test::StoreKind::postgresql)
        REFUSED(asked, Errc::unavailable);
    else
        QCOMPARE(orDie(asked).outcome, GrantOutcome::nothingReady); // it was not let in before
}

void StoreConcurrency::aHostThatComesBackMeanwhileKeepsItsUsers_R7_data()
{
    QTest::addColumn<QString>("meanwhile");
    QTest::addColumn<bool>("isKept");
    QTest::addColumn<GrantOutcome>("afterwards");
    QTest::newRow("the host is back") << "back" << true << GrantOutcome::resumed;
    QTest::newRow("the lease is over") << "over" << false << GrantOutcome::granted;
    QTest::newRow("another lease is lost, too") << "another" << false << GrantOutcome::nothingReady;
}

void StoreConcurrency::aHostThatComesBackMeanwhileKeepsItsUsers_R7()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    QFETCH(QString, meanwhile);
    QFETCH(bool, isKept);
    QFETCH(GrantOutcome, afterwards);
    Store& other = m_under->store();
    m_hospital.build(other);
    const UserId nurse = m_hospital.addUser(other, "nurse");
    m_hospital.addReadyDesktop(other, "ward-01");
    const Lease lease = *orDie(other.grant(m_hospital.request(nurse, "a"))).lease;
    for (const char* name : { "ward-02", "ward-03" })
        m_hospital.addReadyDesktop(other, name);
    for (const char* name : { "north", "south" }) {
        Host host;
        host.id = HostId(name);
        host.name = name;
        host.uri = std::string("lxc+ssh://") + name + "/system";
        check(other.insertHost(host));
    }
    m_under->sql(QStringLiteral("UPDATE desktops SET host_id = 'north' WHERE name = 'ward-01'"));
    m_under->sql(QStringLiteral("UPDATE desktops SET host_id = 'south' WHERE name > 'ward-01'"));
    check(other.setHostDead(HostId("north"), at(1s)));
    check(other.beginGroup());
    if (meanwhile == QLatin1String("back")) { // and the user has connected: the row is held
        check(other.setHostDead(HostId("north"), std::nullopt));
        check(other.recordConnected(lease.id, lease.epoch, at(2s)));
    } else {
        check(other.closeLease(lease.id, CloseReason::loggedOff, at(2s)));
    }
    if (meanwhile == QLatin1String("another")) {
        QCOMPARE(orDie(other.grant(m_hospital.request(nurse, "c", at(2s)))).outcome,
            GrantOutcome::granted);
        check(other.setHostDead(HostId("south"), at(2s)));
    }
    Result<Grant> asked = Grant {};
    std::thread asker([&] {
        const std::unique_ptr<Store> store = m_under->another();
        asked = store->grant(m_hospital.request(nurse, "b", at(3s)));
    });
    if (kind == test::StoreKind::postgresql)
        waitForALock(meanwhile.toLatin1().constData());
    const Result<void> committed = other.commitGroup();
    asker.join();
    check(committed);
    if (kind == test::StoreKind::postgresql)
        REFUSED(asked, Errc::unavailable);
    else
        QCOMPARE(orDie(asked).outcome, afterwards); // it was not let in before
    const Lease now = orDie(other.findLease(m_hospital.organisation, lease.id));
    QCOMPARE(!now.closedAt.has_value(), isKept);
}

void StoreConcurrency::anEpochBelowTheLeasesIsNotGiven_R3()
{
    Store& store = m_under->store();
    m_hospital.build(store);
    const UserId nurse = m_hospital.addUser(store, "nurse");
    m_hospital.addReadyDesktop(store, "ward-01");
    orDie(store.grant(m_hospital.request(nurse, "a")));
    m_under->sql(QStringLiteral("UPDATE leases SET epoch = 5000")); // of a time that was lost
    REFUSED(store.grant(m_hospital.request(nurse, "b")), Errc::stale);
    check(store.raiseEpoch(Epoch(5000)));
    QCOMPARE(orDie(store.grant(m_hospital.request(nurse, "c"))).outcome, GrantOutcome::resumed);
}

void StoreConcurrency::aPoolLimitHoldsForAllTogether()
{
    constexpr int rounds = 20;
    constexpr int askers = 8;
    fill(rounds * askers);
    spread(rounds);
    for (int round = 0; round < rounds; ++round)
        check(m_under->store().setPoolLimit(m_hospital.organisation, crowd(round), 3));
    // Holds nobody back, and both are counted: nobody waits for ever for who waits for him.
    check(m_under->store().setUserLimit(m_hospital.organisation, 1));
    std::vector<std::vector<GrantOutcome>> answers(askers, std::vector<GrantOutcome>(rounds));
    std::barrier next(askers);
    together(
        [&](Store& store, int worker) {
            for (int round = 0; round < rounds; ++round) {
                const auto user = UserId(numbered("user-", round * askers + worker));
                LeaseRequest request = m_hospital.request(user, "key");
                request.pool = crowd(round);
                next.arrive_and_wait();
                answers[static_cast<std::size_t>(worker)][static_cast<std::size_t>(round)]
                    = orDie(grantPatiently(store, request)).outcome;
            }
        },
        askers);
    for (std::size_t round = 0; round < rounds; ++round) {
        std::map<GrantOutcome, int> counts;
        for (const std::vector<GrantOutcome>& of : answers)
            ++counts[of[round]];
        QCOMPARE(counts[GrantOutcome::granted], 3);
        QCOMPARE(counts[GrantOutcome::poolLimit], 5);
    }
    QCOMPARE(orDie(m_under->store().listOpenLeases(m_hospital.organisation)).size(),
        std::size_t(rounds * 3));
}

void StoreConcurrency::aUserLimitHoldsInAllPoolsTogether()
{
    constexpr int rounds = 20;
    constexpr int pools = 6;
    fill(rounds * pools);
    spread(pools);
    for (int pool = 0; pool < pools; ++pool)
        check(m_under->store().setPoolLimit(m_hospital.organisation, crowd(pool), rounds));
    check(m_under->store().setUserLimit(m_hospital.organisation, 2));
    std::vector<std::vector<GrantOutcome>> answers(pools, std::vector<GrantOutcome>(rounds));
    std::barrier next(pools);
    together(
        [&](Store& store, int worker) {
            for (int round = 0; round < rounds; ++round) {
                LeaseRequest request = m_hospital.request(
                    UserId(numbered("user-", round)), numbered("key-", worker));
                request.pool = crowd(worker);
                next.arrive_and_wait();
                answers[static_cast<std::size_t>(worker)][static_cast<std::size_t>(round)]
                    = orDie(grantPatiently(store, request)).outcome;
            }
        },
        pools);
    for (int round = 0; round < rounds; ++round) {
        std::map<GrantOutcome, int> counts;
        for (const std::vector<GrantOutcome>& of : answers)
            ++counts[of[static_cast<std::size_t>(round)]];
        QCOMPARE(counts[GrantOutcome::granted], 2);
        QCOMPARE(counts[GrantOutcome::userLimit], 4);
        QCOMPARE(orDie(m_under->store().listOpenLeasesOf(UserId(numbered("user-", round)))).size(),
            std::size_t(2));
    }
}

void StoreConcurrency::aLimitWaitsForWhoIsBeingLetIn_data()
{
    QTest::addColumn<GrantOutcome>("limit");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("pool") << GrantOutcome::poolLimit << true;
    QTest::newRow("pool, undone") << GrantOutcome::poolLimit << false;
    QTest::newRow("user") << GrantOutcome::userLimit << true;
    QTest::newRow("user, undone") << GrantOutcome::userLimit << false;
}

void StoreConcurrency::aLimitWaitsForWhoIsBeingLetIn()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    QFETCH(GrantOutcome, limit);
    QFETCH(bool, isKept);
    Store& other = m_under->store();
    m_hospital.build(other);
    const UserId nurse = m_hospital.addUser(other, "nurse");
    const UserId doctor = m_hospital.addUser(other, "doctor");
    m_hospital.addReadyDesktop(other, "ward-01");
    m_hospital.addReadyDesktop(other, "ward-02");
    Pool pool = orDie(other.findPool(m_hospital.organisation, m_hospital.pool));
    pool.id = crowd(0);
    pool.name = "second";
    check(other.insertPool(pool));
    test::Hospital second = m_hospital;
    second.pool = pool.id;
    second.addReadyDesktop(other, "other-01");
    LeaseRequest request = m_hospital.request(doctor, "b");
    if (limit == GrantOutcome::poolLimit) {
        check(other.setPoolLimit(m_hospital.organisation, m_hospital.pool, 1));
    } else {
        check(other.setUserLimit(m_hospital.organisation, 1));
        request = second.request(nurse, "b");
    }
    check(other.beginGroup());
    QCOMPARE(orDie(other.grant(m_hospital.request(nurse, "a"))).outcome, GrantOutcome::granted);
    Result<Grant> asked = Grant {};
    std::thread asker([&] {
        const std::unique_ptr<Store> store = m_under->another();
        asked = store->grant(request);
    });
    if (kind == test::StoreKind::postgresql)
        waitForALock(QTest::currentDataTag());
    Result<void> over;
    if (isKept)
        over = other.commitGroup();
    else
        other.rollbackGroup();
    asker.join();
    check(over);
    QCOMPARE(orDie(asked).outcome, isKept ? limit : GrantOutcome::granted);
}

/// It may hold what the one who counts waits for. Its jobs run again alone instead.
void StoreConcurrency::aGroupWaitsForNoLimit()
{
    QFETCH_GLOBAL(test::StoreKind, kind);
    if (kind != test::StoreKind::postgresql)
        return; // one writer: there is nothing to wait for
    Store& first = m_under->store();
    m_hospital.build(first);
    const UserId nurse = m_hospital.addUser(first, "nurse");
    const UserId doctor = m_hospital.addUser(first, "doctor");
    m_hospital.addReadyDesktop(first, "ward-01");
    m_hospital.addReadyDesktop(first, "ward-02");
    check(first.setPoolLimit(m_hospital.organisation, m_hospital.pool, 2));
    check(first.beginGroup());
    QCOMPARE(orDie(first.grant(m_hospital.request(nurse, "a"))).outcome, GrantOutcome::granted);
    Result<Grant> asked = Grant {};
    Result<void> over;
    Result<Grant> alone = Grant {};
    std::thread([&] {
        const std::unique_ptr<Store> second = m_under->another();
        check(second->beginGroup());
        check(second->recordSignInFailure("a part before it", at({})));
        asked = second->grant(m_hospital.request(doctor, "b"));
        over = second->commitGroup();
    }).join(); // although the lock is held all the time
    QVERIFY(!asked);
    QVERIFY(!over);
    QVERIFY(over.error().code != Errc::unavailable); // undone for certain
    check(first.commitGroup());
    alone = first.grant(m_hospital.request(doctor, "b"));
    QCOMPARE(orDie(alone).outcome, GrantOutcome::granted);
}

/// Sixteen brokers give out seats and take them back; at no moment are more inside than there is
/// room for, and no account is given twice.
void StoreConcurrency::seatsAreNeverDoubledNorTooMany_R1_R2()
{
    constexpr int few = 40; // desktops
    constexpr std::int64_t seats = 4;
    fill(few);
    m_under->sql(QStringLiteral("UPDATE pools SET kind = 'shared', seats = 4"));
    Pool pool = orDie(m_under->store().findPool(m_hospital.organisation, m_hospital.pool));
    const std::int64_t accounts = accountsOf(pool);
    std::atomic<int> nextUser { 0 };
    std::vector<std::vector<Lease>> granted(workers);
    std::atomic<int> tooMany { 0 };
    const auto look = [&](Store& store) {
        for (const DesktopRow& row : orDie(store.listDesktops(pool.id)))
            tooMany += openSeats(row) > seats ? 1 : 0;
    };
    together([&](Store& store, int worker) {
        std::vector<Lease>& own = granted[static_cast<std::size_t>(worker)];
        for (int user = nextUser++; user < few * int(accounts); user = nextUser++) {
            const Result<Grant> grant
                = grantPatiently(store, m_hospital.request(UserId(numbered("user-", user)), "key"));
            if (!grant || grant->outcome != GrantOutcome::granted)
                continue;
            own.push_back(*grant->lease);
            // Half of them stay until the desktops are full.
            if (user % 2 == 0)
                check(store.closeLease(grant->lease->id, CloseReason::loggedOff, at(1s)));
            if (user % 32 == 0)
                look(store);
        }
    });
    look(m_under->store());
    std::set<std::tuple<DesktopId, Incarnation, std::int64_t>> seen;
    int doubles = 0;
    for (const std::vector<Lease>& leases : granted) {
        for (const Lease& lease : leases) {
            doubles += seen.emplace(lease.desktop, lease.incarnation, lease.seat).second ? 0 : 1;
            QVERIFY(lease.seat >= 1 && lease.seat <= accounts);
        }
    }
    qInfo("%d workers, %zu seats given, %d doubled", workers, seen.size(), doubles);
    QCOMPARE(doubles, 0);
    QCOMPARE(tooMany.load(), 0);
    QVERIFY(seen.size() >= std::size_t(few * seats));
}

/// A desktop that somebody is just going into has room for the next one all the same.
void StoreConcurrency::whoComesToTheOneSharedDesktopWaitsForNobodyElse()
{
    fill(1);
    m_under->sql(QStringLiteral("UPDATE pools SET kind = 'shared', seats = 16"));
    std::atomic<int> refused { 0 };
    together([&](Store& store, int worker) {
        const Result<Grant> grant
            = grantPatiently(store, m_hospital.request(UserId(numbered("user-", worker)), "key"));
        refused += grant && grant->outcome == GrantOutcome::granted ? 0 : 1;
    });
    QCOMPARE(refused.load(), 0);
    const auto rows = orDie(m_under->store().listDesktops(m_hospital.pool));
    QCOMPARE(openSeats(rows.front()), std::int64_t(workers));
}

QTEST_GUILESS_MAIN(StoreConcurrency)
#include "tst_storeconcurrency.moc"
