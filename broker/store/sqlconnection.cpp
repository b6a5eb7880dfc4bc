// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlconnection.h"

#include "broker/store/sqltext.h"
#include "broker/store/storerules.h"

#include <QSqlDriver>
#include <QSqlError>
#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker::sql {

namespace {

/// SQLite's primary result codes (sqlite3.h).
enum SqliteCode {
    sqliteBusy = 5,
    sqliteLocked = 6,
    sqliteReadOnly = 8,
    sqliteIoError = 10,
    sqliteCorrupt = 11,
    sqliteFull = 13,
    sqliteCannotOpen = 14,
    sqliteConstraint = 19,
    sqliteNotADatabase = 26
};

QString nextName()
{
    static std::atomic<int> count { 0 };
    return QStringLiteral("wardesk-store-%1").arg(++count);
}

/// SQLite makes the log and the shared index with the mode of the database file.
Result<void> makePrivateFile(const std::string& path)
{
    const int file = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        const int cause = errno;
        const std::string reason = qt_error_string(cause).toStdString();
        if (cause == ENOSPC || cause == EROFS)
            return tl::unexpected(rules::storageFullError(reason));
        return failure(Errc::unavailable, "the database " + path + " cannot be opened: " + reason);
    }
    const int changed = fchmod(file, S_IRUSR | S_IWUSR);
    close(file);
    if (changed != 0)
        return failure(Errc::unavailable, "the database " + path + " belongs to another account");
    return {};
}

}

Error errorOf(const QSqlError& error)
{
    const std::string text = error.databaseText().toStdString();
    // The extended code has the primary one in its low byte.
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case sqliteFull:
    case sqliteReadOnly:
    case sqliteIoError:
        return rules::storageFullError(text);
    case sqliteBusy:
    case sqliteLocked:
        return { Errc::unavailable, "the database is busy; try again" };
    case sqliteCannotOpen:
        return { Errc::unavailable, "the database cannot be opened: " + text };
    case sqliteCorrupt:
    case sqliteNotADatabase:
        return { Errc::unavailable, "the database file is damaged or no database: " + text };
    case sqliteConstraint:
        return { Errc::conflict, "that exists already, or something it needs does not: " + text };
    default:
        return { Errc::internal, "the database refused a statement: " + text };
    }
}

Connection::Connection(std::string dialect, QString name)
    : m_dialect(std::move(dialect))
    , m_name(std::move(name))
{
}

Connection::~Connection()
{
    m_queries.clear();
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<Connection>> Connection::openSqlite(const std::string& path)
{
    if (Result<void> made = makePrivateFile(path); !made)
        return tl::unexpected(made.error());
    std::unique_ptr<Connection> connection(new Connection("sqlite", nextName()));
    QSqlDatabase& database = connection->m_database;
    database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection->m_name);
    if (!database.isValid())
        return failure(Errc::unavailable, "Qt's SQLite driver is not installed");
    database.setDatabaseName(QString::fromStdString(path));
    // Long: writers of several brokers on one file wait for each other's fsync.
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=20000"));
    if (!database.open())
        return tl::unexpected(errorOf(database.lastError()));
    for (const std::string& statement : statementsNamed("sqlite", "connection_settings")) {
        if (Result<void> set = connection->executeText(statement); !set)
            return tl::unexpected(set.error());
    }
    return connection;
}

bool Connection::belongsToThisThread() const
{
    return m_thread == std::this_thread::get_id();
}

Error Connection::note(const QSqlError& error)
{
    m_readOnly = m_readOnly || (error.nativeErrorCode().toInt() & 0xff) == sqliteReadOnly;
    return errorOf(error);
}

Result<QSqlQuery*> Connection::start(const char* name, Values values)
{
    auto found = m_queries.find(std::string_view(name));
    if (found == m_queries.end()) {
        QSqlQuery query(m_database);
        query.setForwardOnly(true);
        if (!query.prepare(QString::fromStdString(statementsNamed(m_dialect, name).front())))
            return tl::unexpected(note(query.lastError()));
        found = m_queries.emplace(name, std::move(query)).first;
    }
    QSqlQuery& query = found->second;
    for (const auto& [placeholder, bound] : values)
        query.bindValue(QString::fromLatin1(placeholder), bound);
    if (!query.exec()) {
        Error error = note(query.lastError());
        query.finish(); // a statement that is not reset keeps the transaction from being undone
        return tl::unexpected(std::move(error));
    }
    return &query;
}

Result<void> Connection::finish(QSqlQuery& query)
{
    const QSqlError error = query.lastError();
    query.finish();
    if (error.isValid())
        return tl::unexpected(note(error));
    return {};
}

Result<int> Connection::execute(const char* name, Values values)
{
    const Result<QSqlQuery*> query = start(name, values);
    if (!query)
        return tl::unexpected(query.error());
    const int changed = (*query)->numRowsAffected();
    (*query)->finish();
    return changed;
}

Result<void> Connection::executeText(const std::string& statement)
{
    QSqlQuery query(m_database);
    if (!query.exec(QString::fromStdString(statement)))
        return tl::unexpected(note(query.lastError()));
    return {};
}

}
