// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/connectionwatch.h"
#include "broker/store/sqlconnection.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <memory>

namespace wardesk::broker {

struct PostgresSettings;

}

namespace wardesk::broker::sql {

/// Through Qt's driver.
class PostgresConnection final : public Connection
{
public:
    /// No error carries the password.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(
        const PostgresSettings& settings, ConnectionWatch& watch);
    /// Any of the servers, also one that cannot be written to; spent from the start.
    [[nodiscard]] static Result<std::unique_ptr<Connection>> openForReading(
        const PostgresSettings& settings, ConnectionWatch& watch);
    ~PostgresConnection() override;

    [[nodiscard]] Result<int> execute(const char* name, Values values) override;
    [[nodiscard]] Result<void> executeText(const std::string& statement) override;
    [[nodiscard]] Result<void> commit() override;

private:
    PostgresConnection();
    [[nodiscard]] static Result<std::unique_ptr<PostgresConnection>> connect(
        const PostgresSettings& settings, ConnectionWatch& watch);
    [[nodiscard]] Result<void> query(
        const char* name, Values values, const std::function<void(Row&)>& take) override;
    [[nodiscard]] Result<QSqlQuery*> prepared(const char* name);
    [[nodiscard]] Result<QSqlQuery*> start(const char* name, Values values);
    [[nodiscard]] Error noteOf(const QSqlError& error);
    [[nodiscard]] bool watchSocket(ConnectionWatch& watch);

    const QString m_name;
    std::shared_ptr<ConnectionWatch::Line> m_line;
    QSqlDatabase m_database;
    std::map<std::string, QSqlQuery, std::less<>> m_queries;
};

}
