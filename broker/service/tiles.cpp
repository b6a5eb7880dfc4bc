// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/tiles.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "broker/domain/status.h"
#include "broker/pool/calendar.h"
#include "broker/pool/sizing.h"
#include "broker/service/zones.h"
#include "protocols/base/span.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

const Lease* leaseOf(const DesktopRow& row)
{
    return row.lease ? &*row.lease : nullptr;
}

const Lease* openLeaseOf(const DesktopRow& row, const UserId& user)
{
    for (const Lease* lease : openLeasesOf(row)) {
        if (lease->user == user)
            return lease;
    }
    return nullptr;
}

std::string plural(std::int64_t count, const char* one, const char* many)
{
    return count == 1 ? one : many;
}

std::string sentence(const std::string& reason)
{
    const bool isWhole = reason.ends_with('.') || reason.ends_with('!') || reason.ends_with('?');
    return isWhole ? reason : reason + '.';
}

}

PoolCounts countDesktops(const std::vector<DesktopRow>& rows)
{
    PoolCounts counts;
    for (const DesktopRow& row : rows) {
        switch (statusOf(row.desktop, leaseOf(row))) {
        case DesktopStatus::ready:
            ++counts.ready;
            break;
        case DesktopStatus::kept:
            ++counts.kept;
            break;
        case DesktopStatus::suspended:
            ++counts.suspended;
            break;
        case DesktopStatus::stopped:
        case DesktopStatus::preparing:
        case DesktopStatus::recycling:
            ++(row.desktop.owner.isEmpty() ? counts.preparing : counts.kept);
            counts.keptNotReady += row.desktop.owner.isEmpty() ? 0 : 1;
            break;
        case DesktopStatus::assigned:
        case DesktopStatus::connected:
        case DesktopStatus::disconnected:
            ++counts.inUse;
            break;
        case DesktopStatus::quarantined:
            ++(row.desktop.quarantinedAt ? counts.quarantined : counts.lost);
            break;
        }
    }
    return counts;
}

PoolCounts countDesktops(
    const Pool& pool, const std::vector<DesktopRow>& rows, const std::set<HostId>& closedHosts)
{
    PoolCounts counts = countDesktops(rows);
    if (!isShared(pool))
        return counts;
    counts.ready = 0;
    counts.inUse = 0;
    counts.suspended *= seatsOf(pool);
    for (const DesktopRow& row : rows) {
        const bool isClosed = row.desktop.hostDeadAt || closedHosts.contains(row.desktop.host);
        counts.ready += isClosed ? 0 : freeSeats(pool, row);
        counts.inUse += row.desktop.quarantinedAt ? 0 : openSeats(row);
    }
    return counts;
}

Result<std::set<HostId>> closedHostsFor(Store& store, const Pool& pool)
{
    std::set<HostId> closed;
    if (pool.kind == PoolKind::floating)
        return closed;
    const auto hosts = store.listHosts();
    if (!hosts)
        return tl::unexpected(hosts.error());
    for (const Host& one : *hosts) {
        if (one.mode != HostMode::active)
            closed.insert(one.id);
    }
    return closed;
}

std::string maintenanceWords(const Maintenance& maintenance, const std::string& until)
{
    return "In maintenance" + (until.empty() ? std::string() : " until " + until) + ": "
        + sentence(maintenance.reason);
}

Result<PoolNow> readPoolNow(Store& store, const Pool& pool, const HostState& host, WallTime now)
{
    auto rows = store.listDesktops(pool.id);
    if (!rows)
        return tl::unexpected(rows.error());
    const auto calendar = store.findCalendar(pool.id);
    if (!calendar)
        return tl::unexpected(calendar.error());
    auto closedHosts = closedHostsFor(store, pool);
    if (!closedHosts)
        return tl::unexpected(closedHosts.error());
    PoolNow read { .pool = pool,
        .rows = std::move(*rows),
        .host = host,
        .max = pool.max,
        .now = now,
        .closedHosts = std::move(*closedHosts),
        .until = {} };
    const bool hasEnd = pool.maintenance && pool.maintenance->until;
    if (calendar->windows.empty() && !hasEnd)
        return read;
    // A time zone that this machine does not know is told to the administrator, not here.
    const auto zone = zoneOffsets(pool.timeZone, calendarSpan(now));
    if (zone)
        read.max = targetOf(pool, sizesAt(*calendar, *zone, now).sizes, 0).max;
    if (zone && hasEnd && *pool.maintenance->until > now)
        read.until = momentText(*pool.maintenance->until, *zone, now);
    return read;
}

namespace {

/// Seats that somebody who comes now can have.
std::int64_t seatsToHave(const PoolNow& seen)
{
    std::int64_t free = 0;
    for (const DesktopRow& row : seen.rows) {
        const bool isClosed = row.desktop.hostDeadAt || seen.closedHosts.contains(row.desktop.host);
        free += isClosed ? 0 : freeSeats(seen.pool, row);
    }
    return free;
}

/// There would be room, but in desktops that are to be made anew first.
bool takesNobodyIn(const PoolNow& seen)
{
    return std::ranges::any_of(seen.rows, [&seen](const DesktopRow& row) {
        const std::int64_t open = openSeats(row);
        return !row.desktop.quarantinedAt && open > 0 && open < seatsOf(seen.pool)
            && freeSeats(seen.pool, row) == 0 && row.desktop.incarnation.readyAt;
    });
}

/// Those on their way come back only where they are still allowed.
bool mayHaveMoreOf(const PoolNow& seen, const PoolCounts& counts)
{
    if (!isShared(seen.pool))
        return counts.inUse + counts.kept + counts.quarantined < seen.max;
    const std::int64_t seats = seatsOf(seen.pool);
    const std::int64_t taken = counts.inUse + seatsToHave(seen) + counts.quarantined * seats;
    return seatsToHave(seen) > 0 || taken + seats <= seen.max;
}

}

Shortage explainShortage(const PoolNow& seen)
{
    const Pool& pool = seen.pool;
    const HostState& host = seen.host;
    const PoolCounts counts = countDesktops(pool, seen.rows, seen.closedHosts);
    const bool mayHaveMore = mayHaveMoreOf(seen, counts);
    if (!pool.enabled)
        return { false, Errc::unavailable,
            "'" + pool.name + "' is switched off at the moment. Ask IT if you need it." };
    if (pool.maintenance)
        return { false, Errc::unavailable,
            "'" + pool.name + "': " + maintenanceWords(*pool.maintenance, seen.until)
                + " Sessions that run go on; a new one is possible afterwards." };
    if (!host.problem.empty() && mayHaveMore)
        return { false, Errc::unavailable,
            "No desktop of '" + pool.name
                + "' is ready, and no virtualisation host answers. Desktops in use go on. Try "
                  "again in a minute or ask IT." };
    if (mayHaveMore) {
        const bool isHard
            = std::any_of(seen.rows.begin(), seen.rows.end(), [](const DesktopRow& row) {
                  return statusOf(row.desktop, leaseOf(row)) == DesktopStatus::preparing
                      && row.desktop.incarnation.startAttempts > 1;
              });
        // Why is for administrators: a host's words may have its address in them.
        return { true, Errc::preparing,
            isHard ? "Starting your desktop takes longer than usual. Tell IT if it does not come."
                   : "Starting your desktop." };
    }
    if (counts.kept > 0)
        return { false, Errc::poolFull,
            "Every desktop of '" + pool.name + "' is kept for somebody. Ask IT for one." };
    if (counts.inUse == 0)
        return { false, Errc::poolFull,
            counts.quarantined > 0
                ? "Every desktop of '" + pool.name + "' is set aside by IT. Ask IT for help."
                : "'" + pool.name + "' has no desktops at the moment. Ask IT." };
    if (isShared(pool) && takesNobodyIn(seen))
        return { false, Errc::poolFull,
            "'" + pool.name + "' takes nobody in at the moment: its desktop is renewed when "
                + (counts.inUse == 1
                        ? std::string("the session that is open has")
                        : "the " + std::to_string(counts.inUse) + " sessions that are open have")
                + " ended. Try again later, or ask IT." };
    if (isShared(pool))
        return { false, Errc::poolFull,
            "'" + pool.name + "' is full: " + std::to_string(counts.inUse) + ' '
                + plural(counts.inUse, "session is", "sessions are")
                + " open. Try again later, or ask IT for more." };
    std::string message = "All " + std::to_string(counts.inUse) + ' '
        + plural(counts.inUse, "desktop", "desktops") + " of '" + pool.name + "' "
        + plural(counts.inUse, "is", "are") + " in use. Try again later, or ask IT for more.";
    if (counts.inUse == 1)
        message = "The only desktop of '" + pool.name
            + "' is in use. Try again later, or ask IT for more.";
    return { false, Errc::poolFull, message };
}

std::string setAsideWords(const Desktop& desktop, const Lease& lease)
{
    // Of a shared one a restart would end a session that may go on as soon as IT has looked.
    return "Your desktop is set aside by IT: " + sentence(desktop.quarantineReason)
        + (lease.seat > 0 ? " Ask IT when you can have it back; restarting ends your session."
                          : " Restart it to get a fresh one.");
}

std::string ownAwayWords(const Desktop& own)
{
    if (own.quarantinedAt)
        return "Your desktop is set aside by IT: " + sentence(own.quarantineReason)
            + " Ask IT when you can have it back.";
    return own.hostDeadAt
        ? "The machine that your desktop is on does not answer. Tell IT: only they can give you "
          "another one."
        : "The machine that your desktop is on is being maintained. Ask IT when it is back.";
}

wire::DesktopTile tileOf(const PoolNow& seen, const UserId& user)
{
    const Pool& pool = seen.pool;
    wire::DesktopTile tile;
    tile.pool = pool.id.value();
    tile.name = pool.name;
    tile.description = pool.description;
    for (const DesktopRow& row : seen.rows) {
        const Lease* lease = openLeaseOf(row, user);
        if (lease == nullptr)
            continue;
        tile.lease = lease->id.value();
        if (!row.desktop.owner.isEmpty() && (row.desktop.quarantinedAt || row.desktop.hostDeadAt)) {
            tile.state = wire::TileState::unavailable;
            tile.message = ownAwayWords(row.desktop);
        } else if (row.desktop.quarantinedAt) {
            tile.state = wire::TileState::unavailable;
            tile.message = setAsideWords(row.desktop, *lease);
        } else if (row.desktop.hostDeadAt) {
            tile.state = wire::TileState::available;
            tile.message = "The machine that your desktop is on does not answer. Open it to get a "
                           "fresh one.";
        } else if (lease->connectedAt) {
            tile.state = wire::TileState::connected;
            tile.message = lease->terminal.empty()
                ? "Your session is open elsewhere."
                : "Your session is open at " + lease->terminal + ".";
        } else if (lease->firstConnectedAt) {
            tile.state = wire::TileState::running;
            tile.message = "Your session is running.";
            if (const auto end = logOffAt(*lease, pool.timers))
                tile.message += " It is logged off "
                    + (*end > seen.now ? "in "
                                + spanText(std::chrono::ceil<std::chrono::minutes>(*end - seen.now))
                                       : std::string("now"))
                    + " unless you open it before.";
        } else {
            tile.state = wire::TileState::available;
            tile.message = "Your desktop is waiting.";
        }
        return tile;
    }
    if (!pool.enabled) {
        tile.state = wire::TileState::unavailable;
        tile.message = "Switched off at the moment.";
        return tile;
    }
    if (pool.maintenance) {
        tile.state = wire::TileState::unavailable;
        tile.message = maintenanceWords(*pool.maintenance, seen.until);
        return tile;
    }
    const auto own = std::find_if(seen.rows.begin(), seen.rows.end(),
        [&user](const DesktopRow& row) { return row.desktop.owner == user; });
    if (own != seen.rows.end() && seen.closedHosts.contains(own->desktop.host)) {
        tile.state = wire::TileState::unavailable;
        tile.message = ownAwayWords(own->desktop);
        return tile;
    }
    if (own != seen.rows.end()) {
        switch (statusOf(own->desktop, leaseOf(*own))) {
        case DesktopStatus::kept:
            tile.state = wire::TileState::available;
            tile.message = "Your desktop is ready.";
            break;
        case DesktopStatus::quarantined:
            tile.state = wire::TileState::unavailable;
            tile.message = ownAwayWords(own->desktop);
            break;
        case DesktopStatus::stopped:
        case DesktopStatus::preparing:
        case DesktopStatus::suspended:
        case DesktopStatus::ready:
        case DesktopStatus::assigned:
        case DesktopStatus::connected:
        case DesktopStatus::disconnected:
        case DesktopStatus::recycling:
            tile.state = wire::TileState::preparing;
            tile.message = "Your desktop is being started.";
            break;
        }
        return tile;
    }
    if (isShared(pool) ? seatsToHave(seen) > 0 : countDesktops(seen.rows).ready > 0) {
        tile.state = wire::TileState::available;
        tile.message = "Ready.";
        return tile;
    }
    const Shortage shortage = explainShortage(seen);
    tile.message = shortage.message;
    if (shortage.mayWait)
        tile.state = wire::TileState::preparing;
    else
        tile.state = shortage.code == Errc::poolFull ? wire::TileState::full
                                                     : wire::TileState::unavailable;
    return tile;
}

}
