// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/store/postgressettings.h"
#include "protocols/base/clock.h"

#include <memory>
#include <string>

namespace wardesk::broker {

/// The clock of this machine, for as long as the program runs.
[[nodiscard]] const Clock& systemClock();

/// Opens (or makes, mode 0600) the database and brings its schema up to date. Fails with a plain
/// sentence when the file is from a newer version or cannot be used. Qt loads the SQL driver as a
/// plugin, so a QCoreApplication must exist. Each thread that calls gets a connection of its own.
/// Several stores on one file, in one process or many, are fine. `clock` is the database's clock
/// for claims and heartbeats.
[[nodiscard]] Result<std::unique_ptr<Store>> openSqlite(
    const std::string& path, const Clock& clock = systemClock());

/// The database on a PostgreSQL server, schema up to date. It survives restarts and promotions of
/// the server: a lost connection is opened anew, to the server that can be written to.
[[nodiscard]] Result<std::unique_ptr<Store>> openPostgres(PostgresSettings settings);

/// A store that forgets everything; for tests and the simulator. Same contract suite.
[[nodiscard]] std::unique_ptr<Store> makeMemoryStore(const Clock& clock = systemClock());

}
