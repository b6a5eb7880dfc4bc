// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/store/sqlconnection.h"
#include "broker/store/sqltext.h"

namespace wardesk::broker::sql {

/// Brings the schema to the newest of the migrations, all in one transaction; `conflict` when the
/// database has a newer one already. Two brokers may do it at the same time.
[[nodiscard]] Result<void> migrate(
    Connection& connection, const std::vector<Migration>& migrations);

}
