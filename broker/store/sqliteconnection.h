// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/sqlconnection.h"

#include <memory>

struct sqlite3;
struct sqlite3_stmt;

namespace wardesk::broker::sql {

/// Speaks to the library directly: through Qt's driver a grant took twice the time, for texts that
/// became UTF-16 and back and descriptions of columns that nobody read.
class SqliteConnection final : public Connection
{
public:
    /// The file is made when there is none, readable for its owner only.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path);

    [[nodiscard]] Result<int> execute(const char* name, Values values) override;
    [[nodiscard]] Result<void> executeText(const std::string& statement) override;
    [[nodiscard]] std::int64_t changes() const override;
    [[nodiscard]] Result<void> commit() override { return executeEach("commit"); }

private:
    struct Close
    {
        void operator()(sqlite3* database) const;
    };
    struct Finalize
    {
        void operator()(sqlite3_stmt* statement) const;
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

    SqliteConnection()
        : Connection(Dialect::sqlite)
    {
    }
    /// Runs it to its end; `take` may be empty.
    [[nodiscard]] Result<void> query(
        const char* name, Values values, const std::function<void(Row&)>& take) override;
    [[nodiscard]] Result<sqlite3_stmt*> prepared(const char* name);
    [[nodiscard]] Error lastError();

    std::unique_ptr<sqlite3, Close> m_database; // outlives its statements
    std::map<std::string, Statement, std::less<>> m_statements;
};

}
