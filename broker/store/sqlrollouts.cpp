// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"
#include "broker/store/rolloutrules.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

namespace {

Rollout readRollout(sql::Row& row)
{
    Rollout rollout;
    rollout.id = row.id<RolloutId>();
    rollout.organisation = row.id<OrganisationId>();
    rollout.pool = row.id<PoolId>();
    rollout.from = row.id<ImageId>();
    rollout.to = row.id<ImageId>();
    rollout.mode = rolloutModeNamed(row.text()).value_or(RolloutMode::whenLoggedOff);
    rollout.isRollback = row.flag();
    rollout.startAt = row.time();
    rollout.countdown = std::chrono::minutes(row.number());
    rollout.canaryPercent = row.number();
    rollout.wavePercent = row.number();
    rollout.state = rolloutStateNamed(row.text()).value_or(RolloutState::stopped);
    rollout.reason = row.text();
    rollout.note = row.text();
    rollout.startedBy = row.text();
    rollout.createdAt = row.time();
    rollout.begunAt = row.optionalTime();
    rollout.changedAt = row.time();
    rollout.changedBy = row.text();
    return rollout;
}

}

Result<void> SqlStore::lockPublished(const ImageId& id)
{
    if (Result<void> locked = lock("lock_image", value(id)); !locked)
        return locked;
    const Result<Image> image = findImage(id);
    if (!image) // as a foreign key would say it
        return image.error().code == Errc::notFound
            ? failure(Errc::conflict, "there is no such image")
            : Result<void>(tl::unexpected(image.error()));
    return checkPublished(*image);
}

Result<void> SqlStore::setImageState(const OrganisationId& organisation, const ImageId& id,
    ImageState state, const std::string& by, WallTime now)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_image", value(id)); !locked)
            return locked;
        const auto uses = selectOne(
            "count_uses_of_image",
            { { ":image_id", value(id) }, { ":from_image_id", value(id) },
                { ":to_image_id", value(id) }, { ":kept_image_id", value(id) } },
            [](sql::Row& row) { return row.number(); }, "count");
        if (!uses)
            return tl::unexpected(uses.error());
        if (state == ImageState::retired && *uses > 0)
            return tl::unexpected(rules::inUseError());
        const Result<int> done = execute("update_image_state",
            { { ":state", value(nameOf(state)) }, { ":state_at", value(now) },
                { ":state_by", value(by) }, { ":id", value(id) },
                { ":organisation_id", value(organisation) } });
        if (!done)
            return tl::unexpected(done.error());
        return *done == 0 ? failure(Errc::notFound, "there is no such image") : Result<void>();
    });
}

Result<void> SqlStore::recordImageCheck(const OrganisationId& organisation, const ImageId& id,
    const std::string& contentHash, WallTime now)
{
    return change(Purpose::ordinary, "update_image_check",
        { { ":content_hash", value(contentHash) }, { ":seen_hash", value(contentHash) },
            { ":checked_at", value(now) }, { ":id", value(id) },
            { ":organisation_id", value(organisation) } },
        "image");
}

Result<void> SqlStore::setPoolImage(const PoolId& pool, const ImageId& image)
{
    return execute("update_pool_image", { { ":image_id", value(image) }, { ":id", value(pool) } })
        .map([](int) {});
}

Result<void> SqlStore::updateRollout(const Rollout& rollout)
{
    return execute("update_rollout",
        { { ":state", value(nameOf(rollout.state)) }, { ":reason", value(rollout.reason) },
            { ":begun_at", value(rollout.begunAt) }, { ":changed_at", value(rollout.changedAt) },
            { ":changed_by", value(rollout.changedBy) }, { ":id", value(rollout.id) } })
        .map([](int) {});
}

Result<void> SqlStore::beginRollout(
    const Rollout& rollout, const std::optional<RolloutId>& replaced)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_pool", value(rollout.pool)); !locked)
            return locked;
        const Result<Pool> pool = findPool(rollout.organisation, rollout.pool);
        if (!pool)
            return tl::unexpected(pool.error());
        for (const ImageId& image : { rollout.from, rollout.to }) {
            if (const Result<Image> known = findImage(image); !known)
                return tl::unexpected(known.error());
        }
        if (Result<void> usable = lockPublished(rollout.to); !usable)
            return usable;
        const auto open = findOpenRollout(rollout.pool);
        if (!open)
            return tl::unexpected(open.error());
        if (Result<void> good = rules::checkBegin(rollout, pool->image, *open, replaced); !good)
            return good;
        if (*open) {
            const auto ended = rules::changed(**open, rules::replacement(**open, rollout));
            if (!ended)
                return tl::unexpected(ended.error());
            if (Result<void> done = updateRollout(*ended); !done)
                return done;
        }
        const Result<int> inserted = execute("insert_rollout",
            { { ":id", value(rollout.id) }, { ":organisation_id", value(rollout.organisation) },
                { ":pool_id", value(rollout.pool) }, { ":from_image_id", value(rollout.from) },
                { ":to_image_id", value(rollout.to) }, { ":mode", value(nameOf(rollout.mode)) },
                { ":is_rollback", value(rollout.isRollback) },
                { ":start_at", value(rollout.startAt) },
                { ":countdown_minutes", value(std::int64_t { rollout.countdown.count() }) },
                { ":canary_percent", value(rollout.canaryPercent) },
                { ":wave_percent", value(rollout.wavePercent) },
                { ":state", value(nameOf(rollout.state)) }, { ":reason", value(rollout.reason) },
                { ":note", value(rollout.note) }, { ":started_by", value(rollout.startedBy) },
                { ":created_at", value(rollout.createdAt) },
                { ":begun_at", value(rollout.begunAt) },
                { ":changed_at", value(rollout.changedAt) },
                { ":changed_by", value(rollout.changedBy) } });
        if (!inserted)
            return tl::unexpected(inserted.error());
        return setPoolImage(rollout.pool, imageOf(rollout));
    });
}

Result<void> SqlStore::changeRollout(const RolloutChange& change)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        const auto find = [&] {
            return selectOne(
                "select_rollout_by_id", { { ":id", value(change.id) } }, readRollout, "rollout");
        };
        const Result<Rollout> known = find();
        if (!known)
            return tl::unexpected(known.error());
        // Its pool's row is the lock on it: read again under that.
        if (Result<void> locked = lock("lock_pool", value(known->pool)); !locked)
            return locked;
        const Result<Rollout> rollout = find();
        if (!rollout)
            return tl::unexpected(rollout.error());
        const auto next = rules::changed(*rollout, change);
        if (!next)
            return tl::unexpected(next.error());
        if (Result<void> done = updateRollout(*next); !done)
            return done;
        return setPoolImage(next->pool, imageOf(*next));
    });
}

Result<std::optional<Rollout>> SqlStore::findOpenRollout(const PoolId& pool)
{
    auto open = select("select_open_rollout", { { ":pool_id", value(pool) } }, readRollout);
    if (!open)
        return tl::unexpected(open.error());
    return open->empty() ? std::nullopt : std::optional(std::move(open->front()));
}

Result<std::vector<Rollout>> SqlStore::listRollouts(
    const OrganisationId& organisation, const std::optional<PoolId>& pool)
{
    if (!pool)
        return select(
            "select_rollouts", { { ":organisation_id", value(organisation) } }, readRollout);
    return select("select_rollouts_of_pool",
        { { ":organisation_id", value(organisation) }, { ":pool_id", value(*pool) } }, readRollout);
}

}
