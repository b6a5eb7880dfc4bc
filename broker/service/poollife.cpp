// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poollife.h"

#include "broker/pool/calendar.h"
#include "broker/pool/explain.h"
#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "broker/service/poolaccess.h"
#include "broker/service/pooladministration.h"
#include "broker/service/rolloutitems.h"
#include "broker/service/zones.h"

namespace wardesk::broker {

namespace {

Result<std::optional<Maintenance>> maintenanceOf(
    const Pool& pool, const wire::MaintenanceChange& request, WallTime now)
{
    if (!request.on) {
        if (request.reason || request.until)
            return failure(Errc::invalidArgument,
                "'reason' and 'until' are wrong: they belong to turning maintenance on");
        return std::nullopt;
    }
    Maintenance maintenance { .since = pool.maintenance ? pool.maintenance->since : now,
        .reason = request.reason.value_or(""),
        .until = {} };
    if (maintenance.reason.empty() || maintenance.reason.size() > 200
        || maintenance.reason.find('\n') != std::string::npos)
        return failure(Errc::invalidArgument,
            "'reason' is wrong: one line of 1 to 200 bytes is expected; clinicians read it");
    if (request.until) {
        const auto zone = zoneOffsets(pool.timeZone, calendarSpan(now));
        if (!zone)
            return tl::unexpected(zone.error());
        const auto until = readMoment("until", *request.until, *zone, now);
        if (!until)
            return tl::unexpected(until.error());
        maintenance.until = *until;
    }
    return maintenance;
}

}

PoolLife::PoolLife(Shell& shell, PoolKeeper& keeper, EventHub& events)
    : m_shell(shell)
    , m_keeper(keeper)
    , m_events(events)
{
}

void PoolLife::setMaintenance(const Principal& who, const std::string& named,
    const wire::MaintenanceChange& request, Done<wire::PoolItem> done)
{
    audited<wire::PoolItem>(
        m_shell, noteOf(who, "pool.maintenance", named.substr(0, 64)),
        [organisation = who.user.organisation, named, request, now = m_shell.clock.wall()](
            Store& store, AuditNote& note) -> Result<wire::PoolItem> {
            auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            note.object = pool->name;
            auto maintenance = maintenanceOf(*pool, request, now);
            if (!maintenance)
                return tl::unexpected(maintenance.error());
            note.detail += *maintenance ? ", on, because " + (*maintenance)->reason
                    + (request.until ? ", until " + *request.until : std::string())
                                        : ", off";
            pool->maintenance = std::move(*maintenance);
            if (auto updated = store.updatePool(*pool); !updated)
                return tl::unexpected(updated.error());
            return poolItem(store, *pool);
        },
        [this, organisation = who.user.organisation, done](Result<wire::PoolItem> item) {
            if (item) {
                addMessage(m_keeper, *item);
                m_keeper.wake(PoolId(item->id));
                m_events.desktopsChanged(organisation);
            }
            done(std::move(item));
        });
}

void PoolLife::explain(
    const Principal& who, const std::string& named, Done<wire::PoolExplanation> done)
{
    PoolSituation known;
    known.hostProblem = m_keeper.hostProblem();
    known.refusal = m_keeper.refusal();
    onStore(
        m_shell, Urgency::first,
        [sights = m_keeper.hosts().sights(), organisation = who.user.organisation, named,
            known = std::move(known), troubles = m_keeper.suspendProblems(),
            settings = m_keeper.settings(),
            now = m_shell.clock.wall()](Store& store) -> Result<wire::PoolExplanation> {
            PoolSituation situation = known;
            const auto pool = lookUpPool(store, organisation, named);
            if (!pool)
                return tl::unexpected(pool.error());
            situation.pool = *pool;
            auto rows = store.listDesktops(pool->id);
            if (!rows)
                return tl::unexpected(rows.error());
            situation.desktops = std::move(*rows);
            const auto basis = readBasis(store, *pool, settings.limits, now, nullptr);
            if (!basis)
                return tl::unexpected(basis.error());
            situation.basis = (*basis)->basis;
            situation.problem = (*basis)->problem;
            if (situation.basis.zone.changes.empty()) { // local times are told of every pool
                if (auto zone = zoneOffsets(pool->timeZone, calendarSpan(now)); zone)
                    situation.basis.zone = std::move(*zone);
            }
            const auto changing = readRollout(store, *pool);
            if (!changing)
                return tl::unexpected(changing.error());
            if (changing->rollout && isOpen(changing->rollout->state)) {
                situation.rollout
                    = explainRollout(*changing->rollout, changing->desktops, changing->names, now);
                situation.isRolloutStopped = changing->rollout->state == RolloutState::stopped;
            }
            const auto entitlements = store.listEntitlements(pool->id);
            const auto limits = store.sessionLimits(organisation, pool->id);
            if (!entitlements || !limits)
                return tl::unexpected(entitlements ? limits.error() : entitlements.error());
            AccessWords access = explainAccess(
                *pool, *entitlements, limits->perPool, countOpen(situation.desktops));
            situation.access = std::move(access.now);
            situation.accessTodo = std::move(access.todo);
            const auto load = store.siteLoad(pool->id);
            if (!load)
                return tl::unexpected(load.error());
            const auto left = addressesLeft(store, *pool, load->desktops, settings);
            if (!left)
                return tl::unexpected(left.error());
            situation.addressesLeft = *left;
            const auto image = store.findImage(pool->image);
            const auto hosts = store.listHosts();
            if (!image || !hosts)
                return tl::unexpected(image ? hosts.error() : image.error());
            std::map<HostId, std::int64_t> counts;
            for (const DesktopRow& row : situation.desktops)
                ++counts[row.desktop.host];
            auto views = hostViews(*hosts, *load, sights);
            for (const Host& host : *hosts) {
                if (host.mode != HostMode::active)
                    situation.closedHosts.insert(host.id);
            }
            if (const auto trouble = troubles.find(pool->id); trouble != troubles.end())
                situation.suspendProblem = trouble->second;
            situation.hosts = hostWords(views, situation.desktops, situation.basis.zone, now);
            Placement placement(*pool, image->kind, std::move(views), std::move(counts));
            if (!placement.next())
                situation.noPlace = placement.why();
            auto told = explainPool(situation, now, settings.limits);
            return wire::PoolExplanation { .pool = pool->name,
                .timeZone = zoneName(pool->timeZone),
                .summary = std::move(told.summary),
                .now = std::move(told.now),
                .next = std::move(told.next),
                .sessions = std::move(told.sessions),
                .todo = std::move(told.todo) };
        },
        std::move(done));
}

}
