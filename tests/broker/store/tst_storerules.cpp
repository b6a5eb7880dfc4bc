// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/adoptionrules.h"
#include "broker/store/claimrules.h"
#include "broker/store/postgressettings.h"
#include "broker/store/sqlconnection.h"
#include "broker/store/sqlerrors.h"
#include "broker/store/storerules.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace wardesk;
using namespace wardesk::broker;

namespace {

WallTime at(long long ms)
{
    return WallTime(std::chrono::milliseconds(ms));
}

rules::PoolClaim claim(const char* pool, const char* holder = nullptr, long long expires = 0)
{
    rules::PoolClaim made;
    made.pool = PoolId(pool);
    made.expiresAt = at(expires);
    if (holder != nullptr)
        made.holder = Fence { made.pool, BrokerId(holder), Epoch(1) };
    return made;
}

}

/// The small rules that every store follows, and what the databases' codes mean.
class TstStoreRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesFoldInAnyScript();
    void tokensAndAccounts();
    void closingByTime_R6();
    void aFullDiskIsToldPlainly_R14();
    void sessionsThatNobodyCanReadAreInUse_R11();
    void claimsAreShared_data();
    void claimsAreShared();
    void databaseCodes_data();
    void databaseCodes();
    void connectionTexts();
    void aPasswordIsReadFromItsFile();
};

void TstStoreRules::namesFoldInAnyScript()
{
    QCOMPARE(rules::foldedName("NuRSE"), std::string("nurse"));
    QCOMPARE(rules::foldedName("\xc3\x89LISE"), rules::foldedName("\xc3\xa9lise"));
}

void TstStoreRules::tokensAndAccounts()
{
    User user;
    user.passwordHash = "hash";
    NewToken token;
    QVERIFY(rules::mayHaveToken(user, token));
    token.passwordHash = "hash";
    QVERIFY(rules::mayHaveToken(user, token));
    token.passwordHash = "old";
    QVERIFY(!rules::mayHaveToken(user, token));
    token.passwordHash = "hash";
    user.disabled = true;
    QVERIFY(!rules::mayHaveToken(user, token));
}

void TstStoreRules::closingByTime_R6()
{
    for (const CloseReason unused : { CloseReason::neverConnected, CloseReason::neverReady }) {
        Lease lease;
        QVERIFY(rules::checkClose(lease, unused));
        lease.firstConnectedAt = at(1);
        QVERIFY(!rules::checkClose(lease, unused));
        QVERIFY(rules::checkClose(lease, CloseReason::loggedOff));
        lease.closedAt = at(2);
        QVERIFY(rules::checkClose(lease, unused));
    }
}

void TstStoreRules::aFullDiskIsToldPlainly_R14()
{
    const Error error = rules::storageFullError("no room");
    QCOMPARE(error.code, Errc::storageFull);
    QVERIFY(error.detail.find("no room") != std::string::npos);
    QVERIFY(error.detail.find("desktops in use go on") != std::string::npos);
}

void TstStoreRules::sessionsThatNobodyCanReadAreInUse_R11()
{
    for (const SessionSeen session : { SessionSeen::none, SessionSeen::prepared,
             SessionSeen::connected, SessionSeen::disconnected, SessionSeen::ended })
        QVERIFY(rules::sessionNamed(rules::nameOf(session)) == session);
    QVERIFY(rules::sessionNamed("asleep") == SessionSeen::connected);
}

void TstStoreRules::claimsAreShared_data()
{
    QTest::addColumn<std::vector<rules::PoolClaim>>("pools");
    QTest::addColumn<int>("alive");
    QTest::addColumn<int>("keep");
    QTest::addColumn<int>("take");
    QTest::addColumn<int>("giveUp");
    using Claims = std::vector<rules::PoolClaim>;
    QTest::newRow("nothing") << Claims {} << 1 << 0 << 0 << 0;
    QTest::newRow("all are free") << Claims { claim("a"), claim("b") } << 1 << 0 << 2 << 0;
    QTest::newRow("half, rounded up")
        << Claims { claim("a"), claim("b"), claim("c") } << 2 << 0 << 2 << 0;
    QTest::newRow("held by others") << Claims { claim("a", "x", 20) } << 1 << 0 << 0 << 0;
    QTest::newRow("expired") << Claims { claim("a", "x", 10) } << 1 << 0 << 1 << 0;
    QTest::newRow("one's own, expired") << Claims { claim("a", "me", 5) } << 1 << 1 << 0 << 0;
    QTest::newRow("above the share")
        << Claims { claim("a", "me", 20), claim("b", "me", 20) } << 2 << 1 << 0 << 1;
    QTest::newRow("keep and take")
        << Claims { claim("a", "me", 20), claim("b"), claim("c") } << 1 << 1 << 2 << 0;
}

void TstStoreRules::claimsAreShared()
{
    QFETCH(std::vector<rules::PoolClaim>, pools);
    QFETCH(int, alive);
    const rules::ClaimPlan plan
        = rules::planClaims(pools, BrokerId("me"), at(10), static_cast<std::size_t>(alive));
    QTEST(static_cast<int>(plan.keep.size()), "keep");
    QTEST(static_cast<int>(plan.take.size()), "take");
    QTEST(static_cast<int>(plan.giveUp.size()), "giveUp");
}

void TstStoreRules::databaseCodes_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<Errc>("meaning");
    QTest::addColumn<sql::Remedy>("remedy");
    const auto row = [](const char* code, Errc meaning, sql::Remedy remedy = sql::Remedy::none) {
        QTest::newRow(code) << QString::fromLatin1(code) << meaning << remedy;
    };
    row("5", Errc::unavailable);
    row("6", Errc::unavailable);
    row("8", Errc::storageFull, sql::Remedy::reconnect);
    row("1544", Errc::storageFull,
        sql::Remedy::reconnect); // SQLITE_READONLY_DIRECTORY and others have it in the low byte
    row("10", Errc::storageFull);
    row("13", Errc::storageFull);
    row("11", Errc::unavailable);
    row("14", Errc::unavailable);
    row("26", Errc::unavailable);
    row("2067", Errc::conflict); // SQLITE_CONSTRAINT_UNIQUE
    row("1", Errc::internal);
    row("23505", Errc::conflict, sql::Remedy::conflict);
    row("23503", Errc::conflict);
    row("40001", Errc::unavailable, sql::Remedy::again);
    row("40P01", Errc::unavailable, sql::Remedy::again);
    row("25006", Errc::storageFull, sql::Remedy::reconnect);
    row("53100", Errc::storageFull);
    row("58030", Errc::storageFull);
    row("55P03", Errc::unavailable);
    row("57014", Errc::unavailable);
    row("57P01", Errc::unavailable, sql::Remedy::reconnect);
    row("08006", Errc::unavailable, sql::Remedy::reconnect);
    row("53300", Errc::unavailable, sql::Remedy::reconnect);
    row("28P01", Errc::unavailable, sql::Remedy::reconnect);
    row("3D000", Errc::unavailable, sql::Remedy::reconnect);
    row("22021", Errc::invalidArgument);
    row("42601", Errc::internal);
    QTest::newRow("no answer") << QString() << Errc::unavailable << sql::Remedy::reconnect;
}

void TstStoreRules::databaseCodes()
{
    QFETCH(QString, code);
    const bool sqlite = !code.isEmpty() && code.size() < 5;
    const sql::Failure failed = sqlite ? sql::sqliteFailure(code.toInt(), "words\nmore")
                                       : sql::postgresFailure(code.toStdString(), "words\nmore");
    QTEST(failed.error.code, "meaning");
    QTEST(failed.remedy, "remedy");
    QVERIFY(!failed.error.detail.empty());
}

void TstStoreRules::connectionTexts()
{
    const auto good = parsePostgres("postgresql://wardesk@db1,db2:5433/ward", "/secret");
    QVERIFY(good);
    QCOMPARE(good->options.at("host"), std::string("db1,db2"));
    QCOMPARE(good->options.at("dbname"), std::string("ward"));
    // What keeps a thread from hanging, and finds the server that can be written to.
    QCOMPARE(good->options.at("target_session_attrs"), std::string("read-write"));
    for (const char* name : { "connect_timeout", "tcp_user_timeout", "keepalives_idle" })
        QVERIFY2(good->options.contains(name), name);
    QCOMPARE(parsePostgres("host=a connect_timeout=9", "")->options.at("connect_timeout"),
        std::string("9"));
    QVERIFY(good->name().find("db1,db2") != std::string::npos);
    // Who sits between us and the server must not be able to say that it is the server.
    QCOMPARE(good->options.at("sslmode"), std::string("verify-full"));
    for (const char* here : { "host=localhost", "host=/run/postgresql", "host=127.0.0.1,::1",
             "postgresql:///ward", "hostaddr=127.0.0.1" })
        QVERIFY2(!parsePostgres(here, "")->options.contains("sslmode"), here);
    for (const char* there : { "host=localhost,db2", "host=localhost hostaddr=10.0.0.9",
             "host=127.0.0.1.example.com", "hostaddr=10.0.0.9" })
        QVERIFY2(parsePostgres(there, "")->options.contains("sslmode"), there);
    QCOMPARE(parsePostgres("host=db1 sslmode=disable", "")->options.at("sslmode"),
        std::string("disable"));
    PostgresSettings quoted;
    quoted.options["dbname"] = "it's \\ it";
    QCOMPARE(quoted.connectionText(), std::string("dbname='it\\'s \\\\ it'"));
    QCOMPARE(quoted.name(), std::string("PostgreSQL at the local socket"));
    for (const char* wrong : { "oracle", "", "postgresql://u:hunter2@db/d", "password=hunter2",
             "host=a application_name='x;y'", "host=a password=hunter2 nonsense=1",
             "host=a sslpassword=hunter2" }) {
        const auto refused = parsePostgres(wrong, "");
        QVERIFY2(!refused, wrong);
        QCOMPARE(refused.error().code, Errc::invalidArgument);
        QVERIFY(refused.error().detail.find("hunter2") == std::string::npos);
    }
}

void TstStoreRules::aPasswordIsReadFromItsFile()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("password")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("hunter2\r\nnot this\n");
    file.close();
    PostgresSettings settings;
    QVERIFY(settings.password()->isEmpty());
    settings.passwordFile = file.fileName().toStdString();
    using Permission = QFileDevice::Permission;
    QVERIFY(file.setPermissions(Permission::ReadOwner | Permission::ReadGroup)); // as systemd does
    QVERIFY(settings.password()->equals("hunter2"));
    for (const Permission open :
        { Permission::ReadOther, Permission::WriteOther, Permission::WriteGroup }) {
        QVERIFY(file.setPermissions(Permission::ReadOwner | open));
        QVERIFY(!settings.password());
        QVERIFY(settings.password().error().detail.find("chmod 600") != std::string::npos);
    }
    settings.passwordFile += "-missing";
    QVERIFY(!settings.password());
    QCOMPARE(settings.password().error().code, Errc::unavailable);
}

QTEST_GUILESS_MAIN(TstStoreRules)
#include "tst_storerules.moc"
