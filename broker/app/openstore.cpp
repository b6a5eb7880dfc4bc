// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/openstore.h"

#include "broker/service/groupcommit.h"
#include "broker/service/log.h"
#include "broker/store/storefactory.h"

#include <chrono>
#include <memory>
#include <mutex>

namespace wardesk::broker {

namespace {

/// Each thread of the store tries again and again: the same words come into the log once a minute.
std::function<void(const std::string&)> intoTheLog()
{
    struct Last
    {
        std::mutex mutex;
        std::string why;
        std::chrono::steady_clock::time_point at;
    };
    return [last = std::make_shared<Last>()](const std::string& why) {
        const auto now = std::chrono::steady_clock::now();
        {
            const std::lock_guard lock(last->mutex);
            if (why == last->why && now - last->at < std::chrono::minutes(1))
                return;
            last->why = why;
            last->at = now;
        }
        logEvent(LogLevel::warning, "database.away", { { "why", why } });
    };
}

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
    settings->tell = intoTheLog();
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
