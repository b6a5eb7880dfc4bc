// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"

#include "broker/store/postgresconnection.h"
#include "broker/store/sqliteconnection.h"
#include "broker/store/sqlmigrate.h"
#include "broker/store/storefactory.h"
#include "broker/store/storerules.h"

#include <utility>

namespace wardesk::broker {

const Clock& systemClock()
{
    static const SystemClock clock;
    return clock;
}

Result<std::unique_ptr<Store>> openSqlite(const std::string& path, const Clock& clock)
{
    return SqlStore::openSqlite(path, clock);
}

Result<std::unique_ptr<Store>> openPostgres(PostgresSettings settings)
{
    return SqlStore::openPostgres(std::move(settings));
}

SqlStore::SqlStore(const Clock& clock)
    : m_clock(clock)
{
}

Result<std::unique_ptr<Store>> SqlStore::openSqlite(const std::string& path, const Clock& clock)
{
    std::unique_ptr<SqlStore> store(new SqlStore(clock));
    store->m_path = path;
    store->m_reserve.emplace(path);
    if (Result<void> prepared = store->prepareDatabase(); !prepared)
        return tl::unexpected(prepared.error());
    // On a full disk the broker starts all the same: who has a desktop must reach it.
    static_cast<void>(store->m_reserve->ensure());
    return store;
}

Result<std::unique_ptr<Store>> SqlStore::openPostgres(PostgresSettings settings)
{
    std::unique_ptr<SqlStore> store(new SqlStore(systemClock()));
    store->m_postgres = std::move(settings);
    store->m_watch = std::make_unique<ConnectionWatch>();
    // Whoever starts the broker hears what is wrong, in libpq's words.
    auto tell = std::exchange(store->m_postgres->tell, nullptr);
    if (Result<void> prepared = store->prepareDatabase(); !prepared)
        return tl::unexpected(prepared.error());
    store->m_postgres->tell = std::move(tell);
    return store;
}

Result<void> SqlStore::prepareDatabase()
{
    const Result<sql::Connection*> open = connection();
    if (!open)
        return tl::unexpected(open.error());
    Result<void> migrated
        = sql::migrate(**open, sql::knownMigrations(sql::nameOf((*open)->dialect())));
    // The thread that opens a store seldom is one of those that use it.
    if (m_postgres)
        session().connection.reset();
    return migrated;
}

SqlStore::Session& SqlStore::session()
{
    const std::lock_guard lock(m_sessionsMutex);
    return m_sessions[std::this_thread::get_id()]; // stays where it is: std::map
}

Result<std::unique_ptr<sql::Connection>> SqlStore::openConnection()
{
    if (m_postgres) {
        auto writable = sql::PostgresConnection::open(*m_postgres, *m_watch);
        if (writable || writable.error().detail.find("read-only") == std::string::npos)
            return writable;
        // R14: no server can be written to at the moment, but who has a desktop is found in those
        // that there are.
        auto readable = sql::PostgresConnection::openForReading(*m_postgres, *m_watch);
        return readable ? std::move(readable) : std::move(writable);
    }
    auto opened = sql::SqliteConnection::open(m_path);
    if (!opened && m_reserve->release())
        opened = sql::SqliteConnection::open(m_path);
    return opened;
}

Result<sql::Connection*> SqlStore::connection()
{
    constexpr std::chrono::milliseconds pause { 300 };
    Session& own = session();
    if (own.connection && (own.inTransaction || !own.connection->isSpent()))
        return own.connection.get();
    const bool canRead = own.connection && !own.connection->isLost();
    if (m_postgres && std::chrono::steady_clock::now() < own.connectAfter) {
        if (canRead)
            return own.connection.get();
        return tl::unexpected(own.unreachable);
    }
    // The new one first: while the old one is open, SQLite's log and index exist and need no room.
    Result<std::unique_ptr<sql::Connection>> opened = openConnection();
    if (!opened) {
        own.connectAfter = std::chrono::steady_clock::now() + pause;
        own.unreachable = opened.error();
        if (m_postgres && m_postgres->tell) {
            m_postgres->tell(opened.error().detail);
            if (opened.error().code == Errc::unavailable)
                own.unreachable.detail = "the database does not answer; the broker's log says why";
        }
        if (canRead)
            return own.connection.get();
        return tl::unexpected(own.unreachable);
    }
    if ((*opened)->isSpent())
        own.connectAfter = std::chrono::steady_clock::now() + pause;
    own.connection = std::move(*opened);
    return own.connection.get();
}

Result<WallTime> SqlStore::databaseTime()
{
    if (!m_postgres)
        return m_clock.wall();
    return selectOne(
        "select_time", {}, [](sql::Row& row) { return row.time(); }, "time");
}

Result<void> SqlStore::begin()
{
    for (int tries = 1;; ++tries) {
        const Result<sql::Connection*> open = connection();
        if (!open)
            return tl::unexpected(open.error());
        (*open)->forgetRemedy();
        Result<void> begun = (*open)->executeEach("begin_write");
        session().inTransaction = begun.has_value();
        // Nothing was asked for yet: a server that was restarted meanwhile is asked again.
        if (begun || !(*open)->isLost() || tries == 2)
            return begun;
    }
}

Result<void> SqlStore::commit()
{
    Session& own = session();
    Result<void> committed = own.connection->commit();
    if (committed)
        own.inTransaction = false;
    else
        rollback();
    return committed;
}

void SqlStore::rollback()
{
    Session& own = session();
    if (own.connection && !own.connection->isLost()) // the database may have done it by itself
        static_cast<void>(own.connection->executeEach("rollback"));
    own.inTransaction = false;
}

Result<void> SqlStore::command(const char* name)
{
    const Result<sql::Connection*> open = connection();
    if (!open)
        return tl::unexpected(open.error());
    return (*open)->executeEach(name);
}

Result<void> SqlStore::lock(const char* name, const sql::Value& id)
{
    if (!m_postgres)
        return {};
    return select(name, { { ":id", id } }, [](sql::Row& row) {
        return row.text();
    }).map([](const std::vector<std::string>&) {});
}

Error SqlStore::noRoomError()
{
    return rules::storageFullError("the disk is full");
}

Result<int> SqlStore::execute(const char* name, sql::Values values)
{
    Result<sql::Connection*> open = connection();
    if (!open)
        return tl::unexpected(open.error());
    return (*open)->execute(name, values);
}

Result<void> SqlStore::change(
    Purpose purpose, const char* name, sql::Values values, const char* what)
{
    return write(purpose, [&]() -> Result<void> {
        const Result<int> changed = execute(name, values);
        if (!changed)
            return tl::unexpected(changed.error());
        if (what != nullptr && *changed == 0)
            return failure(Errc::notFound, std::string("there is no such ") + what);
        return {};
    });
}

}
