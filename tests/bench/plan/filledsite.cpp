// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/plan/filledsite.h"

#include "broker/store/storefactory.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QStringList>

namespace wardesk::bench {

using namespace broker;

namespace {

/// Ids as long as real ones: how long reading takes depends on it.
QString idOf(const char* kind, const QString& number)
{
    return QStringLiteral("'0b8f3c1e-5d2a-4e6b-%1-' || printf('%012d', %2)")
        .arg(QString::fromLatin1(kind), number);
}

/// Adding desktops one by one looks for a free address each time; this is about reading them.
Result<void> insertDesktops(const std::string& file, int pools, int desktops)
{
    QSqlDatabase database
        = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("fill"));
    database.setDatabaseName(QString::fromStdString(file));
    if (!database.open())
        return failure(Errc::internal, database.lastError().text().toStdString());
    const QString numbers = QStringLiteral(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %1) ")
                                .arg(desktops);
    const QString pool = idOf("9001", QStringLiteral("i % %1").arg(pools));
    const QString desktop = idOf("9002", QStringLiteral("i"));
    const QString domain = idOf("9003", QStringLiteral("i"));
    const QString lease = idOf("9004", QStringLiteral("i"));
    const QStringList statements {
        QStringLiteral("BEGIN"),
        QStringLiteral("INSERT INTO desktops (id, organisation_id, pool_id, name, address) ")
            + numbers
            + QStringLiteral("SELECT %1, 'org-1', %2, 'pool-' || i, '10.' || (i / 65536) || '.' || "
                             "(i / 256 % 256) || '.' || (i % 256) FROM n")
                  .arg(desktop, pool),
        QStringLiteral(
            "INSERT INTO incarnations (desktop_id, number, organisation_id, domain_uuid, "
            "image_id, bootstrap_hash, certificate_sha256, created_at, started_at, "
            "ready_at, pool_id, leased) ")
            + numbers
            + QStringLiteral("SELECT %1, 1, 'org-1', %2, 'image-1', printf('%064d', i), "
                             "printf('%064d', i), 1000, 2000, 3000, %3, i / %4 % 5 > 0 FROM n")
                  .arg(desktop, domain, pool, QString::number(pools)),
        QStringLiteral("INSERT INTO leases (id, organisation_id, pool_id, desktop_id, incarnation, "
                       "user_id, epoch, terminal, granted_at, first_connected_at, connected_at) ")
            + numbers
            + QStringLiteral("SELECT %1, 'org-1', %2, %3, 1, 'user-' || i, i + 1, 'ward-terminal', "
                             "4000, 5000, 5000 FROM n WHERE i / %4 % 5 > 0")
                  .arg(lease, pool, desktop, QString::number(pools)),
        QStringLiteral("COMMIT"),
    };
    QSqlQuery query(database);
    for (const QString& statement : statements) {
        if (!query.exec(statement))
            return failure(Errc::internal, query.lastError().text().toStdString());
    }
    return {};
}

}

Result<std::unique_ptr<Store>> fillSite(const std::string& file, int pools, int desktops)
{
    auto store = openSqlite(file);
    if (!store)
        return store;
    const OrganisationId organisation("org-1");
    if (auto made = (*store)->ensureOrganisation(organisation, "hospital"); !made)
        return tl::unexpected(made.error());
    Image image;
    image.id = ImageId("image-1");
    image.organisation = organisation;
    image.name = "ward";
    image.version = "1";
    image.source = "/images/ward";
    if (auto added = (*store)->insertImage(image); !added)
        return tl::unexpected(added.error());
    for (int i = 0; i < pools; ++i) {
        Pool pool;
        pool.id = PoolId(QString::asprintf("0b8f3c1e-5d2a-4e6b-9001-%012d", i).toStdString());
        pool.organisation = organisation;
        pool.name = "pool-" + std::to_string(i);
        pool.image = image.id;
        pool.spare = desktops / pools / 5;
        pool.max = desktops;
        if (auto added = (*store)->insertPool(pool); !added)
            return tl::unexpected(added.error());
    }
    const Result<void> inserted = insertDesktops(file, pools, desktops);
    QSqlDatabase::removeDatabase(QStringLiteral("fill"));
    if (!inserted)
        return tl::unexpected(inserted.error());
    return store;
}

std::vector<std::vector<ObservedDomain>> domainsOf(const std::vector<DesktopRow>& rows, int hosts)
{
    std::vector<std::vector<ObservedDomain>> domains(static_cast<std::size_t>(hosts));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Desktop& desktop = rows[i].desktop;
        ObservedDomain domain;
        domain.uuid = desktop.incarnation.domain;
        domain.name = desktop.name;
        domain.state = DomainState::running;
        domain.desktop = desktop.id;
        domain.pool = desktop.pool;
        domain.incarnation = desktop.incarnation.number;
        domains[i % domains.size()].push_back(std::move(domain));
    }
    return domains;
}

}
