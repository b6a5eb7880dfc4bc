// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wardesk::broker::sql {

/// The statements of a text, without comments; a database prepares one at a time.
[[nodiscard]] std::vector<std::string> statementsOf(const std::string& text);

/// The statements of the resource sql/<dialect>/<name>.sql, or else sql/common/<name>.sql. A name
/// that does not exist is a mistake in the program and ends it.
[[nodiscard]] std::vector<std::string> statementsNamed(
    const std::string& dialect, const std::string& name);

/// A step of the schema; its number is the version that the database has afterwards.
struct Migration
{
    std::int64_t version = 0;
    std::string text;
};

/// The resources migrations/NNNN_*.sql in order, each followed by what
/// migrations/<dialect>/NNNN_*.sql adds to it.
[[nodiscard]] std::vector<Migration> knownMigrations(const std::string& dialect);

}
