// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/sqlvalues.h"
#include "protocols/base/error.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wardesk::broker::sql {

/// Named values of a statement: { ":id", value(id) }.
using Values = std::initializer_list<std::pair<const char*, QVariant>>;

/// One connection to the database with its prepared statements, for the thread that opened it.
class Connection
{
public:
    [[nodiscard]] static Result<std::unique_ptr<Connection>> openSqlite(const std::string& path);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool belongsToThisThread() const;
    /// A write was refused because SQLite could open the file for reading only: opening it again
    /// helps once the cause is gone.
    [[nodiscard]] bool isReadOnly() const { return m_readOnly; }

    /// Runs the named statement (see sqltext.h) and gives how many rows it changed.
    [[nodiscard]] Result<int> execute(const char* name, Values values = {});
    /// The same for a statement that has no name: migrations.
    [[nodiscard]] Result<void> executeText(const std::string& statement);
    /// Every row of a named query, read by `read(Row&)`.
    template <typename Read>
    [[nodiscard]] auto select(const char* name, Values values, const Read& read)
        -> Result<std::vector<decltype(read(std::declval<Row&>()))>>
    {
        std::vector<decltype(read(std::declval<Row&>()))> rows;
        Result<QSqlQuery*> query = start(name, values);
        if (!query)
            return tl::unexpected(query.error());
        while ((*query)->next()) {
            Row row(**query);
            rows.push_back(read(row));
        }
        if (Result<void> finished = finish(**query); !finished)
            return tl::unexpected(finished.error());
        return rows;
    }

private:
    Connection(std::string dialect, QString name);
    [[nodiscard]] Result<QSqlQuery*> start(const char* name, Values values);
    [[nodiscard]] Result<void> finish(QSqlQuery& query);
    [[nodiscard]] Error note(const QSqlError& error);

    const std::string m_dialect;
    const QString m_name;
    const std::thread::id m_thread = std::this_thread::get_id();
    bool m_readOnly = false;
    QSqlDatabase m_database;
    std::map<std::string, QSqlQuery, std::less<>> m_queries;
};

/// What the driver says, as one of ours.
[[nodiscard]] Error errorOf(const QSqlError& error);

}
