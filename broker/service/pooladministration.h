// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/principal.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// In a job of the database; without what only the keeper knows.
[[nodiscard]] Result<wire::PoolItem> poolItem(Store& store, const Pool& pool);
/// What is wrong with the pool, or that it is maintained.
void addMessage(const PoolKeeper& keeper, wire::PoolItem& item);

/// Pools, for administrators. Main lane only.
class PoolAdministration
{
public:
    PoolAdministration(Shell& shell, PoolKeeper& keeper);
    void listPools(const Principal& who, Done<wire::ItemList<wire::PoolItem>> done);
    void showPool(const Principal& who, const std::string& named, Done<wire::PoolItem> done);
    void addPool(const Principal& who, const wire::NewPool& request, Done<wire::PoolItem> done);
    void changePool(const Principal& who, const std::string& named, const wire::PoolChange& request,
        Done<wire::PoolItem> done);
    /// Removes its desktops first; refused while anybody uses one.
    void deletePool(const Principal& who, const std::string& named, Done<bool> done);

private:
    void withMessage(Result<wire::PoolItem> item, const Done<wire::PoolItem>& done);
    void awaitEmpty(const AuditNote& note, const PoolId& pool, int tries, const Done<bool>& done);

    Shell& m_shell;
    PoolKeeper& m_keeper;
};

}
