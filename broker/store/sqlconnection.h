// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/connectionwatch.h"
#include "broker/store/sqlvalues.h"
#include "protocols/base/error.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wardesk::broker {

struct PostgresSettings;

}

namespace wardesk::broker::sql {

/// Named values of a statement: { ":id", value(id) }.
using Values = std::initializer_list<std::pair<const char*, QVariant>>;

enum class Dialect { sqlite, postgresql };
[[nodiscard]] const char* nameOf(Dialect dialect);

/// What is to be done about a statement that failed.
enum class Remedy {
    none,
    again, ///< two transactions were in each other's way: the same again may succeed
    conflict, ///< a row is there already; a moment ago it was not, if somebody else was quicker
    reconnect ///< the connection is lost, or is one to a server that cannot be written to
};

/// One connection to the database with its prepared statements, for the thread that opened it.
class Connection
{
public:
    [[nodiscard]] static Result<std::unique_ptr<Connection>> openSqlite(const std::string& path);
    /// No error carries the password.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> openPostgres(
        const PostgresSettings& settings, ConnectionWatch& watch);
    /// Any of the servers, also one that cannot be written to; spent from the start.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> openForReading(
        const PostgresSettings& settings, ConnectionWatch& watch);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] Dialect dialect() const { return m_dialect; }
    /// It should be opened anew once the cause is gone: lost, or good for reading only.
    [[nodiscard]] bool isSpent() const { return m_lost || m_readOnly; }
    [[nodiscard]] bool isLost() const { return m_lost; }
    /// About the last statement that failed since it was forgotten.
    [[nodiscard]] Remedy remedy() const { return m_remedy; }
    void forgetRemedy() { m_remedy = Remedy::none; }
    static constexpr std::chrono::milliseconds usualPatience { 6000 };
    /// How long the server may take for a statement before the connection is given up.
    void setPatience(std::chrono::milliseconds patience) { m_patience = patience; }

    /// Runs the named statement (see sqltext.h) and gives how many rows it changed.
    [[nodiscard]] Result<int> execute(const char* name, Values values = {});
    /// The same for a statement that has no name: migrations.
    [[nodiscard]] Result<void> executeText(const std::string& statement);
    /// All statements of that name, one after the other, unprepared: what begins, ends and sets.
    [[nodiscard]] Result<void> executeEach(const char* name);
    /// Commits; `unavailable` when nobody knows whether that happened.
    [[nodiscard]] Result<void> commit();
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
    Connection(Dialect dialect, QString name);
    [[nodiscard]] Result<QSqlQuery*> prepared(const char* name);
    [[nodiscard]] Result<QSqlQuery*> start(const char* name, Values values);
    [[nodiscard]] Result<void> finish(QSqlQuery& query);
    [[nodiscard]] Error note(const QSqlError& error);
    [[nodiscard]] bool watchSocket(ConnectionWatch& watch);

    const Dialect m_dialect;
    const QString m_name;
    bool m_readOnly = false;
    bool m_lost = false;
    Remedy m_remedy = Remedy::none;
    std::chrono::milliseconds m_patience = usualPatience;
    std::shared_ptr<ConnectionWatch::Line> m_line; ///< PostgreSQL only
    QSqlDatabase m_database;
    std::map<std::string, QSqlQuery, std::less<>> m_queries;
    std::map<std::string, std::vector<std::string>, std::less<>> m_texts; ///< of executeEach
};

/// What the driver says, as one of ours.
[[nodiscard]] Error errorOf(Dialect dialect, const QSqlError& error);

}
