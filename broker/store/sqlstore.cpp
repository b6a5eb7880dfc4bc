// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"

#include "broker/store/sqlmigrate.h"
#include "broker/store/storefactory.h"
#include "broker/store/storerules.h"

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

SqlStore::SqlStore(std::string path, const Clock& clock)
    : m_path(std::move(path))
    , m_clock(clock)
    , m_reserve(m_path)
{
}

Result<std::unique_ptr<Store>> SqlStore::openSqlite(const std::string& path, const Clock& clock)
{
    std::unique_ptr<SqlStore> store(new SqlStore(path, clock));
    Result<sql::Connection*> open = store->connection();
    if (!open)
        return tl::unexpected(open.error());
    if (Result<void> migrated = sql::migrate(**open, sql::knownMigrations()); !migrated)
        return tl::unexpected(migrated.error());
    // On a full disk the broker starts all the same: who has a desktop must reach it.
    static_cast<void>(store->m_reserve.ensure());
    return store;
}

SqlStore::Session& SqlStore::session()
{
    const std::lock_guard lock(m_sessionsMutex);
    return m_sessions[std::this_thread::get_id()]; // stays where it is: std::map
}

Result<sql::Connection*> SqlStore::connection()
{
    std::unique_ptr<sql::Connection>& present = session().connection;
    if (present && !present->isReadOnly())
        return present.get();
    // The new one first: while the old one is open, SQLite's log and index exist and need no room.
    Result<std::unique_ptr<sql::Connection>> opened = sql::Connection::openSqlite(m_path);
    if (!opened && m_reserve.release())
        opened = sql::Connection::openSqlite(m_path);
    if (!opened) {
        if (present)
            return present.get(); // good enough for reading
        return tl::unexpected(opened.error());
    }
    present = std::move(*opened);
    return present.get();
}

Result<WallTime> SqlStore::databaseTime()
{
    return m_clock.wall();
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
