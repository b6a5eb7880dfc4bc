// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/openstore.h"

#include "broker/service/groupcommit.h"
#include "broker/store/storefactory.h"

namespace wardesk::broker {

namespace {

bool isSqlite(const Config& config)
{
    return config.store.database == "sqlite";
}

}

Result<std::unique_ptr<Store>> openStore(const Config& config)
{
    if (isSqlite(config))
        return openSqlite(config.state + "/broker.db");
    auto settings = parsePostgres(config.store.database, config.store.passwordFile);
    if (!settings)
        return failure(Errc::invalidArgument,
            "'database' is wrong: " + settings.error().detail + " is expected");
    return openPostgres(std::move(*settings));
}

bool isShared(const Config& config)
{
    return !isSqlite(config);
}

std::size_t storeThreads(const Config& config)
{
    return isSqlite(config) ? 1 : static_cast<std::size_t>(config.store.threads);
}

Grouping storeGrouping(const Config& config, Store& store)
{
    Grouping grouping = groupCommitOf(store);
    // PostgreSQL syncs once for all connections that commit at the same moment: a thread that
    // collected jobs would only make them wait for each other. A group of one is one transaction.
    if (!isSqlite(config))
        grouping.most = 1;
    return grouping;
}

}
