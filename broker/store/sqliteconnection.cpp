// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqliteconnection.h"

#include "broker/store/sqlerrors.h"
#include "broker/store/sqltext.h"
#include "broker/store/storerules.h"

#include <QString>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker::sql {

namespace {

/// Long: writers of several processes on one file wait for each other's fsync.
constexpr std::chrono::milliseconds busyPatience { 20000 };

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

class SqliteRow final : public Row
{
public:
    explicit SqliteRow(sqlite3_stmt* statement)
        : m_statement(statement)
    {
    }

private:
    [[nodiscard]] std::string textAt(int column) const override
    {
        const auto* text = sqlite3_column_text(m_statement, column);
        if (text == nullptr)
            return {};
        return { reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column)) };
    }
    [[nodiscard]] std::int64_t numberAt(int column) const override
    {
        return sqlite3_column_int64(m_statement, column);
    }
    [[nodiscard]] bool isNullAt(int column) const override
    {
        return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
    }

    sqlite3_stmt* m_statement;
};

/// A statement that is not reset keeps its transaction from ending. The values belong to the caller
/// and are bound no longer than this lives.
class Running
{
public:
    explicit Running(sqlite3_stmt* statement)
        : m_statement(statement)
    {
    }
    ~Running()
    {
        sqlite3_reset(m_statement);
        sqlite3_clear_bindings(m_statement);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    [[nodiscard]] int bind(const char* placeholder, const Value& value)
    {
        const int index = sqlite3_bind_parameter_index(m_statement, placeholder);
        if (const auto* text = value.text())
            return sqlite3_bind_text(
                m_statement, index, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
        if (const auto* number = value.number())
            return sqlite3_bind_int64(m_statement, index, *number);
        return sqlite3_bind_null(m_statement, index);
    }
    [[nodiscard]] int step() { return sqlite3_step(m_statement); }

private:
    sqlite3_stmt* m_statement;
};

}

void SqliteConnection::Close::operator()(sqlite3* database) const
{
    sqlite3_close(database);
}

void SqliteConnection::Finalize::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

Result<std::unique_ptr<Connection>> SqliteConnection::open(const std::string& path)
{
    // Nobody asks how much memory it uses, and counting takes a lock at every allocation. Refused
    // when somebody uses the library already, which is as well.
    static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    Q_UNUSED(uncounted)
    if (Result<void> made = makePrivateFile(path); !made)
        return tl::unexpected(made.error());
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection);
    sqlite3* database = nullptr;
    // Without mutexes: a connection belongs to one thread.
    const int opened = sqlite3_open_v2(path.c_str(), &database,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    connection->m_database.reset(database); // there may be one to close even when that failed
    if (opened != SQLITE_OK)
        return tl::unexpected(connection->lastError());
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, static_cast<int>(busyPatience.count()));
    if (Result<void> set = connection->executeEach("connection_settings"); !set)
        return tl::unexpected(set.error());
    return connection;
}

Error SqliteConnection::lastError()
{
    // Without memory for a database both speak of that.
    return note(sqliteFailure(
        sqlite3_extended_errcode(m_database.get()), sqlite3_errmsg(m_database.get())));
}

Result<sqlite3_stmt*> SqliteConnection::prepared(const char* name)
{
    const auto found = m_statements.find(std::string_view(name));
    if (found != m_statements.end())
        return found->second.get();
    const std::string text = statementsNamed(nameOf(dialect()), name).front();
    sqlite3_stmt* made = nullptr;
    const int result = sqlite3_prepare_v3(m_database.get(), text.c_str(),
        static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (result != SQLITE_OK)
        return tl::unexpected(lastError());
    return m_statements.emplace(name, Statement(made)).first->second.get();
}

Result<void> SqliteConnection::query(
    const char* name, Values values, const std::function<void(Row&)>& take)
{
    const Result<sqlite3_stmt*> statement = prepared(name);
    if (!statement)
        return tl::unexpected(statement.error());
    Running running(*statement);
    // SQLite would take NULL for what is missing.
    if (sqlite3_bind_parameter_count(*statement) != static_cast<int>(values.size()))
        return failure(Errc::internal, std::string(name) + " was not given all of its values");
    for (const auto& [placeholder, bound] : values) {
        if (Result<void> good = checkValue(bound); !good)
            return good;
        if (running.bind(placeholder, bound) != SQLITE_OK)
            return tl::unexpected(lastError());
    }
    int result = running.step();
    for (; result == SQLITE_ROW; result = running.step()) {
        SqliteRow row(*statement);
        if (take)
            take(row);
    }
    if (result != SQLITE_DONE)
        return tl::unexpected(lastError());
    return {};
}

Result<int> SqliteConnection::execute(const char* name, Values values)
{
    return query(name, values, {}).map([this] { return sqlite3_changes(m_database.get()); });
}

std::int64_t SqliteConnection::changes() const
{
    return sqlite3_total_changes(m_database.get());
}

Result<void> SqliteConnection::executeText(const std::string& statement)
{
    if (sqlite3_exec(m_database.get(), statement.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return tl::unexpected(lastError());
    return {};
}

}
