// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// The control of tests/audit-allocations: desktops are given out as people write it first (look for
// a free one, then mark it). Its history has the same form, and the checker must find it guilty.
#include "tests/support/auditclients/history.h"

#include "protocols/base/encoding.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <atomic>
#include <barrier>
#include <iostream>
#include <thread>

using namespace wardesk::audit;

namespace {

QSqlDatabase openDatabase(const std::string& driver, const std::string& name,
    const std::string& host, int port, const std::string& user, const QString& connection)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QString::fromStdString(driver), connection);
    database.setDatabaseName(QString::fromStdString(name));
    if (driver == "QSQLITE") {
        database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=20000"));
    } else {
        database.setHostName(QString::fromStdString(host));
        database.setPort(port);
        database.setUserName(QString::fromStdString(user));
    }
    if (!database.open())
        std::cerr << "auditnaive: " << database.lastError().text().toStdString() << '\n';
    return database;
}

}

int main(int argc, char** argv)
{
    CLI::App app("An allocator that is wrong on purpose.", "auditnaive");
    std::string driver = "QSQLITE";
    std::string name;
    std::string host;
    std::string user;
    std::string history;
    int port = 5432;
    int clients = 16;
    int grants = 2000;
    app.add_option("--driver", driver, "QSQLITE or QPSQL");
    app.add_option("--name", name, "file or database")->required();
    app.add_option("--host", host, "of PostgreSQL: address or folder of the socket");
    app.add_option("--port", port, "of PostgreSQL");
    app.add_option("--user", user, "of PostgreSQL");
    app.add_option("--history", history, "folder for what the clients were told")->required();
    app.add_option("--clients", clients, "how many at the same time");
    app.add_option("--grants", grants, "how many in all, of as many desktops");
    CLI11_PARSE(app, argc, argv);
    const QCoreApplication qt(argc, argv);

    const auto open = [&](const QString& connection) {
        return openDatabase(driver, name, host, port, user, connection);
    };
    {
        QSqlQuery query(open(QStringLiteral("first")));
        if (driver == "QSQLITE")
            query.exec(QStringLiteral("PRAGMA journal_mode = WAL"));
        query.exec(QStringLiteral("CREATE TABLE naive (id INTEGER PRIMARY KEY, holder TEXT)"));
        query.exec(QStringLiteral("INSERT INTO naive (id) WITH RECURSIVE c(value) AS (SELECT 1 "
                                  "UNION ALL SELECT value + 1 FROM c WHERE value < %1) SELECT "
                                  "value FROM c")
                       .arg(grants));
    }
    std::atomic<int> next { 0 };
    std::atomic<long> epoch { 0 };
    std::barrier start(clients);
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
            QSqlQuery query(open(QStringLiteral("naive-%1").arg(client)));
            if (driver == "QSQLITE")
                query.exec(QStringLiteral("PRAGMA synchronous = OFF"));
            History file(history + "/client" + std::to_string(client) + ".tsv");
            start.arrive_and_wait();
            for (int number = next++; number < grants; number = next++) {
                const std::string who = "n" + std::to_string(number);
                const std::string key = wardesk::randomUuid();
                file.write("asked", { who, "naive", key });
                query.exec(QStringLiteral(
                    "SELECT id FROM naive WHERE holder IS NULL ORDER BY id LIMIT 1"));
                if (!query.next())
                    break;
                const int id = query.value(0).toInt();
                query.finish();
                if (!query.exec(QStringLiteral("UPDATE naive SET holder = '%1' WHERE id = %2")
                                    .arg(QString::fromStdString(who))
                                    .arg(id)))
                    continue;
                file.write("given",
                    { who, "naive", key, "lease-" + who, std::to_string(++epoch),
                        "desktop-" + std::to_string(id), "certificate-" + std::to_string(id) });
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    return 0;
}
