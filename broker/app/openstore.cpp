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
    if (!isSqlite(config)) {
        // Several threads commit side by side, so nobody waits for company. But what is queued up
        // goes together: the audit's chain lets one commit through at a time (A10).
        grouping.most = 8;
        grouping.window = {};
    }
    return grouping;
}

}
