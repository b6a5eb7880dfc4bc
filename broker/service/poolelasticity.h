// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/principal.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// Calendar, roster and forecast of pools, for administrators. Main lane only.
class PoolElasticity
{
public:
    PoolElasticity(Shell& shell, PoolKeeper& keeper);
    void showCalendar(
        const Principal& who, const std::string& named, Done<wire::CalendarItem> done);
    void setCalendar(const Principal& who, const std::string& named,
        const wire::CalendarChange& request, Done<wire::CalendarItem> done);
    /// Turns the forecast on as well: a roster is imported to be used.
    void importRoster(const Principal& who, const std::string& named,
        const wire::NewRoster& request, Done<wire::RosterItem> done);
    void clearRoster(const Principal& who, const std::string& named, Done<bool> done);
    void showForecast(
        const Principal& who, const std::string& named, Done<wire::PoolForecast> done);

private:
    /// Finds the pool, has work(store, pool, note) done as one audited act, and lets the pool
    /// reckon anew.
    template <typename Item, typename Work>
    void change(const Principal& who, const char* action, const std::string& named, Work work,
        Done<Item> done);

    Shell& m_shell;
    PoolKeeper& m_keeper;
};

}
