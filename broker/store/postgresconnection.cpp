// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/postgresconnection.h"

#include "broker/store/postgressettings.h"
#include "broker/store/sqlerrors.h"
#include "broker/store/sqltext.h"

#include <QSqlDriver>
#include <QSqlError>
#include <QVariant>
#include <atomic>
#include <libpq-fe.h>
#include <mutex>

namespace wardesk::broker::sql {

namespace {

QString nextName()
{
    static std::atomic<int> count { 0 };
    return QStringLiteral("wardesk-store-%1").arg(++count);
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

QVariant toQt(const Value& value)
{
    if (const auto* number = value.number())
        return QVariant(static_cast<qlonglong>(*number));
    const auto* text = value.text();
    if (text == nullptr)
        return QVariant(QMetaType::fromType<QString>());
    // A null QString would become NULL; the empty text is a value.
    return text->empty() ? QVariant(QStringLiteral("")) : QVariant(QString::fromStdString(*text));
}

class QtRow final : public Row
{
public:
    explicit QtRow(const QSqlQuery& query)
        : m_query(query)
    {
    }

private:
    [[nodiscard]] std::string textAt(int column) const override
    {
        return m_query.value(column).toString().toStdString();
    }
    [[nodiscard]] std::int64_t numberAt(int column) const override
    {
        return m_query.value(column).toLongLong();
    }
    [[nodiscard]] bool isNullAt(int column) const override { return m_query.isNull(column); }

    const QSqlQuery& m_query;
};

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

}

PostgresConnection::PostgresConnection()
    : Connection(Dialect::postgresql)
    , m_name(nextName())
{
}

PostgresConnection::~PostgresConnection()
{
    if (m_line)
        m_line->detach();
    if (isLost() && !m_queries.empty())
        dropQuietly(m_queries);
    m_queries.clear();
    m_database.close();
    m_database = {};
    QSqlDatabase::removeDatabase(m_name);
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::connect(
    const PostgresSettings& settings, ConnectionWatch& watch)
{
    const Result<Secret> password = settings.password();
    if (!password)
        return tl::unexpected(password.error());
    std::unique_ptr<PostgresConnection> connection(new PostgresConnection);
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
        Error error = connection->noteOf(database.lastError());
        return failure(error.code, error.detail + " (" + settings.name() + ')');
    }
    if (!connection->watchSocket(watch))
        return failure(Errc::internal, "this version of Qt's PostgreSQL driver cannot be watched");
    if (Result<void> set = connection->executeEach("connection_settings"); !set)
        return tl::unexpected(set.error());
    return connection;
}

Result<std::unique_ptr<Connection>> PostgresConnection::open(
    const PostgresSettings& settings, ConnectionWatch& watch)
{
    return connect(settings, watch).map([](std::unique_ptr<PostgresConnection> connection) {
        return std::unique_ptr<Connection>(std::move(connection));
    });
}

Result<std::unique_ptr<Connection>> PostgresConnection::openForReading(
    const PostgresSettings& settings, ConnectionWatch& watch)
{
    PostgresSettings any = settings;
    any.options["target_session_attrs"] = "any";
    return connect(any, watch).map([](std::unique_ptr<PostgresConnection> connection) {
        connection->setReadOnly();
        return std::unique_ptr<Connection>(std::move(connection));
    });
}

bool PostgresConnection::watchSocket(ConnectionWatch& watch)
{
    PGconn* handle = handleOf(m_database);
    if (handle == nullptr)
        return false;
    m_line = watch.addLine();
    m_line->attach(PQsocket(handle));
    return true;
}

Error PostgresConnection::noteOf(const QSqlError& error)
{
    Failure failed = postgresFailure(
        error.nativeErrorCode().toStdString(), error.databaseText().toStdString());
    const PGconn* handle = handleOf(m_database);
    // A server that says good-bye has closed the connection, whether libpq has noticed or not.
    const bool farewell = failed.remedy == Remedy::reconnect && !failed.readOnly;
    if (farewell || PQstatus(handle) != CONNECTION_OK)
        setLost();
    return note(std::move(failed));
}

Result<QSqlQuery*> PostgresConnection::prepared(const char* name)
{
    const auto found = m_queries.find(std::string_view(name));
    if (found != m_queries.end())
        return &found->second;
    QSqlQuery query(m_database);
    if (!query.prepare(QString::fromStdString(statementsNamed(nameOf(dialect()), name).front())))
        return tl::unexpected(noteOf(query.lastError()));
    return &m_queries.emplace(name, std::move(query)).first->second;
}

Result<QSqlQuery*> PostgresConnection::start(const char* name, Values values)
{
    const Expecting expecting(m_line.get(), patience());
    const Result<QSqlQuery*> ready = prepared(name);
    if (!ready)
        return ready;
    QSqlQuery& query = **ready;
    for (const auto& [placeholder, bound] : values) {
        if (Result<void> good = checkValue(bound); !good)
            return tl::unexpected(good.error());
        query.bindValue(QString::fromLatin1(placeholder), toQt(bound));
    }
    if (!query.exec()) {
        Error error = noteOf(query.lastError());
        query.finish();
        return tl::unexpected(std::move(error));
    }
    return &query;
}

Result<void> PostgresConnection::query(
    const char* name, Values values, const std::function<void(Row&)>& take)
{
    const Result<QSqlQuery*> started = start(name, values);
    if (!started)
        return tl::unexpected(started.error());
    QSqlQuery& rows = **started;
    while (rows.next()) {
        QtRow row(rows);
        take(row);
    }
    const QSqlError error = rows.lastError();
    rows.finish();
    if (error.isValid())
        return tl::unexpected(noteOf(error));
    return {};
}

Result<int> PostgresConnection::execute(const char* name, Values values)
{
    const Result<QSqlQuery*> query = start(name, values);
    if (!query)
        return tl::unexpected(query.error());
    const int changed = (*query)->numRowsAffected();
    (*query)->finish();
    return changed;
}

Result<void> PostgresConnection::executeText(const std::string& statement)
{
    const Expecting expecting(m_line.get(), patience());
    QSqlQuery query(m_database);
    if (!query.exec(QString::fromStdString(statement)))
        return tl::unexpected(noteOf(query.lastError()));
    return {};
}

Result<void> PostgresConnection::commit()
{
    // PostgreSQL calls it a success to commit a transaction that had failed, and undoes it.
    const PGconn* handle = handleOf(m_database);
    if (PQtransactionStatus(handle) != PQTRANS_INTRANS)
        return failure(Errc::internal, "a change failed before it was to be kept");
    Result<void> committed = executeEach("commit");
    if (!committed && isLost())
        return failure(Errc::unavailable,
            "the connection to the database was lost while a change was being kept; ask again");
    return committed;
}

}
