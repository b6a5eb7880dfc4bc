// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/storeundertest.h"

#include "broker/store/storefactory.h"
#include "tests/contract/store/postgresserver.h"
#include "tests/contract/store/storefixture.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QTest>

namespace wardesk::broker::test {

StoreUnderTest::StoreUnderTest(StoreKind kind, Opened opened)
    : m_kind(kind)
{
    if (kind == StoreKind::postgresql) {
        m_settings = PostgresServer::shared().newDatabase();
        // Sixteen come at once, and a sanitizer makes each of them slow.
        m_settings.options["connect_timeout"] = "60";
    }
    if (opened == Opened::later)
        return;
    m_store = kind == StoreKind::memory ? makeMemoryStore(m_clock) : another();
}

std::unique_ptr<Store> StoreUnderTest::another()
{
    switch (m_kind) {
    case StoreKind::memory:
        return nullptr;
    case StoreKind::sqlite:
        return orDie(
            openSqlite(m_folder.filePath(QStringLiteral("broker.db")).toStdString(), m_clock));
    case StoreKind::postgresql:
        return orDie(openPostgres(m_settings));
    }
    return nullptr;
}

QSqlDatabase StoreUnderTest::connect(const QString& name) const
{
    QSqlDatabase database;
    if (m_kind == StoreKind::postgresql) {
        database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
        database.setConnectOptions(QString::fromStdString(m_settings.connectionText()));
        database.setPassword(
            QString::fromStdString(std::string(orDie(m_settings.password()).reveal())));
    } else {
        database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        database.setDatabaseName(m_folder.filePath(QStringLiteral("broker.db")));
        database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=20000"));
    }
    if (!database.open())
        die({ Errc::unavailable, database.lastError().text().toStdString() });
    return database;
}

void StoreUnderTest::sql(const QString& statement) const
{
    const QString name = QStringLiteral("past-the-store");
    {
        const QSqlDatabase database = connect(name);
        QSqlQuery query(database);
        if (!query.exec(statement))
            die({ Errc::internal, query.lastError().text().toStdString() });
    }
    QSqlDatabase::removeDatabase(name);
}

void StoreUnderTest::pass(std::chrono::milliseconds time)
{
    m_clock.advance(time);
    if (m_kind != StoreKind::postgresql)
        return;
    // PostgreSQL has a clock of its own: what it wrote down is made older instead.
    sql(QStringLiteral("UPDATE brokers SET seen_at = seen_at - %1").arg(time.count()));
    sql(QStringLiteral("UPDATE adoption SET seen_at = seen_at - %1").arg(time.count()));
    sql(QStringLiteral("UPDATE pool_claims SET expires_at = expires_at - %1").arg(time.count()));
}

void addStoreRows()
{
    QTest::addColumn<StoreKind>("kind");
    QTest::newRow("memory") << StoreKind::memory;
    QTest::newRow("sqlite") << StoreKind::sqlite;
    QTest::newRow("postgresql") << StoreKind::postgresql;
}

void addSharedStoreRows()
{
    QTest::addColumn<StoreKind>("kind");
    QTest::newRow("sqlite") << StoreKind::sqlite;
    QTest::newRow("postgresql") << StoreKind::postgresql;
}

}
