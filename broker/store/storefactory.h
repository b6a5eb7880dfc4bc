// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <memory>
#include <string>

namespace wardesk::broker {

/// Opens (or makes, mode 0600) the database and brings its schema up to date. Fails with a plain
/// sentence when the file is from a newer version or cannot be used. Qt loads the SQL driver as a
/// plugin, so a QCoreApplication must exist. The store belongs to one thread at a time and may be
/// handed to another between two calls (the connection is reopened there). Several stores on one
/// file, in one process or many, are fine.
[[nodiscard]] Result<std::unique_ptr<Store>> openSqlite(const std::string& path);

/// A store that forgets everything; for tests and the simulator. Same contract suite.
[[nodiscard]] std::unique_ptr<Store> makeMemoryStore();

}
