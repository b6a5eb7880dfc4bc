// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/service/hoststate.h"
#include "protocols/wire/clientmessages.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace wardesk::broker {

/// A pool's desktops, counted by their derived status.
struct PoolCounts
{
    std::int64_t ready = 0;
    std::int64_t kept = 0; ///< for their users, who are not using them
    std::int64_t keptNotReady = 0; ///< so many of them are not ready
    std::int64_t suspended = 0; ///< saved to their hosts' disks, or on the way there
    std::int64_t preparing = 0; ///< starting, being wiped, or between two incarnations
    std::int64_t inUse = 0;
    std::int64_t quarantined = 0;
    std::int64_t lost = 0; ///< on a host that is dead: others take their places
    [[nodiscard]] std::int64_t total() const
    {
        return ready + kept + suspended + preparing + inUse + quarantined + lost;
    }
};

[[nodiscard]] PoolCounts countDesktops(const std::vector<DesktopRow>& rows);
/// The same; of a shared pool `ready` are the sessions that can begin at once, `suspended` those
/// that the desktops on the disk have room for, and `inUse` those that are open.
[[nodiscard]] PoolCounts countDesktops(
    const Pool& pool, const std::vector<DesktopRow>& rows, const std::set<HostId>& closedHosts);
/// Hosts that give nothing new out, being drained or maintained; none of a floating pool, whose
/// free desktops there are made anew elsewhere at once.
[[nodiscard]] Result<std::set<HostId>> closedHostsFor(Store& store, const Pool& pool);

/// A pool as its tile and a refusal are made from.
struct PoolNow
{
    Pool pool;
    std::vector<DesktopRow> rows;
    HostState host;
    std::int64_t max = 0; ///< what is allowed now: a calendar may allow less than the pool
    WallTime now {};
    std::set<HostId> closedHosts {}; ///< dedicated and shared pools: those that give nothing out
    std::string until; ///< of maintenance, on the hospital's clocks; empty: nobody has said
};

/// In a job of the database.
[[nodiscard]] Result<PoolNow> readPoolNow(
    Store& store, const Pool& pool, const HostState& host, WallTime now);

/// "In maintenance until 14:00: the HIS gets a new version." for people.
[[nodiscard]] std::string maintenanceWords(
    const Maintenance& maintenance, const std::string& until);

/// Why a user who asks now gets no desktop at once.
struct Shortage
{
    bool mayWait = false; ///< one is being made or may be made
    Errc code = Errc::poolFull; ///< when waiting is no use
    std::string message;
};

[[nodiscard]] Shortage explainShortage(const PoolNow& pool);

/// To the user whose desktop, not kept for anybody, was set aside.
[[nodiscard]] std::string setAsideWords(const Desktop& desktop, const Lease& lease);

/// To the user whose own desktop (dedicated pools) cannot be given out.
[[nodiscard]] std::string ownAwayWords(const Desktop& own);

/// One tile: what this user may expect of this pool.
[[nodiscard]] wire::DesktopTile tileOf(const PoolNow& pool, const UserId& user);

}
