// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"

#include "broker/domain/reasons.h"

namespace wardesk::broker {

using sql::value;

Result<void> SqlStore::insertImage(const Image& image)
{
    return change(Purpose::ordinary, "insert_image",
        { { ":id", value(image.id) }, { ":organisation_id", value(image.organisation) },
            { ":name", value(image.name) }, { ":version", value(image.version) },
            { ":kind", value(std::string(image.kind == ImageKind::qemu ? "qemu" : "lxc")) },
            { ":source", value(image.source) }, { ":created_at", value(image.createdAt) },
            { ":state", value(nameOf(image.state)) }, { ":note", value(image.note) },
            { ":created_by", value(image.createdBy) }, { ":state_at", value(image.stateAt) },
            { ":state_by", value(image.stateBy) }, { ":content_hash", value(image.contentHash) },
            { ":seen_hash", value(image.seenHash) }, { ":checked_at", value(image.checkedAt) } });
}

Result<std::vector<Image>> SqlStore::listImages(const OrganisationId& organisation)
{
    return select("select_images", { { ":organisation_id", value(organisation) } }, sql::readImage);
}

Result<Image> SqlStore::findImage(const ImageId& id)
{
    return selectOne("select_image_by_id", { { ":id", value(id) } }, sql::readImage, "image");
}

Result<void> SqlStore::insertPool(const Pool& pool)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> usable = lockPublished(pool.image); !usable)
            return usable;
        return writePool("insert_pool", pool).map([](int) {});
    });
}

Result<void> SqlStore::updatePool(const Pool& pool)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_pool", value(pool.id)); !locked)
            return locked;
        const Result<Pool> present = findPool(pool.organisation, pool.id);
        if (!present)
            return tl::unexpected(present.error());
        Pool next = pool;
        next.image = present->image; // a rollout's, which may be newer than what was read before
        next.kind = present->kind;
        next.seats = present->seats;
        return writePool("update_pool", next).map([](int) {});
    });
}

Result<int> SqlStore::writePool(const char* statement, const Pool& pool)
{
    const std::optional<Maintenance>& maintenance = pool.maintenance;
    const auto seconds
        = [](std::chrono::seconds span) { return value(std::int64_t { span.count() }); };
    return execute(statement,
        { { ":id", value(pool.id) }, { ":organisation_id", value(pool.organisation) },
            { ":name", value(pool.name) }, { ":description", value(pool.description) },
            { ":image_id", value(pool.image) }, { ":spare", value(pool.spare) },
            { ":max", value(pool.max) }, { ":memory_mib", value(pool.memoryMiB) },
            { ":vcpus", value(pool.vcpus) }, { ":machine", value(pool.machine) },
            { ":network", value(pool.network) }, { ":clipboard", value(pool.clipboard) },
            { ":enabled", value(pool.enabled) }, { ":created_at", value(pool.createdAt) },
            { ":spare_percent", value(pool.sparePercent) }, { ":min", value(pool.min) },
            { ":forecast", value(pool.forecast) }, { ":time_zone", value(pool.timeZone) },
            { ":lock_after", seconds(pool.timers.lock) },
            { ":disconnect_after", seconds(pool.timers.disconnect) },
            { ":log_off_after", seconds(pool.timers.logOff) },
            { ":recycle_after", seconds(pool.timers.recycle) },
            { ":maintenance_since",
                value(maintenance ? std::optional(maintenance->since) : std::nullopt) },
            { ":maintenance_reason", value(maintenance ? maintenance->reason : std::string()) },
            { ":maintenance_until", value(maintenance ? maintenance->until : std::nullopt) },
            { ":labels", value(textOf(pool.labels)) }, { ":spread", value(nameOf(pool.spread)) },
            { ":kind", value(nameOf(pool.kind)) }, { ":suspended", value(pool.suspended) },
            { ":suspended_percent", value(pool.suspendedPercent) },
            { ":seats", value(pool.seats) } });
}

Result<void> SqlStore::deletePool(const PoolId& id)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_pool", value(id)); !locked)
            return locked;
        const Result<std::int64_t> desktops = selectOne(
            "count_desktops_of_pool", { { ":pool_id", value(id) } },
            [](sql::Row& row) { return row.number(); }, "count");
        if (!desktops)
            return tl::unexpected(desktops.error());
        if (*desktops > 0)
            return failure(Errc::conflict, "the pool still has desktops");
        const Result<int> deleted = execute("delete_pool", { { ":id", value(id) } });
        if (!deleted)
            return tl::unexpected(deleted.error());
        if (*deleted == 0)
            return failure(Errc::notFound, "there is no such pool");
        // The row stays for the history; its entitlements would hold the groups they name.
        if (const Result<int> forgotten
            = execute("delete_entitlements", { { ":pool_id", value(id) } });
            !forgotten)
            return tl::unexpected(forgotten.error());
        return execute("delete_claims_of_pool", { { ":pool_id", value(id) } }).map([](int) {});
    });
}

Result<Pool> SqlStore::findPool(const OrganisationId& organisation, const PoolId& id)
{
    return selectOne("select_pool_by_id",
        { { ":id", value(id) }, { ":organisation_id", value(organisation) } }, sql::readPool,
        "pool");
}

Result<std::vector<Pool>> SqlStore::listPools()
{
    return select("select_all_pools", {}, sql::readPool);
}

Result<std::vector<Pool>> SqlStore::listPools(const OrganisationId& organisation)
{
    return select("select_pools", { { ":organisation_id", value(organisation) } }, sql::readPool);
}

}
