// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/tiles.h"

#include "broker/domain/status.h"

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

}

PoolCounts countDesktops(const std::vector<DesktopRow>& rows)
{
    PoolCounts counts;
    for (const DesktopRow& row : rows) {
        switch (statusOf(row.desktop, leaseOf(row))) {
        case DesktopStatus::ready:
            ++counts.ready;
            break;
        case DesktopStatus::stopped:
        case DesktopStatus::preparing:
        case DesktopStatus::recycling:
            ++counts.preparing;
            break;
        case DesktopStatus::assigned:
        case DesktopStatus::connected:
        case DesktopStatus::disconnected:
            ++counts.inUse;
            break;
        case DesktopStatus::quarantined:
            ++counts.quarantined;
            break;
        }
    }
    return counts;
}

Shortage explainShortage(
    const Pool& pool, const std::vector<DesktopRow>& rows, const HostState& host)
{
    const PoolCounts counts = countDesktops(rows);
    const bool mayGrow = counts.total() < pool.max;
    if (!pool.enabled)
        return { false, Errc::unavailable,
            "'" + pool.name + "' is switched off at the moment. Ask IT if you need it." };
    if (!host.problem.empty() && (mayGrow || counts.preparing > 0))
        return { false, Errc::unavailable,
            "No desktop of '" + pool.name
                + "' is ready, and the virtualisation host does not answer (" + host.problem
                + "). Desktops in use go on. Try again in a minute or ask IT." };
    if (counts.preparing > 0) {
        std::string message = "Starting your desktop.";
        for (const DesktopRow& row : rows) {
            if (statusOf(row.desktop, leaseOf(row)) == DesktopStatus::preparing
                && row.desktop.incarnation.startAttempts > 1
                && !row.desktop.incarnation.lastError.empty())
                message = "Starting your desktop takes longer than usual: "
                    + row.desktop.incarnation.lastError;
        }
        return { true, Errc::preparing, message };
    }
    if (mayGrow)
        return { true, Errc::preparing, "Starting your desktop." };
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
    const bool isSentence = reason.ends_with('.') || reason.ends_with('!') || reason.ends_with('?');
    return "Your desktop is set aside by IT: " + reason + (isSentence ? "" : ".")
        + " Restart it to get a fresh one.";
}

wire::DesktopTile tileOf(const Pool& pool, const std::vector<DesktopRow>& rows, const UserId& user,
    const HostState& host)
{
    wire::DesktopTile tile;
    tile.pool = pool.id.value();
    tile.name = pool.name;
    tile.description = pool.description;
    for (const DesktopRow& row : rows) {
        if (!row.lease || row.lease->closedAt || row.lease->user != user)
            continue;
        tile.lease = row.lease->id.value();
        if (row.desktop.quarantinedAt) {
            tile.state = wire::TileState::unavailable;
            tile.message = setAsideWords(row.desktop.quarantineReason);
        } else if (row.lease->connectedAt) {
            tile.state = wire::TileState::connected;
            tile.message = row.lease->terminal.empty()
                ? "Your session is open elsewhere."
                : "Your session is open at " + row.lease->terminal + ".";
        } else if (row.lease->firstConnectedAt) {
            tile.state = wire::TileState::running;
            tile.message = "Your session is running.";
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
    if (countDesktops(rows).ready > 0) {
        tile.state = wire::TileState::available;
        tile.message = "Ready.";
        return tile;
    }
    const Shortage shortage = explainShortage(pool, rows, host);
    tile.message = shortage.message;
    if (shortage.mayWait)
        tile.state = wire::TileState::preparing;
    else
        tile.state = shortage.code == Errc::poolFull ? wire::TileState::full
                                                     : wire::TileState::unavailable;
    return tile;
}

}
