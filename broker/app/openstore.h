// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"
#include "broker/domain/store.h"
#include "broker/service/lane.h"

#include <memory>

namespace wardesk::broker {

/// The database that the configuration names, schema up to date.
[[nodiscard]] Result<std::unique_ptr<Store>> openStore(const Config& config);
/// Can there be other brokers on it?
[[nodiscard]] bool isShared(const Config& config);
/// SQLite has one writer; PostgreSQL as many as there are connections.
[[nodiscard]] std::size_t storeThreads(const Config& config);
/// How the threads of this store commit.
[[nodiscard]] Grouping storeGrouping(const Config& config, Store& store);

}
