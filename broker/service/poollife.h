// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/poolkeeper.h"
#include "broker/service/principal.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// What a pool goes through, for administrators. Main lane only.
class PoolLife
{
public:
    PoolLife(Shell& shell, PoolKeeper& keeper, EventHub& events);
    void setMaintenance(const Principal& who, const std::string& named,
        const wire::MaintenanceChange& request, Done<wire::PoolItem> done);
    /// What the pool has and wants, what will happen and when, and what to do about it.
    void explain(const Principal& who, const std::string& named, Done<wire::PoolExplanation> done);

private:
    Shell& m_shell;
    PoolKeeper& m_keeper;
    EventHub& m_events;
};

}
