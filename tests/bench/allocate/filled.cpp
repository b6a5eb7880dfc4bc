// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/allocate/filled.h"

#include "broker/store/storefactory.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

namespace wardesk::broker::bench {

namespace {

const OrganisationId organisation("org-1");

Result<void> run(const std::string& database, const QStringList& statements)
{
    const QString name = QStringLiteral("filler");
    Result<void> result;
    {
        QSqlDatabase open = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
        open.setDatabaseName(QString::fromStdString(database));
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

Result<std::unique_ptr<Store>> openDatabase(const std::string& database)
{
    return openSqlite(database);
}

Filled filledWith(const Amounts& amounts)
{
    return { organisation, amounts.users, amounts.pools };
}

Result<void> fill(Store& store, const std::string& database, const Amounts& amounts)
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
    return run(database,
        { QStringLiteral("INSERT INTO pools (id, organisation_id, name, description, image_id, "
                         "spare, max, memory_mib, clipboard, enabled, created_at) SELECT 'pool-' "
                         "|| value, 'org-1', 'pool' || value, '', 'image-1', 1, 1000, 512, 0, 1, "
                         "0 FROM ")
                + numbers.arg(amounts.pools - 1),
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
            QStringLiteral("INSERT INTO incarnations (desktop_id, number, organisation_id, pool_id, "
                           "domain_uuid, image_id, bootstrap_hash, created_at, started_at, "
                           "ready_at) SELECT id, 1, 'org-1', pool_id, id, 'image-1', '', 0, 0, 0 "
                           "FROM desktops"),
            QStringLiteral("ANALYZE") });
}

}
