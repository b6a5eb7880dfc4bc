// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqliteconnection.h"
#include "broker/store/sqlmigrate.h"
#include "broker/store/storefactory.h"
#include "tests/contract/store/storefixture.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <set>

using namespace wardesk;
using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::check;
using test::orDie;

/// Migrations and the constraints that hold whatever the program does.
class TstSqlSchema : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void aDumpOfTheFirstSchemaOpens();
    void leasesOfTheSchemaBeforeSeatsAreKept();
    void aNewerDatabaseIsRefusedPlainly();
    void aFileThatIsNoDatabaseIsRefusedPlainly();
    void aFolderThatDoesNotExistIsRefusedPlainly();
    void aMigrationThatFailsLeavesNothing();
    void aTextIsKeptAsItIsOrRefused();
    void laterMigrationsAreAppliedOnce();
    void theDatabaseItselfForbidsDoubles_R1_R2();
    void everyTableCarriesTheOrganisation_A7();
    void settingsAreWhatDurabilityNeeds();

private:
    std::unique_ptr<sql::Connection> connect()
    {
        return orDie(sql::SqliteConnection::open(m_path));
    }
    void load(const QString& dump);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
};

void TstSqlSchema::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("broker.db")).toStdString();
}

void TstSqlSchema::load(const QString& dump)
{
    QFile file(QStringLiteral(WARDESK_SOURCE_DIR "/tests/broker/store/dumps/") + dump);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto connection = connect();
    for (const std::string& statement : sql::statementsOf(file.readAll().toStdString()))
        check(connection->executeText(statement));
}

void TstSqlSchema::aDumpOfTheFirstSchemaOpens()
{
    load(QStringLiteral("schema_0001.sql"));
    const auto store = orDie(openSqlite(m_path));
    const OrganisationId organisation("org-1");
    QCOMPARE(orDie(store->findUserByName(organisation, "NURSE")).id, UserId("user-nurse"));
    const std::vector<Lease> leases = orDie(store->listOpenLeases(organisation));
    QCOMPARE(leases.size(), std::size_t(1));
    QCOMPARE(leases.front().user, UserId("user-doctor"));
    QVERIFY(leases.front().connectedAt.has_value());
    const std::vector<DesktopRow> rows = orDie(store->listDesktops(PoolId("pool-1")));
    QCOMPARE(rows.size(), std::size_t(2));
    QCOMPARE(rows[0].desktop.incarnation.number, Incarnation(2));
    QVERIFY(rows[0].desktop.incarnation.readyAt.has_value());
    QVERIFY(!rows[0].lease);
    QVERIFY(rows[1].lease.has_value());
    QCOMPARE(orDie(store->verifyAudit()), std::int64_t(0));
    QCOMPARE(orDie(store->listAudit(organisation, 0, 9)).size(), std::size_t(2));
    QVERIFY(orDie(store->nextEpoch()) > leases.front().epoch);
    // Images that were there before they had states are what pools use.
    const std::vector<Image> images = orDie(store->listImages(organisation));
    QVERIFY(!images.empty());
    for (const Image& image : images) {
        QCOMPARE(image.state, ImageState::published);
        QCOMPARE(image.stateAt, image.createdAt);
        QVERIFY(image.contentHash.empty());
        QVERIFY(!image.checkedAt);
    }
    QVERIFY(!orDie(store->findOpenRollout(PoolId("pool-1"))));
    // An upgrade shuts nobody out.
    const auto rights = orDie(store->rightsOf(PoolId("pool-1"), UserId("user-nurse")));
    QCOMPARE(rights.size(), std::size_t(1));
    QCOMPARE(rights.front().entitlement.subject, SubjectKind::everybody);
    QVERIFY(orDie(store->sessionLimits(organisation, PoolId("pool-1"))) == SessionLimits {});
}

/// The table of leases is made anew, while keys and tickets refer to it.
void TstSqlSchema::leasesOfTheSchemaBeforeSeatsAreKept()
{
    const auto old = connect();
    std::vector<sql::Migration> before = sql::knownMigrations("sqlite");
    std::erase_if(before, [](const sql::Migration& one) { return one.version >= 13; });
    check(sql::migrate(*old, before));
    for (const char* statement : { "INSERT INTO organisations (id, name) VALUES ('org-1', 'org')",
             "INSERT INTO users VALUES ('user-1', 'org-1', 'u', 'u', 'U', 'clinician', 0, '', 0)",
             "INSERT INTO users VALUES ('user-2', 'org-1', 'v', 'v', 'V', 'clinician', 0, '', 0)",
             "INSERT INTO images (id, organisation_id, name, version, source, created_at)"
             " VALUES ('image-1', 'org-1', 'i', '1', '/i', 0)",
             "INSERT INTO pools (id, organisation_id, name, description, image_id, spare, max,"
             " memory_mib, clipboard, enabled, created_at, kind)"
             " VALUES ('pool-1', 'org-1', 'p', '', 'image-1', 1, 3, 512, 0, 1, 0, 'dedicated')",
             "INSERT INTO desktops (id, organisation_id, pool_id, name, address)"
             " VALUES ('desktop-1', 'org-1', 'pool-1', 'd', '10.0.0.1')",
             "INSERT INTO incarnations (desktop_id, number, organisation_id, pool_id, domain_uuid,"
             " image_id, bootstrap_hash, created_at, ending_at, ended_at, leased)"
             " VALUES ('desktop-1', 1, 'org-1', 'pool-1', 'uuid-1', 'image-1', '', 0, 2, 3, 1)",
             "INSERT INTO incarnations (desktop_id, number, organisation_id, pool_id, domain_uuid,"
             " image_id, bootstrap_hash, created_at, started_at, ready_at, leased)"
             " VALUES ('desktop-1', 2, 'org-1', 'pool-1', 'uuid-2', 'image-1', '', 4, 5, 6, 1)",
             "INSERT INTO leases (id, organisation_id, pool_id, desktop_id, incarnation, user_id,"
             " epoch, terminal, granted_at, closed_at, close_reason) VALUES ('lease-1', 'org-1',"
             " 'pool-1', 'desktop-1', 1, 'user-1', 7, 't', 1, 2, 'loggedOff')",
             "INSERT INTO leases (id, organisation_id, pool_id, desktop_id, incarnation, user_id,"
             " epoch, terminal, granted_at, first_connected_at, connected_at) VALUES ('lease-2',"
             " 'org-1', 'pool-1', 'desktop-1', 2, 'user-2', 8, 't', 6, 7, 7)",
             "INSERT INTO idempotency_keys VALUES ('user-2', 'key', 'org-1', 'pool-1', 'lease-2', "
             "6)",
             "INSERT INTO tickets VALUES ('hash', 'org-1', 'lease-2', 8, 'user-2', 9000, 0)" })
        check(old->executeText(statement));

    const auto store = orDie(openSqlite(m_path));
    const OrganisationId organisation("org-1");
    const Lease closed = orDie(store->findLease(organisation, LeaseId("lease-1")));
    QCOMPARE(closed.closeReason, std::optional(CloseReason::loggedOff));
    QCOMPARE(closed.seat, std::int64_t(0));
    const Lease open = orDie(store->findLease(organisation, LeaseId("lease-2")));
    QCOMPARE(open.epoch, Epoch(8));
    QVERIFY(open.connectedAt && !open.closedAt);
    const Pool pool = orDie(store->findPool(organisation, PoolId("pool-1")));
    QCOMPARE(pool.kind, PoolKind::dedicated);
    QCOMPARE(pool.seats, std::int64_t(1));
    // The ticket still opens its lease, and the keys and tickets still need one.
    QCOMPARE(
        orDie(store->redeemTicket(SecretHash("hash"), UserId("user-2"), WallTime(100ms))).lease.id,
        open.id);
    QVERIFY(!connect()->executeText("DELETE FROM leases WHERE id = 'lease-2'"));
    // One incarnation still has one lease, ever.
    QVERIFY(!connect()->executeText(
        "INSERT INTO leases (id, organisation_id, pool_id, desktop_id, incarnation, user_id, epoch,"
        " terminal, granted_at) VALUES ('x', 'org-1', 'pool-1', 'desktop-1', 1, 'user-1', 99, '', "
        "0)"));
}

void TstSqlSchema::aNewerDatabaseIsRefusedPlainly()
{
    orDie(openSqlite(m_path));
    check(connect()->executeText("INSERT INTO schema_version (version) VALUES (9999)"));
    const auto refused = openSqlite(m_path);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::conflict);
    QVERIFY(refused.error().detail.find("newer version of Wardesk") != std::string::npos);
}

void TstSqlSchema::aFileThatIsNoDatabaseIsRefusedPlainly()
{
    QFile file(QString::fromStdString(m_path));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(5000, 'x'));
    file.close();
    const auto refused = openSqlite(m_path);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
}

void TstSqlSchema::aFolderThatDoesNotExistIsRefusedPlainly()
{
    const auto refused = openSqlite(m_path + "/missing/broker.db");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    QVERIFY(refused.error().detail.find("missing/broker.db") != std::string::npos);
}

void TstSqlSchema::aMigrationThatFailsLeavesNothing()
{
    const auto connection = connect();
    std::vector<sql::Migration> migrations = sql::knownMigrations("sqlite");
    migrations.push_back({ 50, "CREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);" });
    QVERIFY(!sql::migrate(*connection, migrations));
    QVERIFY(!connection->executeText("SELECT * FROM half"));
    QVERIFY(!connection->executeText("SELECT * FROM leases"));
    check(sql::migrate(*connection, sql::knownMigrations("sqlite")));
    QVERIFY(connection->executeText("SELECT * FROM leases").has_value());
}

void TstSqlSchema::aTextIsKeptAsItIsOrRefused()
{
    const auto connection = connect();
    check(connection->executeText("CREATE TABLE schema_version (version TEXT)"));
    const auto put = [&](const std::string& text) {
        return connection->execute("insert_schema_version", { { ":version", sql::value(text) } });
    };
    const std::vector<std::string> texts { "", "Z\xc3\xbcrich \xf0\x9f\x8f\xa5", "7", "it's" };
    for (const std::string& text : texts) {
        check(connection->executeText("DELETE FROM schema_version"));
        orDie(put(text));
        QCOMPARE(orDie(connection->select(
                           "select_schema_version", {}, [](sql::Row& row) { return row.text(); }))
                     .front(),
            text);
    }
    // What is no UTF-8 would be refused by PostgreSQL and kept by SQLite.
    check(connection->executeText("DELETE FROM schema_version"));
    orDie(put("a\xff"));
    QCOMPARE(orDie(connection->select(
                       "select_schema_version", {}, [](sql::Row& row) { return row.text(); }))
                 .front(),
        std::string("a\xef\xbf\xbd"));
    const auto refused = put(std::string("a\0b", 3));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::invalidArgument);
    QVERIFY(!connection->execute(
        "insert_schema_version", { { ":other", sql::value(std::string("x")) } }));
    // It would be NULL.
    QVERIFY(!connection->execute("insert_schema_version", {}));
}

void TstSqlSchema::laterMigrationsAreAppliedOnce()
{
    orDie(openSqlite(m_path));
    const auto connection = connect();
    std::vector<sql::Migration> migrations = sql::knownMigrations("sqlite");
    migrations.push_back({ 50, "CREATE TABLE later (id TEXT);\nINSERT INTO later VALUES ('x');" });
    check(sql::migrate(*connection, migrations));
    check(sql::migrate(*connection, migrations));
    QVERIFY(connection->executeText("SELECT * FROM later").has_value());
    QVERIFY(!openSqlite(m_path)); // version 50 is newer than this program
}

void TstSqlSchema::theDatabaseItselfForbidsDoubles_R1_R2()
{
    const auto store = orDie(openSqlite(m_path));
    test::Hospital hospital;
    hospital.build(*store);
    const UserId nurse = hospital.addUser(*store, "nurse");
    static_cast<void>(hospital.addUser(*store, "doctor"));
    hospital.addReadyDesktop(*store, "a");
    hospital.addReadyDesktop(*store, "b");
    const Lease lease = *orDie(store->grant(hospital.request(nurse, "key"))).lease;
    const std::string other = lease.desktop == DesktopId("desktop-a") ? "desktop-b" : "desktop-a";
    const auto connection = connect();
    const auto insert = [&connection](const std::string& id, const std::string& desktop,
                            int incarnation, const std::string& user) {
        return connection->executeText(
            "INSERT INTO leases (id, organisation_id, pool_id, desktop_id, incarnation, user_id,"
            " epoch, terminal, granted_at) VALUES ('"
            + id + "', 'org-1', 'pool-1', '" + desktop + "', " + std::to_string(incarnation) + ", '"
            + user + "', " + std::to_string(1000 + incarnation) + ", '', 0)");
    };
    const std::string taken = lease.desktop.value();
    QCOMPARE(insert("x", taken, 1, "user-doctor").error().code, Errc::conflict);
    QCOMPARE(insert("x", other, 1, "user-nurse").error().code, Errc::conflict);
    QCOMPARE(insert("x", other, 7, "user-doctor").error().code, Errc::conflict);
    QCOMPARE(insert("x", other, 1, "user-nobody").error().code, Errc::conflict);
    // Also when the lease has ended: the incarnation is used for ever.
    check(store->closeLease(lease.id, CloseReason::loggedOff, at(1s)));
    QCOMPARE(insert("x", taken, 1, "user-doctor").error().code, Errc::conflict);
    QVERIFY(insert("x", other, 1, "user-doctor").has_value());
    // Two living incarnations of one desktop, two desktops at one address.
    QVERIFY(!connection->executeText(
        "INSERT INTO incarnations (desktop_id, number, organisation_id, domain_uuid, image_id,"
        " bootstrap_hash, created_at) VALUES ('desktop-a', 2, 'org-1', 'u', 'image-1', '', 0)"));
    QVERIFY(!connection->executeText("UPDATE desktops SET address = '10.20.0.2'"));
}

void TstSqlSchema::everyTableCarriesTheOrganisation_A7()
{
    orDie(openSqlite(m_path));
    const auto connection = connect();
    const std::set<std::string> siteWide { "organisations", "sign_in_failures", "counters",
        "schema_version", "brokers", "pool_claims", "adoption", "adoption_words",
        "adoption_settled", "adoption_seats", "hosts" };
    for (const sql::Migration& migration : sql::knownMigrations("sqlite")) {
        for (const std::string& statement : sql::statementsOf(migration.text)) {
            const QString text = QString::fromStdString(statement);
            if (!text.startsWith(QStringLiteral("CREATE TABLE ")))
                continue;
            const std::string table = text.section(QLatin1Char(' '), 2, 2).toStdString();
            if (siteWide.contains(table))
                continue;
            QVERIFY2(connection->executeText("SELECT organisation_id FROM " + table).has_value(),
                table.c_str());
        }
    }
}

void TstSqlSchema::settingsAreWhatDurabilityNeeds()
{
    const auto connection = connect();
    check(connection->executeText("CREATE TABLE seen AS SELECT"
                                  " (SELECT journal_mode FROM pragma_journal_mode) AS journal,"
                                  " (SELECT synchronous FROM pragma_synchronous) AS synchronous,"
                                  " (SELECT foreign_keys FROM pragma_foreign_keys) AS keys"));
    check(connection->executeText("CREATE TABLE good (one INTEGER CHECK (one = 1))"));
    check(connection->executeText("INSERT INTO good SELECT journal = 'wal' FROM seen"));
    check(connection->executeText("INSERT INTO good SELECT synchronous = 2 FROM seen"));
    check(connection->executeText("INSERT INTO good SELECT keys = 1 FROM seen"));
}

QTEST_GUILESS_MAIN(TstSqlSchema)
#include "tst_sqlschema.moc"
