// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/postgresserver.h"

#include "tests/contract/store/storefixture.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <libpq-fe.h>
#include <memory>

namespace wardesk::broker::test {

namespace {

const QString tool = QStringLiteral(WARDESK_SOURCE_DIR "/tests/support/postgres");

QJsonObject run(const QStringList& words)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(tool, words);
    if (!process.waitForFinished(120000) || process.exitCode() != 0)
        die({ Errc::unavailable, "tests/support/postgres " + words.join(u' ').toStdString() });
    return QJsonDocument::fromJson(process.readAllStandardOutput()).object();
}

}

PostgresServer& PostgresServer::shared()
{
    static PostgresServer server;
    return server;
}

PostgresServer::PostgresServer(Standby standby)
{
    QStringList words { QStringLiteral("start"), QStringLiteral("--with"),
        QString::number(QCoreApplication::applicationPid()) };
    if (standby == Standby::synchronous)
        words.append(QStringLiteral("--standby"));
    const QJsonObject cluster = run(words);
    m_folder = cluster[QLatin1String("dir")].toString();
    m_uri = cluster[QLatin1String("uri")].toString().toStdString();
    m_passwordFile = cluster[QLatin1String("passwordFile")].toString().toStdString();
}

PostgresServer::~PostgresServer()
{
    QProcess process;
    process.start(tool, { QStringLiteral("stop"), m_folder });
    process.waitForFinished(60000);
}

PostgresSettings PostgresServer::newDatabase()
{
    PostgresSettings settings = orDie(parsePostgres(m_uri, m_passwordFile));
    const std::string name = "test" + std::to_string(++m_databases);
    sql(settings, "CREATE DATABASE " + name);
    settings.options["dbname"] = name;
    return settings;
}

void PostgresServer::sql(const PostgresSettings& settings, const std::string& statement) const
{
    const Secret password = orDie(settings.password());
    // Whatever the server is at the moment.
    PostgresSettings any = settings;
    any.options["target_session_attrs"] = "any";
    any.options["options"] = "-c default_transaction_read_only=off";
    const std::string text = any.connectionText() + " password=" + std::string(password.reveal());
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb(text.c_str()), &PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(), statement.c_str()), &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        die({ Errc::internal, statement + ": " + PQerrorMessage(connection.get()) });
}

void PostgresServer::control(const QStringList& words) const
{
    QStringList all = words;
    all.insert(1, m_folder);
    run(all);
}

}
