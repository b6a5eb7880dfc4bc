// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/pooladministration.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "broker/domain/status.h"
#include "broker/pool/calendar.h"
#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "broker/service/poolrollouts.h"
#include "broker/service/poolsettings.h"
#include "broker/service/rolloutitems.h"
#include "broker/service/tiles.h"
#include "broker/service/zones.h"
#include "protocols/base/counted.h"
#include "protocols/base/encoding.h"
#include "protocols/base/span.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::milliseconds emptyPause { 250 };
constexpr int emptyTries = 60;

}

Result<wire::PoolItem> poolItem(Store& store, const Pool& pool)
{
    const auto rows = store.listDesktops(pool.id);
    if (!rows)
        return tl::unexpected(rows.error());
    const auto image = store.findImage(pool.image);
    const auto closedHosts = closedHostsFor(store, pool);
    if (!closedHosts)
        return tl::unexpected(closedHosts.error());
    const PoolCounts counts = countDesktops(pool, *rows, *closedHosts);
    wire::PoolItem item;
    item.id = pool.id.value();
    item.name = pool.name;
    item.description = pool.description;
    item.image = image ? image->name : pool.image.value();
    item.imageVersion = image ? image->version : std::string();
    const auto rollout = store.findOpenRollout(pool.id);
    if (!rollout)
        return tl::unexpected(rollout.error());
    if (*rollout)
        item.rollout = nameOf((*rollout)->state);
    item.spare = pool.spare;
    item.max = pool.max;
    item.memoryMiB = pool.memoryMiB;
    item.vcpus = pool.vcpus;
    item.machine = pool.machine;
    item.network = pool.network;
    item.clipboard = pool.clipboard;
    item.enabled = pool.enabled;
    item.sparePercent = pool.sparePercent;
    item.min = pool.min;
    item.forecast = pool.forecast;
    item.timeZone = pool.timeZone;
    if (pool.maintenance) {
        item.maintenance
            = wire::MaintenanceItem { .since = pool.maintenance->since.time_since_epoch().count(),
                  .reason = pool.maintenance->reason,
                  .until = {} };
        if (pool.maintenance->until)
            item.maintenance->until = pool.maintenance->until->time_since_epoch().count();
    }
    item.lockAfter = pool.timers.lock.count();
    item.disconnectAfter = pool.timers.disconnect.count();
    item.logOffAfter = pool.timers.logOff.count();
    item.recycleAfter = pool.timers.recycle.count();
    item.labels = textOf(pool.labels);
    item.spread = nameOf(pool.spread);
    item.kind = nameOf(pool.kind);
    item.kept = counts.kept;
    item.suspended = pool.suspended;
    item.suspendedPercent = pool.suspendedPercent;
    item.suspendedNow = counts.suspended;
    item.seats = seatsOf(pool);
    item.ready = counts.ready;
    item.preparing = counts.preparing;
    item.inUse = counts.inUse;
    item.quarantined = counts.quarantined;
    return item;
}

namespace {

/// For NewPool and PoolChange: what is not named stays.
template <typename Message> void readTimers(const Message& request, LifeTimers& timers)
{
    const auto read = [](const std::optional<std::int64_t>& named, std::chrono::seconds& timer) {
        timer = named ? std::chrono::seconds(*named) : timer;
    };
    read(request.lockAfter, timers.lock);
    read(request.disconnectAfter, timers.disconnect);
    read(request.logOffAfter, timers.logOff);
    read(request.recycleAfter, timers.recycle);
}

/// The same.
template <typename Message> Result<void> readPlacement(const Message& request, Pool& pool)
{
    auto labels = parseLabels(request.labels.value_or(textOf(pool.labels)));
    if (!labels)
        return tl::unexpected(labels.error());
    const auto spread = spreadNamed(request.spread.value_or(nameOf(pool.spread)));
    if (!spread)
        return failure(Errc::invalidArgument, "'spread' is wrong: soft or strict is expected");
    pool.labels = std::move(*labels);
    pool.spread = *spread;
    return {};
}

/// Another image is a rollout with its usual settings: nobody in a session notices.
Result<void> changeImage(Store& store, const Pool& pool, const std::string& named,
    const std::string& by, WallTime now, AuditNote& note)
{
    const auto image = lookUpImage(store, pool.organisation, named);
    if (!image)
        return tl::unexpected(image.error());
    if (image->id == pool.image)
        return {};
    wire::NewRollout usual;
    usual.image = named;
    return beginRollout(store, pool, *image, usual, by, now, note);
}

}

void addMessage(const PoolKeeper& keeper, wire::PoolItem& item)
{
    item.message = keeper.messageOf(PoolId(item.id));
    if (item.maintenance)
        item.message = "in maintenance: " + item.maintenance->reason
            + (item.message.empty() ? std::string() : "; " + item.message);
}

PoolAdministration::PoolAdministration(Shell& shell, PoolKeeper& keeper)
    : m_shell(shell)
    , m_keeper(keeper)
{
}

void PoolAdministration::listPools(const Principal& who, Done<wire::ItemList<wire::PoolItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) -> Result<wire::ItemList<wire::PoolItem>> {
            const auto pools = store.listPools(organisation);
            if (!pools)
                return tl::unexpected(pools.error());
            wire::ItemList<wire::PoolItem> list;
            for (const Pool& pool : *pools) {
                auto item = poolItem(store, pool);
                if (!item)
                    return tl::unexpected(item.error());
                list.items.push_back(std::move(*item));
            }
            return list;
        },
        [this, done](Result<wire::ItemList<wire::PoolItem>> list) {
            if (list) {
                for (wire::PoolItem& item : list->items)
                    addMessage(m_keeper, item);
            }
            done(std::move(list));
        });
}

void PoolAdministration::withMessage(Result<wire::PoolItem> item, const Done<wire::PoolItem>& done)
{
    if (item)
        addMessage(m_keeper, *item);
    done(std::move(item));
}

void PoolAdministration::showPool(
    const Principal& who, const std::string& named, Done<wire::PoolItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named](Store& store) -> Result<wire::PoolItem> {
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            return poolItem(store, *pool);
        },
        [this, done](Result<wire::PoolItem> item) { withMessage(std::move(item), done); });
}

void PoolAdministration::addPool(
    const Principal& who, const wire::NewPool& request, Done<wire::PoolItem> done)
{
    Pool pool;
    pool.id = PoolId(randomUuid());
    pool.organisation = who.user.organisation;
    pool.name = request.name;
    pool.description = request.description.value_or("");
    pool.spare = request.spare;
    pool.max = request.max;
    pool.memoryMiB = request.memoryMiB.value_or(pool.memoryMiB);
    pool.vcpus = request.vcpus.value_or(pool.vcpus);
    pool.machine = request.machine.value_or(pool.machine);
    pool.network = request.network.value_or("");
    pool.clipboard = request.clipboard.value_or(false);
    pool.sparePercent = request.sparePercent.value_or(0);
    pool.min = request.min.value_or(0);
    pool.forecast = request.forecast.value_or(false);
    pool.suspended = request.suspended.value_or(0);
    pool.suspendedPercent = request.suspendedPercent.value_or(0);
    pool.timeZone = request.timeZone.value_or("");
    pool.timers = usualTimers;
    readTimers(request, pool.timers);
    pool.createdAt = m_shell.clock.wall();
    audited<wire::PoolItem>(
        m_shell, noteOf(who, "pool.create", request.name.substr(0, 64)),
        [pool, request, imageName = request.image, by = who.user.name, now = m_shell.clock.wall()](
            Store& store, AuditNote& note) -> Result<wire::PoolItem> {
            note.detail += ", image " + imageName.substr(0, 64) + ", spare "
                + std::to_string(pool.spare) + ", max " + std::to_string(pool.max) + ", "
                + timersText(pool.timers);
            if (auto good = checkPool(pool, now); !good)
                return tl::unexpected(good.error());
            const auto image = lookUpImage(store, pool.organisation, imageName);
            if (!image)
                return tl::unexpected(image.error());
            if (auto usable = checkPublished(*image); !usable)
                return tl::unexpected(usable.error());
            note.detail += suspendedText(pool);
            if (auto good = checkSuspended(pool, *image); !good)
                return tl::unexpected(good.error());
            const auto kind = poolKindNamed(request.kind.value_or(nameOf(pool.kind)));
            if (!kind)
                return failure(Errc::invalidArgument,
                    "'kind' is wrong: floating (made anew after each use), dedicated (kept for "
                    "its user) or shared (several users at a time) is expected");
            Pool complete = pool;
            complete.image = image->id;
            complete.kind = *kind;
            complete.seats = request.seats.value_or(1);
            if (auto good = checkSeats(complete); !good)
                return tl::unexpected(good.error());
            if (complete.kind == PoolKind::dedicated)
                note.detail += ", dedicated";
            if (isShared(complete))
                note.detail += ", shared, seats " + std::to_string(complete.seats);
            if (auto placed = readPlacement(request, complete); !placed)
                return tl::unexpected(placed.error());
            note.detail += placementText(complete);
            if (auto inserted = namedConflict(store.insertPool(complete), "a pool", pool.name);
                !inserted)
                return tl::unexpected(inserted.error());
            if (request.everybody.value_or(false)) {
                note.detail += ", for everybody";
                Entitlement all;
                all.createdAt = now;
                all.createdBy = by;
                if (auto entitled
                    = store.replaceEntitlements(complete.organisation, complete.id, { all });
                    !entitled)
                    return tl::unexpected(entitled.error());
            }
            return poolItem(store, complete);
        },
        [this, done](Result<wire::PoolItem> item) {
            if (item) {
                m_keeper.forgetBasis(PoolId(item->id));
                m_keeper.wake(PoolId(item->id));
            }
            withMessage(std::move(item), done);
        });
}

void PoolAdministration::changePool(const Principal& who, const std::string& named,
    const wire::PoolChange& request, Done<wire::PoolItem> done)
{
    audited<wire::PoolItem>(
        m_shell, noteOf(who, "pool.change", named.substr(0, 64)),
        [organisation = who.user.organisation, by = who.user.name, named, request,
            now = m_shell.clock.wall()](Store& store, AuditNote& note) -> Result<wire::PoolItem> {
            auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            pool->description = request.description.value_or(pool->description);
            pool->spare = request.spare.value_or(pool->spare);
            pool->max = request.max.value_or(pool->max);
            pool->memoryMiB = request.memoryMiB.value_or(pool->memoryMiB);
            pool->clipboard = request.clipboard.value_or(pool->clipboard);
            pool->enabled = request.enabled.value_or(pool->enabled);
            pool->sparePercent = request.sparePercent.value_or(pool->sparePercent);
            pool->min = request.min.value_or(pool->min);
            pool->forecast = request.forecast.value_or(pool->forecast);
            pool->suspended = request.suspended.value_or(pool->suspended);
            pool->suspendedPercent = request.suspendedPercent.value_or(pool->suspendedPercent);
            pool->timeZone = request.timeZone.value_or(pool->timeZone);
            const LifeTimers timers = pool->timers;
            readTimers(request, pool->timers);
            if (pool->timers != timers)
                note.detail += ", " + timersText(pool->timers);
            if (auto placed = readPlacement(request, *pool); !placed)
                return tl::unexpected(placed.error());
            if (auto good = checkPool(*pool, now); !good)
                return tl::unexpected(good.error());
            const auto image = store.findImage(pool->image);
            if (!image)
                return tl::unexpected(image.error());
            if (auto good = checkSuspended(*pool, *image); !good)
                return tl::unexpected(good.error());
            note.detail += placementText(*pool) + suspendedText(*pool);
            note.detail += ", spare " + std::to_string(pool->spare) + ", max "
                + std::to_string(pool->max) + (pool->enabled ? ", on" : ", off")
                + (pool->clipboard ? ", clipboard" : "")
                + (pool->sparePercent > 0 ? ", spare " + std::to_string(pool->sparePercent) + " %"
                                          : std::string())
                + (pool->min > 0 ? ", min " + std::to_string(pool->min) : std::string())
                + (pool->forecast ? ", forecast" : "");
            if (auto updated = store.updatePool(*pool); !updated)
                return tl::unexpected(updated.error());
            if (request.image) {
                if (auto begun = changeImage(store, *pool, *request.image, by, now, note); !begun)
                    return tl::unexpected(begun.error());
                const auto after = store.findPool(organisation, pool->id);
                return after ? poolItem(store, *after) : tl::unexpected(after.error());
            }
            return poolItem(store, *pool);
        },
        [this, done](Result<wire::PoolItem> item) {
            if (item) {
                m_keeper.forgetBasis(PoolId(item->id));
                m_keeper.wake(PoolId(item->id));
            }
            withMessage(std::move(item), done);
        });
}

void PoolAdministration::deletePool(const Principal& who, const std::string& named, Done<bool> done)
{
    AuditNote note = noteOf(who, "pool.delete", named.substr(0, 64));
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named, note, now = m_shell.clock.wall()](
            Store& store) -> Result<Pool> {
            auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return recorded<Pool>(store, note, tl::unexpected(pool.error()), now);
            const auto rows = store.listDesktops(pool->id);
            if (!rows)
                return tl::unexpected(rows.error());
            std::int64_t open = 0;
            std::int64_t owned = 0;
            std::int64_t unclaimed = 0;
            const bool isDedicated = pool->kind == PoolKind::dedicated;
            for (const DesktopRow& row : *rows) {
                open += openSeats(row);
                owned += row.desktop.owner.isEmpty() ? 0 : 1;
                unclaimed += isDedicated && maySomebodyMiss(row.desktop) ? 1 : 0;
            }
            if (open > 0)
                return recorded<Pool>(store, note,
                    failure(Errc::conflict,
                        "'" + pool->name
                            + "' is in use: " + counted(open, "session is", "sessions are")
                            + " open. Log them off first."),
                    now);
            if (owned > 0)
                return recorded<Pool>(store, note,
                    failure(Errc::conflict,
                        "'" + pool->name + "' keeps "
                            + counted(owned, "desktop for its user", "desktops for their users")
                            + ", with all that is on them. Take them away first: wardeskctl "
                              "desktop unassign NAME"),
                    now);
            if (unclaimed > 0)
                return recorded<Pool>(store, note,
                    failure(Errc::conflict,
                        "'" + pool->name + "' has " + counted(unclaimed, "desktop")
                            + " set aside whose disks may hold somebody's work. Say of each whose "
                              "it is, or that nobody misses it: wardeskctl desktop assign NAME "
                              "USER, or wardeskctl desktop release NAME --lose-disk"),
                    now);
            // Off and empty in the database first, so that nobody gets one of its desktops while
            // they are removed, also when the broker dies in between.
            pool->enabled = false;
            pool->spare = 0;
            pool->min = 0;
            pool->max = 0;
            if (auto updated = store.updatePool(*pool); !updated)
                return recorded<Pool>(store, note, tl::unexpected(updated.error()), now);
            return pool;
        },
        [this, note, done](Result<Pool> pool) {
            if (!pool) {
                done(tl::unexpected(pool.error()));
                return;
            }
            AuditNote precise = note;
            precise.object = pool->name;
            m_keeper.wake(pool->id);
            awaitEmpty(precise, pool->id, emptyTries, done);
        });
}

void PoolAdministration::awaitEmpty(
    const AuditNote& note, const PoolId& pool, int tries, const Done<bool>& done)
{
    onStore(
        m_shell, Urgency::usual,
        [note, pool, tries, now = m_shell.clock.wall()](Store& store) -> Result<bool> {
            const auto deleted = store.deletePool(pool);
            if (deleted)
                return recorded<bool>(store, note, true, now);
            if (deleted.error().code != Errc::conflict)
                return recorded<bool>(store, note, tl::unexpected(deleted.error()), now);
            if (tries > 0)
                return false;
            return recorded<bool>(store, note,
                failure(Errc::preparing,
                    "The pool is switched off and its desktops are being removed. Delete it again "
                    "in a minute."),
                now);
        },
        [this, note, pool, tries, done](Result<bool> deleted) {
            if (!deleted || *deleted)
                done(std::move(deleted));
            else
                m_shell.timers.after(emptyPause,
                    [this, note, pool, tries, done] { awaitEmpty(note, pool, tries - 1, done); });
        });
}

}
