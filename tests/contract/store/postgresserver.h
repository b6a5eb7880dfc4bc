// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/postgressettings.h"

#include <QString>
#include <QStringList>
#include <string>

namespace wardesk::broker::test {

/// A PostgreSQL of this test program's own (tests/support/postgres), gone with it.
class PostgresServer
{
public:
    enum class Standby { none, synchronous };

    /// The one that most tests share; started when it is first asked for.
    [[nodiscard]] static PostgresServer& shared();

    explicit PostgresServer(Standby standby = Standby::none);
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// A new, empty database.
    [[nodiscard]] PostgresSettings newDatabase();
    [[nodiscard]] std::string folder() const { return m_folder.toStdString(); }
    [[nodiscard]] std::string passwordFile() const { return m_passwordFile; }
    /// Ends the test program when the statement fails.
    void sql(const PostgresSettings& settings, const std::string& statement) const;
    /// tests/support/postgres with these words and the folder after the first one.
    void control(const QStringList& words) const;

private:
    QString m_folder;
    std::string m_uri;
    std::string m_passwordFile;
    int m_databases = 0;
};

}
