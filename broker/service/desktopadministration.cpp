// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/desktopadministration.h"

#include "broker/domain/seats.h"
#include "broker/domain/status.h"
#include "broker/service/acts.h"
#include "broker/service/evidence.h"
#include "broker/service/lookups.h"
#include "broker/service/rolloutitems.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

namespace {

/// Names for ids, read once a list.
class Names
{
public:
    explicit Names(Store& store)
        : m_store(store)
    {
    }
    std::string user(const UserId& id)
    {
        return remember(m_users, id, [&] {
            const auto found = m_store.findUser(id);
            return found ? found->name : id.value();
        });
    }
    /// Empty when it has none: a broker with one host and no row for it.
    std::string host(const HostId& id)
    {
        if (!m_areHostsRead) {
            m_areHostsRead = true;
            for (const Host& host : m_store.listHosts().value_or(std::vector<Host>()))
                m_hosts[host.id] = host.name;
        }
        const auto found = m_hosts.find(id);
        return found == m_hosts.end() ? id.value() : found->second;
    }
    std::string image(const ImageId& id)
    {
        return remember(m_images, id, [&] {
            const auto found = m_store.findImage(id);
            return found ? found->name + ':' + found->version : id.value();
        });
    }
    std::string pool(const OrganisationId& organisation, const PoolId& id)
    {
        return remember(m_pools, id, [&] {
            const auto found = m_store.findPool(organisation, id);
            return found ? found->name : id.value();
        });
    }

private:
    template <typename Id, typename Find>
    static std::string remember(std::map<Id, std::string>& names, const Id& id, Find find)
    {
        const auto known = names.find(id);
        return known != names.end() ? known->second : names.emplace(id, find()).first->second;
    }
    Store& m_store;
    bool m_areHostsRead = false;
    std::map<HostId, std::string> m_hosts;
    std::map<UserId, std::string> m_users;
    std::map<ImageId, std::string> m_images;
    std::map<PoolId, std::string> m_pools;
};

WallTime sinceOf(const DesktopRow& row)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    WallTime since = facts.createdAt;
    for (const auto& at : { facts.startedAt, facts.readyAt, facts.suspendingAt, facts.suspendedAt,
             facts.resumingAt, facts.endingAt, facts.endedAt, row.desktop.quarantinedAt })
        since = std::max(since, at.value_or(since));
    if (facts.drainingAt)
        since = std::max(since, *facts.drainingAt);
    for (const Lease* lease : leasesOf(row)) {
        since = std::max(since, lease->grantedAt);
        for (const auto& at : { lease->connectedAt, lease->disconnectedAt, lease->closedAt })
            since = std::max(since, at.value_or(since));
    }
    return since;
}

/// R5: what a restored backup does not know is not wiped because it does not know it.
Error unclaimedError(const Desktop& desktop)
{
    return { Errc::conflict,
        "The disk of '" + desktop.name
            + "' may hold somebody's work: a backup was restored that does not say whose it is. "
              "Give it to its user with 'wardeskctl desktop assign "
            + desktop.name
            + " USER' and release it then, or release it with --lose-disk when nobody misses "
              "it." };
}

/// Why desktops have not their pool's version, each pool read once.
class PoolVersions
{
public:
    PoolVersions(Store& store, WallTime now)
        : m_store(store)
        , m_now(now)
    {
    }
    std::string outdated(const DesktopRow& row)
    {
        const auto known = m_pools.find(row.desktop.pool);
        const Read& read = known != m_pools.end() ? known->second : find(row.desktop);
        return read.pool ? outdatedText(read.rollout, *read.pool, row, m_now) : std::string();
    }
    const std::optional<Pool>& poolOf(const Desktop& desktop)
    {
        const auto known = m_pools.find(desktop.pool);
        return known != m_pools.end() ? known->second.pool : find(desktop).pool;
    }

private:
    struct Read
    {
        std::optional<Pool> pool;
        KnownRollout rollout;
    };
    const Read& find(const Desktop& desktop)
    {
        Read read;
        if (auto pool = m_store.findPool(desktop.organisation, desktop.pool)) {
            if (auto rollout = readRollout(m_store, *pool)) {
                read.pool = std::move(*pool);
                read.rollout = std::move(*rollout);
            }
        }
        return m_pools.emplace(desktop.pool, std::move(read)).first->second;
    }
    Store& m_store;
    const WallTime m_now;
    std::map<PoolId, Read> m_pools;
};

void tellSeats(const Pool& pool, const DesktopRow& row, wire::DesktopItem& item)
{
    const std::int64_t open = openSeats(row);
    item.seats = seatsOf(pool);
    item.sessions = open;
    item.accountsLeft = accountsOf(pool) - usedSeats(row);
    item.draining = row.desktop.incarnation.drainingAt.has_value();
    const bool isRunning = row.desktop.incarnation.readyAt && !row.desktop.incarnation.endingAt
        && !row.desktop.quarantinedAt && !row.desktop.hostDeadAt;
    if (!isRunning || open == 0)
        return;
    item.message
        = std::to_string(open) + " of " + std::to_string(seatsOf(pool)) + " sessions are open.";
    if (*item.draining)
        item.message += " Nobody new comes in; it is made anew after the last log-off.";
    else if (*item.accountsLeft == 0)
        item.message += " Its accounts are used up; it is made anew after the last log-off.";
}

wire::DesktopItem itemOf(Names& names, PoolVersions& versions, const DesktopRow& row)
{
    const Lease* lease = row.lease ? &*row.lease : nullptr;
    const Desktop& desktop = row.desktop;
    wire::DesktopItem item;
    item.id = desktop.id.value();
    item.name = desktop.name;
    item.pool = names.pool(desktop.organisation, desktop.pool);
    item.incarnation = desktop.incarnation.number.value();
    item.status = nameOf(statusOf(desktop, lease));
    item.address = desktop.address;
    item.domain = desktop.incarnation.domain.value();
    item.certificateSha256 = desktop.incarnation.certificateSha256;
    item.image = names.image(desktop.incarnation.image);
    const std::optional<Pool>& pool = versions.poolOf(desktop);
    if (pool && isShared(*pool)) {
        tellSeats(*pool, row, item);
    } else if (lease != nullptr && !lease->closedAt) {
        item.user = names.user(lease->user);
        item.lease = lease->id.value();
    }
    if (!desktop.owner.isEmpty())
        item.owner = names.user(desktop.owner);
    if (item.message.empty())
        item.message = describe(desktop, lease);
    item.outdated = versions.outdated(row);
    item.host = names.host(desktop.host);
    item.since = sinceOf(row).time_since_epoch().count();
    return item;
}

wire::SessionItem itemOf(Names& names, const DesktopRow& row, const Lease& lease)
{
    wire::SessionItem item;
    item.lease = lease.id.value();
    item.user = names.user(lease.user);
    item.pool = names.pool(lease.organisation, lease.pool);
    item.desktop = row.desktop.name;
    item.incarnation = lease.incarnation.value();
    item.epoch = lease.epoch.value();
    item.status = lease.connectedAt ? "connected"
        : lease.firstConnectedAt    ? "disconnected"
                                    : "assigned";
    item.grantedAt = lease.grantedAt.time_since_epoch().count();
    if (lease.connectedAt)
        item.connectedAt = lease.connectedAt->time_since_epoch().count();
    if (lease.disconnectedAt)
        item.disconnectedAt = lease.disconnectedAt->time_since_epoch().count();
    if (!lease.terminal.empty())
        item.terminal = lease.terminal;
    if (lease.seat > 0)
        item.seat = lease.seat;
    return item;
}

bool isOpen(const DesktopRow& row)
{
    return openSeats(row) > 0;
}

Result<void> endIncarnation(Store& store, const DesktopRow& row, WallTime now)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (facts.endingAt || facts.endedAt)
        return {};
    return store.beginEnding(row.desktop.id, facts.number, EndReason::recycledByAdmin, now);
}

/// By name or id; the owner by the id also when there is no such user any more.
Result<User> lookUpOwner(Store& store, const Desktop& desktop, const std::string& named)
{
    auto user = lookUpUser(store, desktop.organisation, named);
    const bool isGone = !user && user.error().code == Errc::notFound;
    if (!isGone || desktop.owner.isEmpty() || desktop.owner.value() != named)
        return user;
    User gone;
    gone.id = desktop.owner;
    gone.name = named;
    return gone;
}

}

DesktopAdministration::DesktopAdministration(
    Shell& shell, PoolWatch& pools, SessionControl& sessions)
    : m_shell(shell)
    , m_pools(pools)
    , m_sessions(sessions)
{
}

void DesktopAdministration::list(const Principal& who, const std::string& poolNamed,
    Done<wire::ItemList<wire::DesktopItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, poolNamed, now = m_shell.clock.wall()](
            Store& store) -> Result<wire::ItemList<wire::DesktopItem>> {
            std::optional<PoolId> only;
            if (!poolNamed.empty()) {
                const auto pool = lookUpPool(store, organisation, poolNamed);
                if (!pool)
                    return tl::unexpected(pool.error());
                only = pool->id;
            }
            const auto rows = store.listDesktops();
            if (!rows)
                return tl::unexpected(rows.error());
            Names names(store);
            PoolVersions versions(store, now);
            wire::ItemList<wire::DesktopItem> list;
            for (const DesktopRow& row : *rows) {
                if (row.desktop.organisation == organisation
                    && (!only || row.desktop.pool == *only))
                    list.items.push_back(itemOf(names, versions, row));
            }
            std::sort(list.items.begin(), list.items.end(),
                [](const auto& a, const auto& b) { return a.name < b.name; });
            return list;
        },
        std::move(done));
}

void DesktopAdministration::show(
    const Principal& who, const std::string& named, Done<wire::DesktopItem> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, named, now = m_shell.clock.wall()](
            Store& store) -> Result<wire::DesktopItem> {
            const auto row = lookUpDesktop(store, organisation, named);
            if (!row)
                return tl::unexpected(row.error());
            Names names(store);
            PoolVersions versions(store, now);
            wire::DesktopItem item = itemOf(names, versions, *row);
            if (auto added = addEvidence(store, row->desktop, item); !added)
                return tl::unexpected(added.error());
            return item;
        },
        std::move(done));
}

template <typename Job>
void DesktopAdministration::act(const Principal& who, const char* action, const std::string& named,
    Job job, Done<wire::DesktopItem> done)
{
    audited<Acted>(
        m_shell, noteOf(who, action, named.substr(0, 64)),
        [organisation = who.user.organisation, named, job = std::move(job),
            now = m_shell.clock.wall()](Store& store, AuditNote& note) -> Result<Acted> {
            const auto row = lookUpDesktop(store, organisation, named);
            if (!row)
                return tl::unexpected(row.error());
            note.object = row->desktop.name;
            Acted acted;
            const Result<void> result = job(store, *row, now, note, acted);
            if (!result)
                return tl::unexpected(result.error());
            const auto after = store.findDesktop(row->desktop.id);
            Names names(store);
            PoolVersions versions(store, now);
            acted.item = itemOf(names, versions, after ? *after : *row);
            acted.pool = row->desktop.pool;
            return acted;
        },
        [this, done](Result<Acted> acted) {
            if (!acted) {
                done(tl::unexpected(acted.error()));
                return;
            }
            for (const Lease& closed : acted->closed)
                m_sessions.announceClosed(closed, "IT ended your session.");
            m_pools.wake(acted->pool);
            done(std::move(acted->item));
        });
}

void DesktopAdministration::recycle(
    const Principal& who, const std::string& named, Done<wire::DesktopItem> done)
{
    act(
        who, "desktop.recycle", named,
        [](Store& store, const DesktopRow& row, WallTime now, AuditNote& note,
            Acted& acted) -> Result<void> {
            if (row.desktop.quarantinedAt)
                return failure(Errc::conflict,
                    "'" + row.desktop.name + "' is set aside. Release it, then it is wiped.");
            for (const Lease* lease : openLeasesOf(row)) {
                note.detail += ", lease " + lease->id.value() + " ended";
                if (auto closed = store.closeLease(lease->id, CloseReason::endedByAdmin, now);
                    !closed)
                    return closed;
                acted.closed.push_back(*lease);
            }
            return endIncarnation(store, row, now);
        },
        std::move(done));
}

void DesktopAdministration::drain(
    const Principal& who, const std::string& named, Done<wire::DesktopItem> done)
{
    act(
        who, "desktop.drain", named,
        [](Store& store, const DesktopRow& row, WallTime now, AuditNote&, Acted&) -> Result<void> {
            if (row.desktop.quarantinedAt)
                return failure(Errc::conflict,
                    "'" + row.desktop.name
                        + "' is set aside: nobody new comes in. Release it, then it is drained.");
            const Incarnation number = row.desktop.incarnation.number;
            if (auto draining = store.beginDraining(row.desktop.id, number, now); !draining)
                return draining;
            return isOpen(row) ? Result<void>() : endIncarnation(store, row, now);
        },
        std::move(done));
}

void DesktopAdministration::quarantine(const Principal& who, const std::string& named,
    const wire::Quarantine& request, Done<wire::DesktopItem> done)
{
    act(
        who, "desktop.quarantine", named,
        [reason = request.reason, by = who.user.name](Store& store, const DesktopRow& row,
            WallTime now, AuditNote& note, Acted&) -> Result<void> {
            if (reason.empty() || reason.size() > 500)
                return failure(
                    Errc::invalidArgument, "'reason' is wrong: 1 to 500 bytes are expected");
            note.detail += ", because " + reason;
            return setAside(store, row, { .reason = reason, .seen = {}, .by = by }, now);
        },
        std::move(done));
}

void DesktopAdministration::release(const Principal& who, const std::string& named,
    const wire::QuarantineRelease& request, Done<wire::DesktopItem> done)
{
    act(
        who, "desktop.release", named,
        [reason = request.reason, loseDisk = request.loseDisk.value_or(false), by = who.user.name](
            Store& store, const DesktopRow& row, WallTime now, AuditNote& note,
            Acted&) -> Result<void> {
            if (reason.empty() || reason.size() > 500)
                return failure(
                    Errc::invalidArgument, "'reason' is wrong: 1 to 500 bytes are expected");
            note.detail += ", because " + reason;
            if (!row.desktop.quarantinedAt)
                return failure(Errc::conflict, "'" + row.desktop.name + "' is not set aside.");
            const auto pool = store.findPool(row.desktop.organisation, row.desktop.pool);
            if (!pool)
                return tl::unexpected(pool.error());
            if (maySomebodyMiss(row.desktop) && !loseDisk && pool->kind == PoolKind::dedicated)
                return tl::unexpected(unclaimedError(row.desktop));
            if (loseDisk)
                note.detail += ", its disk may go";
            if (auto released = takeBack(store, row, reason, by, now); !released)
                return released;
            // What was set aside is not given to anybody as it is (R5), a seat in it neither.
            if (!isOpen(row))
                return endIncarnation(store, row, now);
            if (!isShared(*pool))
                return {};
            note.detail += ", nobody new comes in";
            return store.beginDraining(row.desktop.id, row.desktop.incarnation.number, now);
        },
        std::move(done));
}

void DesktopAdministration::assign(const Principal& who, const std::string& named,
    const wire::Assignment& request, Done<wire::DesktopItem> done)
{
    act(
        who, "desktop.assign", named,
        [userNamed = request.user](Store& store, const DesktopRow& row, WallTime, AuditNote& note,
            Acted&) -> Result<void> {
            const auto user = lookUpUser(store, row.desktop.organisation, userNamed);
            if (!user)
                return tl::unexpected(user.error());
            note.detail += ", user " + user->name;
            return store.assignDesktop(row.desktop.id, user->id);
        },
        std::move(done));
}

void DesktopAdministration::unassign(const Principal& who, const std::string& named,
    const wire::Assignment& request, Done<wire::DesktopItem> done)
{
    act(
        who, "desktop.unassign", named,
        [userNamed = request.user](Store& store, const DesktopRow& row, WallTime now,
            AuditNote& note, Acted&) -> Result<void> {
            const auto owner = lookUpOwner(store, row.desktop, userNamed);
            if (!owner)
                return tl::unexpected(owner.error());
            note.detail += ", user " + owner->name;
            return store.unassignDesktop(row.desktop.id, owner->id, now);
        },
        std::move(done));
}

void DesktopAdministration::listSessions(
    const Principal& who, Done<wire::ItemList<wire::SessionItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) -> Result<wire::ItemList<wire::SessionItem>> {
            const auto rows = store.listDesktops();
            if (!rows)
                return tl::unexpected(rows.error());
            Names names(store);
            wire::ItemList<wire::SessionItem> list;
            for (const DesktopRow& row : *rows) {
                if (row.desktop.organisation != organisation)
                    continue;
                for (const Lease* lease : openLeasesOf(row))
                    list.items.push_back(itemOf(names, row, *lease));
            }
            return list;
        },
        std::move(done));
}

}
