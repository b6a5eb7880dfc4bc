// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/host.h"
#include "broker/store/ownershiprules.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

Result<void> SqlStore::updateOwner(const Desktop& desktop)
{
    return execute("update_desktop_owner",
        { { ":id", value(desktop.id) },
            { ":owner_id", sql::valueOrNull(desktop.owner) } })
        .map([](int) {});
}

Result<void> SqlStore::updateDisk(const Desktop& desktop)
{
    return execute("update_incarnation_disk",
        { { ":desktop_id", value(desktop.id) }, { ":number", value(desktop.incarnation.number) },
            { ":disk_uuid", value(desktop.incarnation.disk) } })
        .map([](int) {});
}

Result<std::optional<Desktop>> SqlStore::desktopOf(
    const OrganisationId& organisation, const UserId& owner, const PoolId& pool)
{
    Result<std::vector<Desktop>> own = select("select_desktop_of_owner",
        { { ":pool_id", value(pool) }, { ":organisation_id", value(organisation) },
            { ":owner_id", value(owner) } },
        sql::readDesktop);
    if (!own)
        return tl::unexpected(own.error());
    return own->empty() ? std::nullopt : std::optional(std::move(own->front()));
}

Result<bool> SqlStore::hostGivesOut(const HostId& host)
{
    return select("select_host_mode", { { ":id", value(host) } }, [](sql::Row& row) {
        return row.text();
    }).map([](const std::vector<std::string>& modes) {
        return modes.empty() || hostModeNamed(modes.front()) == HostMode::active;
    });
}

Result<void> SqlStore::assignDesktop(const DesktopId& id, const UserId& user)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_desktop", value(id)); !locked)
            return locked;
        if (Result<void> good = checkNotAdopting(); !good)
            return good;
        Result<DesktopRow> row = findDesktop(id);
        if (!row)
            return tl::unexpected(row.error());
        Desktop& desktop = row->desktop;
        if (Result<void> known = checkUserOf(desktop.organisation, user); !known)
            return known;
        const Result<Pool> pool = findPool(desktop.organisation, desktop.pool);
        if (!pool)
            return tl::unexpected(pool.error());
        const auto other = desktopOf(desktop.organisation, user, desktop.pool);
        if (!other)
            return tl::unexpected(other.error());
        if (*other && (*other)->id != id)
            return tl::unexpected(rules::secondDesktopError());
        if (Result<void> good = rules::assign(*row, *pool, user); !good)
            return good;
        return updateOwner(desktop).and_then([&] { return updateDisk(desktop); });
    });
}

Result<void> SqlStore::unassignDesktop(
    const DesktopId& id, const UserId& expectedOwner, WallTime now)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_desktop", value(id)); !locked)
            return locked;
        if (Result<void> good = checkNotAdopting(); !good)
            return good;
        Result<DesktopRow> row = findDesktop(id);
        if (!row)
            return tl::unexpected(row.error());
        if (Result<void> good = rules::unassign(*row, expectedOwner, now); !good)
            return good;
        if (Result<void> updated = updateOwner(row->desktop); !updated)
            return updated;
        return updateIncarnation(id, row->desktop.incarnation);
    });
}

}
