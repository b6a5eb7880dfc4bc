// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/allocate/filled.h"

#include "broker/store/postgressettings.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

namespace wardesk::broker::bench {

namespace {

const OrganisationId organisation("org-1");

/// The same database as the store's, opened by ourselves.
Result<QSqlDatabase> openAside(const Config& config, const QString& name)
{
    if (config.store.database == "sqlite") {
        QSqlDatabase file = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        file.setDatabaseName(QString::fromStdString(config.state + "/broker.db"));
        return file;
    }
    auto settings = parsePostgres(config.store.database, config.store.passwordFile);
    if (!settings)
        return tl::unexpected(settings.error());
    const auto password = settings->password();
    if (!password)
        return tl::unexpected(password.error());
    QSqlDatabase server = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
    server.setHostName(QString::fromStdString(settings->options["host"]));
    server.setPort(QString::fromStdString(settings->options["port"]).toInt());
    server.setUserName(QString::fromStdString(settings->options["user"]));
    server.setDatabaseName(QString::fromStdString(settings->options["dbname"]));
    server.setPassword(QString::fromStdString(std::string(password->reveal())));
    return server;
}

Result<void> run(const Config& config, const QStringList& statements)
{
    const QString name = QStringLiteral("filler");
    Result<void> result;
    {
        auto aside = openAside(config, name);
        if (!aside)
            return tl::unexpected(aside.error());
        QSqlDatabase& open = *aside;
        if (!open.open())
            result = failure(Errc::unavailable, open.lastError().text().toStdString());
        for (const QString& statement : statements) {
            QSqlQuery query(open);
            if (result && !query.exec(statement))
                result = failure(Errc::internal, query.lastError().text().toStdString());
        }
    }
    QSqlDatabase::removeDatabase(name);
    return result;
}

}

Filled filledWith(const Amounts& amounts)
{
    return { organisation, amounts.users, amounts.pools };
}

Result<void> fill(Store& store, const Config& config, const Amounts& amounts)
{
    if (auto made = store.ensureOrganisation(organisation, "hospital"); !made)
        return tl::unexpected(made.error());
    Image image;
    image.id = ImageId("image-1");
    image.organisation = organisation;
    image.name = "base";
    if (auto made = store.insertImage(image); !made)
        return made;
    const QString numbers
        = QStringLiteral("(WITH RECURSIVE c(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM c "
                         "WHERE value < %1) SELECT value FROM c) AS numbers");
    const QString users = numbers.arg(amounts.users - 1);
    return run(config,
        { QStringLiteral("INSERT INTO pools (id, organisation_id, name, description, image_id, "
                         "spare, max, memory_mib, clipboard, enabled, created_at) SELECT 'pool-' "
                         "|| value, 'org-1', 'pool' || value, '', 'image-1', 1, 1000, 512, 0, 1, "
                         "0 FROM ")
                + numbers.arg(amounts.pools - 1),
            QStringLiteral("INSERT INTO entitlements (pool_id, position, organisation_id, subject, "
                           "created_at, created_by) SELECT id, 0, 'org-1', 'everybody', 0, '' "
                           "FROM pools"),
            QStringLiteral("INSERT INTO users (id, organisation_id, name, folded_name, "
                           "display_name, role, disabled, password_hash, created_at) SELECT "
                           "'user-' || value, 'org-1', 'u' || value, 'u' || value, '', "
                           "'clinician', 0, '', 0 FROM ")
                + users,
            QStringLiteral("INSERT INTO desktops (id, organisation_id, pool_id, name, address) "
                           "SELECT 'desktop-' || value, 'org-1', 'pool-' || (value % %1), 'd' || "
                           "value, 'a' || value FROM ")
                    .arg(amounts.pools)
                + users,
            QStringLiteral(
                "INSERT INTO incarnations (desktop_id, number, organisation_id, pool_id, "
                "domain_uuid, image_id, bootstrap_hash, created_at, started_at, "
                "ready_at) SELECT id, 1, 'org-1', pool_id, id, 'image-1', '', 0, 0, 0 "
                "FROM desktops"),
            QStringLiteral("ANALYZE") });
}

}
