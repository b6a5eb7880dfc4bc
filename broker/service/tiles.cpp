// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/tiles.h"

#include "broker/domain/lifetimes.h"
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
    std::set<HostId> closedHosts;
    if (pool.kind == PoolKind::dedicated) {
        const auto hosts = store.listHosts();
        if (!hosts)
            return tl::unexpected(hosts.error());
        for (const Host& one : *hosts) {
            if (one.mode != HostMode::active)
                closedHosts.insert(one.id);
        }
    }
    PoolNow read { .pool = pool,
        .rows = std::move(*rows),
        .host = host,
        .max = pool.max,
        .now = now,
        .closedHosts = std::move(closedHosts),
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

Shortage explainShortage(const PoolNow& seen)
{
    const Pool& pool = seen.pool;
    const HostState& host = seen.host;
    const PoolCounts counts = countDesktops(seen.rows);
    // Those on their way come back only where they are still allowed.
    const bool mayHaveMore = counts.inUse + counts.kept + counts.quarantined < seen.max;
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
    std::string message = "All " + std::to_string(counts.inUse) + ' '
        + plural(counts.inUse, "desktop", "desktops") + " of '" + pool.name + "' "
        + plural(counts.inUse, "is", "are") + " in use. Try again later, or ask IT for more.";
    if (counts.inUse == 1)
        message = "The only desktop of '" + pool.name
            + "' is in use. Try again later, or ask IT for more.";
    return { false, Errc::poolFull, message };
}

std::string setAsideWords(const std::string& reason)
{
    return "Your desktop is set aside by IT: " + sentence(reason)
        + " Restart it to get a fresh one.";
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
        if (!row.lease || row.lease->closedAt || row.lease->user != user)
            continue;
        tile.lease = row.lease->id.value();
        if (!row.desktop.owner.isEmpty() && (row.desktop.quarantinedAt || row.desktop.hostDeadAt)) {
            tile.state = wire::TileState::unavailable;
            tile.message = ownAwayWords(row.desktop);
        } else if (row.desktop.quarantinedAt) {
            tile.state = wire::TileState::unavailable;
            tile.message = setAsideWords(row.desktop.quarantineReason);
        } else if (row.desktop.hostDeadAt) {
            tile.state = wire::TileState::available;
            tile.message = "The machine that your desktop is on does not answer. Open it to get a "
                           "fresh one.";
        } else if (row.lease->connectedAt) {
            tile.state = wire::TileState::connected;
            tile.message = row.lease->terminal.empty()
                ? "Your session is open elsewhere."
                : "Your session is open at " + row.lease->terminal + ".";
        } else if (row.lease->firstConnectedAt) {
            tile.state = wire::TileState::running;
            tile.message = "Your session is running.";
            if (const auto end = logOffAt(*row.lease, pool.timers))
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
    if (countDesktops(seen.rows).ready > 0) {
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
