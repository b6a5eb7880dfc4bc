// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlmigrate.h"

namespace wardesk::broker::sql {

namespace {

Result<std::int64_t> versionOf(Connection& connection)
{
    return connection.select("select_schema_version", {}, [](Row& row) { return row.number(); })
        .map([](const std::vector<std::int64_t>& rows) { return rows.front(); });
}

Result<void> apply(Connection& connection, const std::vector<Migration>& migrations)
{
    if (Result<void> locked = connection.executeEach("migration_settings"); !locked)
        return locked;
    if (Result<void> made = connection.executeEach("create_schema_version"); !made)
        return made;
    const Result<std::int64_t> present = versionOf(connection);
    if (!present)
        return tl::unexpected(present.error());
    const std::int64_t newest = migrations.empty() ? 0 : migrations.back().version;
    if (*present > newest) {
        return failure(Errc::conflict,
            "the database is from a newer version of Wardesk (schema " + std::to_string(*present)
                + ", this version knows " + std::to_string(newest)
                + "); install that version or restore an older backup");
    }
    for (const Migration& migration : migrations) {
        if (migration.version <= *present)
            continue;
        for (const std::string& statement : statementsOf(migration.text)) {
            if (Result<void> done = connection.executeText(statement); !done)
                return done;
        }
        if (Result<int> noted = connection.execute(
                "insert_schema_version", { { ":version", value(migration.version) } });
            !noted)
            return tl::unexpected(noted.error());
    }
    return {};
}

}

Result<void> migrate(Connection& connection, const std::vector<Migration>& migrations)
{
    connection.setPatience(std::chrono::minutes(5)); // of large tables
    if (Result<void> begun = connection.executeEach("begin_write"); !begun)
        return begun;
    Result<void> applied = apply(connection, migrations);
    if (applied)
        applied = connection.commit();
    if (!applied)
        static_cast<void>(connection.executeEach("rollback"));
    connection.setPatience(Connection::usualPatience);
    return applied;
}

}
