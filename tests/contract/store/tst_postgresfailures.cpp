// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/storefactory.h"
#include "tests/contract/store/postgresserver.h"
#include "tests/contract/store/storefixture.h"

#include <QTemporaryFile>
#include <QTest>
#include <thread>

using namespace wardesk;
using namespace wardesk::broker;
using test::check;
using test::orDie;
using test::PostgresServer;

/// What becomes of a store whose PostgreSQL is restarted, killed, frozen, promoted or read-only.
class PostgresFailures : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup();
    void aRestartedServerIsFoundAgain();
    void aServerThatIsAwayIsUnavailable_R7();
    void aFrozenServerHangsNobody();
    void aReadOnlyServerIsAFullDisk_R14();
    void commitsWaitForTheStandbyAndOutliveThePrimary_R9();
    void noErrorTellsThePassword();
    void whyItIsAwayIsForTheLog();

private:
    void open(PostgresServer::Standby standby = PostgresServer::Standby::none);
    void server(const char* act, const char* node = "primary")
    {
        m_server->control({ QStringLiteral("node"), QLatin1String(act), QLatin1String(node) });
    }
    /// Again and again until the database answers; a test that never gets there is ended from
    /// above.
    template <typename Call> auto untilAnswered(const Call& call) -> decltype(call());

    std::unique_ptr<PostgresServer> m_own;
    PostgresServer* m_server = nullptr;
    PostgresSettings m_settings;
    std::unique_ptr<Store> m_store;
    test::Hospital m_hospital;
    UserId m_nurse;
};

void PostgresFailures::cleanup()
{
    m_store.reset();
    m_own.reset();
}

void PostgresFailures::open(PostgresServer::Standby standby)
{
    // What is only frozen and restarted serves all; what is promoted is a server of one's own.
    if (standby == PostgresServer::Standby::synchronous)
        m_own = std::make_unique<PostgresServer>(standby);
    m_server = m_own ? m_own.get() : &PostgresServer::shared();
    m_settings = m_server->newDatabase();
    m_store = orDie(openPostgres(m_settings));
    m_hospital.build(*m_store);
    m_nurse = m_hospital.addUser(*m_store, "nurse");
    for (const char* name : { "ward-01", "ward-02", "ward-03" })
        m_hospital.addReadyDesktop(*m_store, name);
}

template <typename Call> auto PostgresFailures::untilAnswered(const Call& call) -> decltype(call())
{
    for (;;) {
        auto result = call();
        if (result || result.error().code != Errc::unavailable)
            return result;
        QTest::qWait(50);
    }
}

void PostgresFailures::aRestartedServerIsFoundAgain()
{
    open();
    const Lease lease = *orDie(m_store->grant(m_hospital.request(m_nurse, "a"))).lease;
    server("stop");
    server("start");
    // Neither a read nor a write is lost to the connection that was: both are asked again.
    QCOMPARE(orDie(m_store->listOpenLeasesOf(m_nurse)).size(), std::size_t(1));
    server("kill");
    server("start");
    const Grant again = orDie(m_store->grant(m_hospital.request(m_nurse, "b")));
    QCOMPARE(again.lease->id, lease.id);
    QVERIFY(again.lease->epoch > lease.epoch);
}

void PostgresFailures::aServerThatIsAwayIsUnavailable_R7()
{
    open();
    server("kill");
    for (int i = 0; i < 3; ++i) {
        const Result<Grant> refused = m_store->grant(m_hospital.request(m_nurse, "a"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, Errc::unavailable);
    }
    check(m_store->beginGroup());
    const Result<Grant> refused = m_store->grant(m_hospital.request(m_nurse, "a"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    check(m_store->commitGroup()); // nothing was written, nothing is lost
    server("start");
    QCOMPARE(
        untilAnswered([&] { return m_store->grant(m_hospital.request(m_nurse, "a")); })->outcome,
        GrantOutcome::granted);
}

void PostgresFailures::aFrozenServerHangsNobody()
{
    open();
    const Lease lease = *orDie(m_store->grant(m_hospital.request(m_nurse, "a"))).lease;
    server("freeze");
    // Neither the kernel nor the server notices: without the connection's watch this never returns.
    const Result<Grant> refused = m_store->grant(m_hospital.request(m_nurse, "b"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    const auto unread = m_store->listOpenLeasesOf(m_nurse);
    QVERIFY(!unread);
    QCOMPARE(unread.error().code, Errc::unavailable);
    server("thaw");
    QCOMPARE(
        untilAnswered([&] { return m_store->listOpenLeasesOf(m_nurse); })->front().id, lease.id);
}

void PostgresFailures::aReadOnlyServerIsAFullDisk_R14()
{
    open();
    const Lease lease = *orDie(m_store->grant(m_hospital.request(m_nurse, "a"))).lease;
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    m_server->sql(m_settings, "ALTER SYSTEM SET default_transaction_read_only = on");
    m_server->sql(m_settings, "SELECT pg_reload_conf()");
    // The server's processes hear of it one after the other.
    Result<std::string> probe = m_store->probe();
    while (probe)
        probe = m_store->probe();
    QCOMPARE(probe.error().code, Errc::storageFull);
    const Result<Grant> refused = m_store->grant(m_hospital.request(doctor, "b"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::storageFull);
    // One's own desktop is found all the same.
    const Grant own = orDie(m_store->grant(m_hospital.request(m_nurse, "c")));
    QCOMPARE(own.outcome, GrantOutcome::repeated);
    QCOMPARE(own.lease->id, lease.id);
    // Also by a thread that has no connection yet.
    std::size_t found = 0;
    std::thread([&] { found = orDie(m_store->listOpenLeasesOf(m_nurse)).size(); }).join();
    QCOMPARE(found, std::size_t(1));
    m_server->sql(m_settings, "ALTER SYSTEM RESET default_transaction_read_only");
    m_server->sql(m_settings, "SELECT pg_reload_conf()");
    Result<Grant> granted = m_store->grant(m_hospital.request(doctor, "b"));
    while (!granted)
        granted = m_store->grant(m_hospital.request(doctor, "b"));
    QCOMPARE(granted->outcome, GrantOutcome::granted);
}

void PostgresFailures::commitsWaitForTheStandbyAndOutliveThePrimary_R9()
{
    open(PostgresServer::Standby::synchronous);
    server("kill", "standby");
    // The commit waits for a standby that is gone. It is not told as done (a statement_timeout
    // would make PostgreSQL say so), and nobody waits for ever.
    const Result<Grant> unknown = m_store->grant(m_hospital.request(m_nurse, "a"));
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().code, Errc::unavailable);
    server("start", "standby");
    const Grant asked
        = *untilAnswered([&] { return m_store->grant(m_hospital.request(m_nurse, "a")); });
    const Grant again = orDie(m_store->grant(m_hospital.request(m_nurse, "a")));
    QCOMPARE(again.lease->id, asked.lease->id);
    QCOMPARE(orDie(m_store->listOpenLeasesOf(m_nurse)).size(), std::size_t(1));

    // R11's other half: what was told is on the standby when it takes over.
    const Lease lease = *again.lease;
    server("kill");
    m_server->control({ QStringLiteral("promote") });
    const Grant after
        = *untilAnswered([&] { return m_store->grant(m_hospital.request(m_nurse, "b")); });
    QCOMPARE(after.lease->id, lease.id);
    QVERIFY(after.lease->epoch > lease.epoch); // R3
    const UserId doctor = m_hospital.addUser(*m_store, "doctor");
    QCOMPARE(orDie(m_store->grant(m_hospital.request(doctor, "c"))).outcome, GrantOutcome::granted);
    QCOMPARE(orDie(m_store->verifyAudit()), std::int64_t(0));
}

void PostgresFailures::noErrorTellsThePassword()
{
    open();
    QTemporaryFile file;
    QVERIFY(file.open());
    file.write("hunter2\n");
    file.flush();
    PostgresSettings wrong = m_settings;
    wrong.passwordFile = file.fileName().toStdString();
    const auto refused = openPostgres(wrong);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, Errc::unavailable);
    QVERIFY(refused.error().detail.find("hunter2") == std::string::npos);
    QVERIFY(refused.error().detail.find("127.0.0.1") != std::string::npos); // but which server
    wrong = m_settings;
    wrong.options["dbname"] = "missing";
    const auto missing = openPostgres(wrong);
    QVERIFY(!missing);
    QVERIFY(missing.error().detail.find("missing") != std::string::npos);

    // A password that everybody can read is none.
    QVERIFY(file.setPermissions(file.permissions() | QFileDevice::ReadOther));
    wrong = m_settings;
    wrong.passwordFile = file.fileName().toStdString();
    const auto readable = openPostgres(wrong);
    QVERIFY(!readable);
    QVERIFY(readable.error().detail.find("chmod 600") != std::string::npos);
}

void PostgresFailures::whyItIsAwayIsForTheLog()
{
    open();
    PostgresSettings settings = m_settings;
    std::string told;
    settings.tell = [&told](const std::string& why) { told = why; };
    auto store = openPostgres(settings);
    QVERIFY(store.has_value());
    m_store.reset();
    server("kill");
    Result<std::vector<Pool>> asked = (*store)->listPools();
    while (told.empty()) {
        QTest::qWait(50);
        asked = (*store)->listPools();
    }
    server("start");
    QVERIFY(!asked);
    QCOMPARE(asked.error().code, Errc::unavailable);
    QVERIFY(told.find("127.0.0.1") != std::string::npos);
    QVERIFY(asked.error().detail.find("127.0.0.1") == std::string::npos);
    QVERIFY(asked.error().detail.find("log says why") != std::string::npos);
}

QTEST_GUILESS_MAIN(PostgresFailures)
#include "tst_postgresfailures.moc"
