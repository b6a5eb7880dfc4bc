// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlconnection.h"

#include "broker/store/postgressettings.h"
#include "broker/store/sqlerrors.h"
#include "broker/store/sqltext.h"
#include "broker/store/storerules.h"

#include <QSqlDriver>
#include <QSqlError>
#include <atomic>
#include <fcntl.h>
#include <libpq-fe.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker::sql {

namespace {

QString nextName()
{
    static std::atomic<int> count { 0 };
    return QStringLiteral("wardesk-store-%1").arg(++count);
}

/// SQLite makes the log and the shared index with the mode of the database file.
/// A file that is there is not opened here: closing any descriptor of it would drop all of this
/// process's locks on it, those of its other connections, too (POSIX). Another program that looks
/// into the database would then take itself for the last one, and delete the log that we go on
/// writing to.
Result<void> makePrivateFile(const std::string& path)
{
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file >= 0) {
        close(file); // it is new: nobody has it open
        return {};
    }
    int cause = errno;
    struct stat present
    {
    };
    if (cause == EEXIST && stat(path.c_str(), &present) == 0 && S_ISREG(present.st_mode)) {
        if ((present.st_mode & 07777) == (S_IRUSR | S_IWUSR)
            || chmod(path.c_str(), S_IRUSR | S_IWUSR) == 0)
            return {};
        cause = errno;
        if (cause == EPERM)
            return failure(
                Errc::unavailable, "the database " + path + " belongs to another account");
    }
    const std::string reason = qt_error_string(cause).toStdString();
    if (cause == ENOSPC || cause == EROFS)
        return tl::unexpected(rules::storageFullError(reason));
    return failure(Errc::unavailable, "the database " + path + " cannot be opened: " + reason);
}

/// libpq's handle of Qt's connection; null for another database.
PGconn* handleOf(const QSqlDatabase& database)
{
    const QVariant handle = database.driver()->handle();
    // Qt 5 named the type as it is written, Qt 6 names what the name stands for.
    const bool known
        = qstrcmp(handle.typeName(), "PGconn*") == 0 || qstrcmp(handle.typeName(), "pg_conn*") == 0;
    return known ? *static_cast<PGconn* const*>(handle.constData()) : nullptr;
}

Failure failureOf(Dialect dialect, const QSqlError& error)
{
    const std::string text = error.databaseText().toStdString();
    switch (dialect) {
    case Dialect::sqlite:
        return sqliteFailure(error.nativeErrorCode().toInt(), text);
    case Dialect::postgresql:
        return postgresFailure(error.nativeErrorCode().toStdString(), text);
    }
    return {};
}

/// While it lives, the server has to answer in time.
class Expecting
{
public:
    Expecting(ConnectionWatch::Line* line, std::chrono::milliseconds patience)
        : m_line(line)
    {
        if (m_line != nullptr)
            m_line->expectWithin(patience);
    }
    ~Expecting()
    {
        if (m_line != nullptr)
            m_line->answered();
    }
    Expecting(const Expecting&) = delete;
    Expecting& operator=(const Expecting&) = delete;

private:
    ConnectionWatch::Line* m_line;
};

/// Qt's driver frees each prepared statement on the server, and complains about each when there is
/// none any more.
void dropQuietly(std::map<std::string, QSqlQuery, std::less<>>& queries)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    const QtMessageHandler former
        = qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString&) {});
    queries.clear();
    qInstallMessageHandler(former);
}

/// Both databases end a text at a NUL, one of them silently.
bool hasNul(const QVariant& bound)
{
    return bound.userType() == QMetaType::QString && bound.toString().contains(QChar::Null);
}

}

const char* nameOf(Dialect dialect)
{
    switch (dialect) {
    case Dialect::sqlite:
        return "sqlite";
    case Dialect::postgresql:
        return "postgresql";
    }
    return "";
}

Error errorOf(Dialect dialect, const QSqlError& error)
{
    return failureOf(dialect, error).error;
}

Connection::Connection(Dialect dialect, QString name)
    : m_dialect(dialect)
    , m_name(std::move(name))
{
}

Connection::~Connection()
{
    if (m_line)
        m_line->detach();
    if (m_lost)
        dropQuietly(m_queries);
    m_queries.clear();
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<Connection>> Connection::openSqlite(const std::string& path)
{
    if (Result<void> made = makePrivateFile(path); !made)
        return tl::unexpected(made.error());
    std::unique_ptr<Connection> connection(new Connection(Dialect::sqlite, nextName()));
    QSqlDatabase& database = connection->m_database;
    database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection->m_name);
    if (!database.isValid())
        return failure(Errc::unavailable, "Qt's SQLite driver is not installed");
    database.setDatabaseName(QString::fromStdString(path));
    // Long: writers of several brokers on one file wait for each other's fsync.
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=20000"));
    if (!database.open())
        return tl::unexpected(errorOf(Dialect::sqlite, database.lastError()));
    if (Result<void> set = connection->executeEach("connection_settings"); !set)
        return tl::unexpected(set.error());
    return connection;
}

Result<std::unique_ptr<Connection>> Connection::openPostgres(
    const PostgresSettings& settings, ConnectionWatch& watch)
{
    const Result<Secret> password = settings.password();
    if (!password)
        return tl::unexpected(password.error());
    std::unique_ptr<Connection> connection(new Connection(Dialect::postgresql, nextName()));
    QSqlDatabase& database = connection->m_database;
    database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), connection->m_name);
    if (!database.isValid())
        return failure(
            Errc::unavailable, "Qt's PostgreSQL driver is not installed (package libqt6sql6-psql)");
    database.setConnectOptions(QString::fromStdString(settings.connectionText()));
    if (!password->isEmpty())
        database.setPassword(QString::fromUtf8(
            password->reveal().data(), static_cast<qsizetype>(password->reveal().size())));
    const bool opened = database.open();
    database.setPassword({});
    if (!opened) {
        Error error = errorOf(Dialect::postgresql, database.lastError());
        return failure(error.code, error.detail + " (" + settings.name() + ')');
    }
    if (!connection->watchSocket(watch))
        return failure(Errc::internal, "this version of Qt's PostgreSQL driver cannot be watched");
    if (Result<void> set = connection->executeEach("connection_settings"); !set)
        return tl::unexpected(set.error());
    return connection;
}

Result<std::unique_ptr<Connection>> Connection::openForReading(
    const PostgresSettings& settings, ConnectionWatch& watch)
{
    PostgresSettings any = settings;
    any.options["target_session_attrs"] = "any";
    auto opened = openPostgres(any, watch);
    if (opened)
        (*opened)->m_readOnly = true;
    return opened;
}

bool Connection::watchSocket(ConnectionWatch& watch)
{
    PGconn* handle = handleOf(m_database);
    if (handle == nullptr)
        return false;
    m_line = watch.addLine();
    m_line->attach(PQsocket(handle));
    return true;
}

Error Connection::note(const QSqlError& error)
{
    Failure failed = failureOf(m_dialect, error);
    m_remedy = failed.remedy;
    m_readOnly = m_readOnly || failed.readOnly;
    if (m_dialect == Dialect::postgresql) {
        const PGconn* handle = handleOf(m_database);
        // A server that says good-bye has closed the connection, whether libpq has noticed or not.
        const bool farewell = failed.remedy == Remedy::reconnect && !failed.readOnly;
        m_lost = m_lost || farewell || PQstatus(handle) != CONNECTION_OK;
    }
    return std::move(failed.error);
}

Result<QSqlQuery*> Connection::prepared(const char* name)
{
    const auto found = m_queries.find(std::string_view(name));
    if (found != m_queries.end())
        return &found->second;
    QSqlQuery query(m_database);
    // Row by row spares memory in SQLite; PostgreSQL sends all at once anyway.
    query.setForwardOnly(m_dialect == Dialect::sqlite);
    if (!query.prepare(QString::fromStdString(statementsNamed(nameOf(m_dialect), name).front())))
        return tl::unexpected(note(query.lastError()));
    return &m_queries.emplace(name, std::move(query)).first->second;
}

Result<QSqlQuery*> Connection::start(const char* name, Values values)
{
    const Expecting expecting(m_line.get(), m_patience);
    const Result<QSqlQuery*> ready = prepared(name);
    if (!ready)
        return ready;
    QSqlQuery& query = **ready;
    for (const auto& [placeholder, bound] : values) {
        if (hasNul(bound))
            return failure(Errc::invalidArgument, "a text cannot have the character NUL in it");
        query.bindValue(QString::fromLatin1(placeholder), bound);
    }
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
    const Expecting expecting(m_line.get(), m_patience);
    QSqlQuery query(m_database);
    if (!query.exec(QString::fromStdString(statement)))
        return tl::unexpected(note(query.lastError()));
    return {};
}

Result<void> Connection::executeEach(const char* name)
{
    auto texts = m_texts.find(std::string_view(name));
    if (texts == m_texts.end())
        texts = m_texts.emplace(name, statementsNamed(nameOf(m_dialect), name)).first;
    for (const std::string& statement : texts->second) {
        if (Result<void> done = executeText(statement); !done)
            return done;
    }
    return {};
}

Result<void> Connection::commit()
{
    if (m_dialect == Dialect::sqlite)
        return executeEach("commit");
    // PostgreSQL calls it a success to commit a transaction that had failed, and undoes it.
    const PGconn* handle = handleOf(m_database);
    if (PQtransactionStatus(handle) != PQTRANS_INTRANS)
        return failure(Errc::internal, "a change failed before it was to be kept");
    Result<void> committed = executeEach("commit");
    if (!committed && m_lost)
        return failure(Errc::unavailable,
            "the connection to the database was lost while a change was being kept; ask again");
    return committed;
}

}
