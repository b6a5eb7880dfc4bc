// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storefactory.h"
#include "tests/contract/store/storefixture.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <barrier>
#include <map>
#include <set>
#include <thread>

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

}

/// Several brokers' worth of connections on one SQLite file.
class StoreConcurrency : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void grantsAreNeverDoubled_R2();
    void checkThenUpdateDoubles_control();
    void oneUserAskingEverywhereGetsOneLease_R2_R9();
    void oneTicketIsRedeemedOnce_S1();
    void auditStaysOneChain_A10();
    void openingTogetherMigratesOnce();
    void aStoreMayMoveToAnotherThread();

private:
    /// Runs work(store, worker) in so many threads, each with a store of its own, all let go at the
    /// same moment.
    template <typename Work> void together(const Work& work);
    void fill(int desktopCount);
    void sql(const QString& statement);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
    test::Hospital m_hospital;
};

void StoreConcurrency::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("broker.db")).toStdString();
}

template <typename Work> void StoreConcurrency::together(const Work& work)
{
    std::barrier start(workers);
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
            start.arrive_and_wait();
            work(*store, worker);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

void StoreConcurrency::sql(const QString& statement)
{
    const QString name = QStringLiteral("filler");
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(QString::fromStdString(m_path));
        QVERIFY(database.open());
        QSqlQuery query(database);
        QVERIFY2(query.exec(statement), qPrintable(query.lastError().text()));
    }
    QSqlDatabase::removeDatabase(name);
}

void StoreConcurrency::fill(int desktopCount)
{
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    m_hospital.build(*store);
    // By the thousand in one statement: a row at a time would be a minute of waiting for the disk.
    sql(QStringLiteral(
        "INSERT INTO users SELECT 'user-' || value, 'org-1', 'u' || value, 'u' || value, '',"
        " 'clinician', 0, '', 0 FROM (WITH RECURSIVE c(value) AS (SELECT 0 UNION ALL SELECT"
        " value + 1 FROM c WHERE value < %1) SELECT value FROM c)")
            .arg(users - 1));
    sql(QStringLiteral(
        "INSERT INTO desktops (id, organisation_id, pool_id, name, address) SELECT 'desktop-' ||"
        " value, 'org-1', 'pool-1', 'd' || value, 'a' || value FROM (WITH RECURSIVE c(value) AS"
        " (SELECT 0 UNION ALL SELECT value + 1 FROM c WHERE value < %1) SELECT value FROM c)")
            .arg(desktopCount - 1));
    sql(QStringLiteral("INSERT INTO incarnations (desktop_id, number, organisation_id, domain_uuid,"
                       " image_id, bootstrap_hash, created_at, started_at, ready_at) SELECT id, 1,"
                       " 'org-1', id, 'image-1', '', 0, 0, 0 FROM desktops"));
}

void StoreConcurrency::grantsAreNeverDoubled_R2()
{
    fill(desktops);
    std::atomic<int> nextUser { 0 };
    std::vector<std::vector<Lease>> granted(workers);
    std::atomic<int> failures { 0 };
    together([&](Store& store, int worker) {
        for (int user = nextUser++; user < users; user = nextUser++) {
            const Result<Grant> grant
                = store.grant(m_hospital.request(UserId(numbered("user-", user)), "key"));
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

void StoreConcurrency::checkThenUpdateDoubles_control()
{
    // Without this the test above could pass because nothing ever happened at the same moment. The
    // same work done as people write it first: read a free row, then mark it, without constraints.
    sql(QStringLiteral("PRAGMA journal_mode = WAL"));
    sql(QStringLiteral("CREATE TABLE naive (id INTEGER PRIMARY KEY, holder TEXT)"));
    sql(QStringLiteral("INSERT INTO naive (id) WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL"
                       " SELECT value + 1 FROM c WHERE value < %1) SELECT value FROM c")
            .arg(desktops));
    std::atomic<int> nextUser { 0 };
    std::vector<std::map<int, int>> holders(workers);
    std::barrier start(workers);
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            const QString name = QStringLiteral("naive-%1").arg(worker);
            {
                QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
                database.setDatabaseName(QString::fromStdString(m_path));
                database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=20000"));
                const bool opened = database.open();
                QSqlQuery query(database);
                query.exec(QStringLiteral("PRAGMA synchronous = OFF"));
                start.arrive_and_wait();
                while (opened && nextUser++ < users) {
                    query.exec(QStringLiteral(
                        "SELECT id FROM naive WHERE holder IS NULL ORDER BY id LIMIT 1"));
                    if (!query.next())
                        break;
                    const int id = query.value(0).toInt();
                    query.finish();
                    if (query.exec(QStringLiteral("UPDATE naive SET holder = '%1' WHERE id = %2")
                                       .arg(name)
                                       .arg(id)))
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
    qInfo("control, check then update: %d doubled", doubles);
    QVERIFY(doubles > 0);
}

void StoreConcurrency::oneUserAskingEverywhereGetsOneLease_R2_R9()
{
    fill(workers);
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
        granted += grant.outcome == GrantOutcome::granted ? 1 : 0;
        QCOMPARE(grant.lease->id, grants.front().lease->id);
    }
    QCOMPARE(granted, 1);
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    QCOMPARE(orDie(store->listOpenLeasesOf(user)).size(), std::size_t(1));
}

void StoreConcurrency::oneTicketIsRedeemedOnce_S1()
{
    fill(1);
    const UserId user("user-0");
    {
        const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
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
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    QCOMPARE(orDie(store->listAudit(m_hospital.organisation, 0, 10000)).size(),
        std::size_t(workers * 20));
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(0));
    // Changing one record is noticed at it.
    sql(QStringLiteral("UPDATE audit SET actor = 'nobody' WHERE number = 17"));
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(17));
    sql(QStringLiteral("DELETE FROM audit WHERE number = 17"));
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(18));
}

void StoreConcurrency::openingTogetherMigratesOnce()
{
    together([&](Store& store, int) { static_cast<void>(orDie(store.probe())); });
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    m_hospital.build(*store);
}

void StoreConcurrency::aStoreMayMoveToAnotherThread()
{
    const std::unique_ptr<Store> store = orDie(openSqlite(m_path));
    m_hospital.build(*store);
    std::size_t pools = 0;
    std::thread([&] { pools = orDie(store->listPools()).size(); }).join();
    QCOMPARE(pools, std::size_t(1));
    QCOMPARE(orDie(store->listPools()).size(), std::size_t(1));
}

QTEST_GUILESS_MAIN(StoreConcurrency)
#include "tst_storeconcurrency.moc"
