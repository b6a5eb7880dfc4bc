// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolrollouts.h"

#include "broker/domain/reasons.h"
#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "broker/service/rolloutitems.h"
#include "protocols/base/encoding.h"

#include <map>

namespace wardesk::broker {

namespace {

constexpr std::size_t longestWords = 500;

Result<void> checkNumber(
    const char* name, const std::optional<std::int64_t>& value, std::int64_t low, std::int64_t high)
{
    if (!value || (*value >= low && *value <= high))
        return {};
    return failure(Errc::invalidArgument,
        std::string("'") + name + "' is wrong: a number from " + std::to_string(low) + " to "
            + std::to_string(high) + " is expected");
}

Result<void> checkRequest(const wire::NewRollout& request)
{
    if (request.mode && !rolloutModeNamed(*request.mode))
        return failure(
            Errc::invalidArgument, "'mode' is wrong: whenLoggedOff or force is expected");
    if (auto good = checkNumber("countdownMinutes", request.countdownMinutes, 0, 24 * 60); !good)
        return good;
    if (auto good = checkNumber("canaryPercent", request.canaryPercent, 0, 100); !good)
        return good;
    if (auto good = checkNumber("wavePercent", request.wavePercent, 1, 100); !good)
        return good;
    if (request.note && request.note->size() > longestWords)
        return failure(Errc::invalidArgument, "'note' is wrong: at most 500 bytes");
    return {};
}

tl::unexpected<Error> noRollout(const Pool& pool)
{
    return failure(Errc::notFound,
        "Pool '" + pool.name + "' has no rollout. Start one with: wardeskctl rollout start "
            + pool.name + " IMAGE");
}

Result<void> checkReason(const std::string& reason)
{
    if (reason.size() <= longestWords)
        return {};
    return failure(Errc::invalidArgument, "'reason' is wrong: at most 500 bytes");
}

Rollout newRollout(
    const Pool& pool, const ImageId& from, const ImageId& to, const std::string& by, WallTime now)
{
    Rollout rollout;
    rollout.id = RolloutId(randomUuid());
    rollout.organisation = pool.organisation;
    rollout.pool = pool.id;
    rollout.from = from;
    rollout.to = to;
    rollout.startAt = now;
    rollout.startedBy = by;
    rollout.createdAt = now;
    rollout.begunAt = now;
    rollout.changedAt = now;
    rollout.changedBy = by;
    return rollout;
}

/// What a rollback undoes: the open one, or the last one that was completed.
Result<Rollout> toUndo(Store& store, const Pool& pool)
{
    const auto known = readRollout(store, pool);
    if (!known)
        return tl::unexpected(known.error());
    if (!known->rollout)
        return noRollout(pool);
    const Rollout& last = *known->rollout;
    if (last.isRollback)
        return failure(Errc::conflict,
            "The last rollout of '" + pool.name
                + "' went back already. To go to another version: wardeskctl rollout start "
                + pool.name + " IMAGE");
    if (last.state == RolloutState::scheduled)
        return failure(Errc::conflict,
            "The rollout has not begun, so there is nothing to go back from. To call it off: "
            "wardeskctl rollout cancel "
                + pool.name);
    if (last.state == RolloutState::cancelled)
        return failure(Errc::conflict, "The last rollout of '" + pool.name + "' never began.");
    return last;
}

}

Result<void> beginRollout(Store& store, const Pool& pool, const Image& to,
    const wire::NewRollout& request, const std::string& by, WallTime now, AuditNote& note)
{
    if (auto good = checkRequest(request); !good)
        return good;
    note.detail += ", from " + versionText(store, pool.image) + " to " + to.name + ':' + to.version;
    if (to.id == pool.image)
        return failure(Errc::conflict,
            "Pool '" + pool.name + "' has version " + to.version + " of '" + to.name
                + "' already.");
    const auto from = store.findImage(pool.image);
    if (!from)
        return tl::unexpected(from.error());
    if (from->kind != to.kind) // no host runs both, and where each desktop is stays as it is
        return failure(Errc::conflict,
            "The desktops of '" + pool.name + "' are "
                + (from->kind == ImageKind::qemu ? "virtual machines" : "containers") + ", and '"
                + to.name + ':' + to.version + "' is for "
                + (to.kind == ImageKind::qemu ? "virtual machines" : "containers")
                + ". Make another pool with it: wardeskctl pool create");
    Rollout rollout = newRollout(pool, pool.image, to.id, by, now);
    if (request.mode)
        rollout.mode = rolloutModeNamed(*request.mode).value_or(rollout.mode);
    rollout.countdown = std::chrono::minutes(
        request.countdownMinutes.value_or(std::int64_t { rollout.countdown.count() }));
    rollout.canaryPercent = request.canaryPercent.value_or(rollout.canaryPercent);
    rollout.wavePercent = request.wavePercent.value_or(rollout.wavePercent);
    rollout.note = request.note.value_or("");
    if (request.startAt && *request.startAt > now.time_since_epoch().count()) {
        rollout.startAt = WallTime(std::chrono::milliseconds(*request.startAt));
        rollout.state = RolloutState::scheduled;
        rollout.begunAt.reset();
        note.detail += ", not yet";
    }
    if (rollout.mode == RolloutMode::force)
        note.detail += ", by force after " + std::to_string(rollout.countdown.count()) + " minutes";
    note.detail += ", first " + std::to_string(rollout.canaryPercent) + " %, then "
        + std::to_string(rollout.wavePercent) + " % at a time";
    if (!rollout.note.empty())
        note.detail += ", because " + rollout.note;
    return store.beginRollout(rollout, std::nullopt);
}

PoolRollouts::PoolRollouts(Shell& shell, PoolKeeper& keeper)
    : m_shell(shell)
    , m_keeper(keeper)
{
}

void PoolRollouts::list(const Principal& who, const std::string& poolNamed,
    Done<wire::ItemList<wire::RolloutItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, poolNamed](
            Store& store) -> Result<wire::ItemList<wire::RolloutItem>> {
            std::optional<PoolId> only;
            if (!poolNamed.empty()) {
                const auto pool = lookUpPool(store, organisation, poolNamed);
                if (!pool)
                    return tl::unexpected(pool.error());
                only = pool->id;
            }
            const auto rollouts = store.listRollouts(organisation, only);
            if (!rollouts)
                return tl::unexpected(rollouts.error());
            std::map<PoolId, std::string> pools;
            wire::ItemList<wire::RolloutItem> list;
            for (const Rollout& rollout : *rollouts) {
                if (!pools.contains(rollout.pool)) {
                    const auto pool = store.findPool(organisation, rollout.pool);
                    pools[rollout.pool] = pool ? pool->name : rollout.pool.value();
                }
                list.items.push_back(itemOf(rollout,
                    { .pool = pools[rollout.pool],
                        .from = versionText(store, rollout.from),
                        .to = versionText(store, rollout.to),
                        .users = {} }));
            }
            return list;
        },
        std::move(done));
}

void PoolRollouts::show(
    const Principal& who, const std::string& poolNamed, Done<wire::RolloutItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, poolNamed, now = m_shell.clock.wall()](
            Store& store) -> Result<wire::RolloutItem> {
            const auto pool = lookUpPool(store, organisation, poolNamed);
            if (!pool)
                return tl::unexpected(pool.error());
            const auto known = readRollout(store, *pool);
            if (!known)
                return tl::unexpected(known.error());
            if (!known->rollout)
                return noRollout(*pool);
            return itemOf(store, *known, now);
        },
        std::move(done));
}

template <typename Work>
void PoolRollouts::act(const Principal& who, const char* action, const std::string& poolNamed,
    Work work, Done<wire::RolloutItem> done)
{
    struct Acted
    {
        PoolId pool;
        wire::RolloutItem item;
    };
    audited<Acted>(
        m_shell, noteOf(who, action, poolNamed.substr(0, 64)),
        [organisation = who.user.organisation, poolNamed, work = std::move(work),
            now = m_shell.clock.wall()](Store& store, AuditNote& note) -> Result<Acted> {
            const auto pool = lookUpPool(store, organisation, poolNamed);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            if (const Result<void> worked = work(store, *pool, note); !worked)
                return tl::unexpected(worked.error());
            const auto known = readRollout(store, *pool);
            if (!known)
                return tl::unexpected(known.error());
            return Acted { pool->id, itemOf(store, *known, now) };
        },
        [this, done](Result<Acted> acted) {
            if (!acted) {
                done(tl::unexpected(acted.error()));
                return;
            }
            m_keeper.wake(acted->pool);
            done(std::move(acted->item));
        });
}

void PoolRollouts::start(const Principal& who, const std::string& poolNamed,
    const wire::NewRollout& request, Done<wire::RolloutItem> done)
{
    act(
        who, "rollout.start", poolNamed,
        [request, by = who.user.name, now = m_shell.clock.wall()](
            Store& store, const Pool& pool, AuditNote& note) -> Result<void> {
            const auto image = lookUpImage(store, pool.organisation, request.image);
            if (!image)
                return tl::unexpected(image.error());
            return beginRollout(store, pool, *image, request, by, now, note);
        },
        std::move(done));
}

void PoolRollouts::change(const Principal& who, const char* action, const std::string& poolNamed,
    const wire::RolloutReason& request, RolloutState expected, RolloutState next,
    Done<wire::RolloutItem> done)
{
    act(
        who, action, poolNamed,
        [reason = request.reason.value_or(""), expected, next, by = who.user.name,
            now = m_shell.clock.wall()](
            Store& store, const Pool& pool, AuditNote& note) -> Result<void> {
            if (auto good = checkReason(reason); !good)
                return good;
            if (!reason.empty())
                note.detail += ", because " + reason;
            const auto open = store.findOpenRollout(pool.id);
            if (!open)
                return tl::unexpected(open.error());
            if (!*open)
                return noRollout(pool);
            if ((*open)->state != expected)
                return failure(Errc::conflict,
                    "The rollout of '" + pool.name + "' is " + nameOf((*open)->state) + ", not "
                        + nameOf(expected) + ". See: wardeskctl rollout show " + pool.name);
            if ((*open)->isRollback && next == RolloutState::stopped)
                return failure(Errc::conflict,
                    "'" + pool.name
                        + "' goes back to what worked before; nothing stops that. Start another "
                          "rollout when it is done.");
            note.detail += ", to " + versionText(store, (*open)->to);
            return store.changeRollout({ .id = (*open)->id,
                .expected = expected,
                .next = next,
                .reason = reason,
                .by = by,
                .now = now });
        },
        std::move(done));
}

void PoolRollouts::stop(const Principal& who, const std::string& poolNamed,
    const wire::RolloutReason& request, Done<wire::RolloutItem> done)
{
    change(who, "rollout.stop", poolNamed, request, RolloutState::running, RolloutState::stopped,
        std::move(done));
}

void PoolRollouts::resume(const Principal& who, const std::string& poolNamed,
    const wire::RolloutReason& request, Done<wire::RolloutItem> done)
{
    change(who, "rollout.resume", poolNamed, request, RolloutState::stopped, RolloutState::running,
        std::move(done));
}

void PoolRollouts::cancel(const Principal& who, const std::string& poolNamed,
    const wire::RolloutReason& request, Done<wire::RolloutItem> done)
{
    change(who, "rollout.cancel", poolNamed, request, RolloutState::scheduled,
        RolloutState::cancelled, std::move(done));
}

void PoolRollouts::rollBack(const Principal& who, const std::string& poolNamed,
    const wire::RolloutReason& request, Done<wire::RolloutItem> done)
{
    act(
        who, "pool.rollback", poolNamed,
        [reason = request.reason.value_or(""), by = who.user.name, now = m_shell.clock.wall()](
            Store& store, const Pool& pool, AuditNote& note) -> Result<void> {
            if (auto good = checkReason(reason); !good)
                return good;
            const auto undone = toUndo(store, pool);
            if (!undone)
                return tl::unexpected(undone.error());
            Rollout back = newRollout(pool, undone->to, undone->from, by, now);
            back.isRollback = true;
            back.canaryPercent = 0;
            back.wavePercent = 100;
            back.note = reason;
            note.detail += ", from " + versionText(store, back.from) + " back to "
                + versionText(store, back.to);
            if (!reason.empty())
                note.detail += ", because " + reason;
            return store.beginRollout(
                back, isOpen(undone->state) ? std::optional(undone->id) : std::nullopt);
        },
        std::move(done));
}

}
