// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/lease/leasemachine.h"
#include "broker/store/hostrules.h"
#include "broker/store/incarnationrules.h"
#include "broker/store/memorystore.h"
#include "broker/store/memorytables.h"
#include "broker/store/ownershiprules.h"
#include "broker/store/storerules.h"
#include "protocols/base/mutation.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// For who has no session yet.
bool isOpen(const Pool& pool)
{
    return pool.enabled && (!pool.maintenance || WARDESK_MUTATED(maintenanceIgnored));
}

bool isGivenUp(const Lease& lease)
{
    return lease.closeReason == CloseReason::neverReady
        || lease.closeReason == CloseReason::hostLost;
}

/// What is saved to its host's disk is not ready, and nobody gets it.
bool mayBeGiven(const IncarnationFacts& facts)
{
    if (WARDESK_MUTATED(grantSuspended) && facts.suspendingAt)
        return true;
    return facts.readyAt && !facts.suspendingAt;
}

}

Lease* MemoryStore::openLeaseOf(const UserId& user, const PoolId& pool)
{
    for (auto& [id, lease] : m_leases) {
        if (lease.user == user && lease.pool == pool && !lease.closedAt)
            return &lease;
    }
    return nullptr;
}

/// R1, R2: an incarnation that has had a lease, open or closed, is never free again.
bool MemoryStore::isGiven(const Desktop& desktop) const
{
    const std::optional<Lease> lease = rowOf(desktop).lease;
    if (WARDESK_MUTATED(freeIgnored))
        return false;
    if (WARDESK_MUTATED(freeByStatus))
        return lease && lease->connectedAt;
    if (WARDESK_MUTATED(sameIncarnation))
        return lease && !lease->closedAt;
    return lease.has_value();
}

Desktop* MemoryStore::freeDesktopIn(const PoolId& poolId, const UserId& owner)
{
    const Pool& pool = m_pools.at(poolId);
    if (isShared(pool))
        return isOpen(pool) ? desktopWithRoomIn(pool) : nullptr;
    Desktop* best = nullptr;
    for (auto& [id, desktop] : m_desktops) {
        const IncarnationFacts& facts = desktop.incarnation;
        if (!isOpen(pool) || desktop.pool != poolId
            || (desktop.owner != owner && !WARDESK_MUTATED(ownerIgnored)) || desktop.quarantinedAt
            || !mayBeGiven(facts) || facts.endingAt || facts.endedAt || !givesOut(desktop.host)
            || isGiven(desktop))
            continue;
        const auto order = [&pool](const Desktop& one) {
            return std::tuple(one.incarnation.image != pool.image, one.incarnation.readyAt, one.id);
        };
        if (best == nullptr || order(desktop) < order(*best))
            best = &desktop;
    }
    return best;
}

Result<Grant> MemoryStore::grantOf(GrantOutcome outcome, const Lease& lease) const
{
    Grant grant { outcome, lease, {}, {} };
    if (const auto desktop = m_desktops.find(lease.desktop); desktop != m_desktops.end())
        grant.desktop = desktop->second;
    return grant;
}

Result<Grant> MemoryStore::grant(const LeaseRequest& request)
{
    if (request.idempotencyKey.empty())
        return failure(Errc::invalidArgument, "the request needs an idempotency key");
    if (Result<void> fenced = checkFence(); !fenced)
        return tl::unexpected(fenced.error());
    if (!findPool(request.organisation, request.pool))
        return failure(Errc::notFound, "there is no such pool");
    if (m_adoption) {
        const Lease* own = openLeaseOf(request.user, request.pool);
        if (own == nullptr || !m_settled.contains(own->desktop))
            return tl::unexpected(checkNotAdopting().error());
    }
    const auto keyId = std::pair(request.user, request.idempotencyKey);
    auto key = m_keys.find(keyId);
    // Who waits for one that does not get ready, or has lost one with its host, asks with the same
    // key until there is another.
    if (key != m_keys.end() && isGivenUp(m_leases.at(key->second.lease)))
        key = m_keys.end();
    Lease* lease = openLeaseOf(request.user, request.pool);
    const bool isLost = lease != nullptr && m_desktops.contains(lease->desktop)
        && asRead(m_desktops.at(lease->desktop)).hostDeadAt;
    if (!WARDESK_MUTATED(keyIgnored) && key != m_keys.end()
        && !(isLost && key->second.lease == lease->id)
        && key->second.createdAt > request.now - rules::idempotencyKeyLife) {
        if (key->second.pool != request.pool)
            return failure(
                Errc::conflict, "this idempotency key was used for another pool already");
        return grantOf(GrantOutcome::repeated, m_leases.at(key->second.lease));
    }
    if (Result<void> writable = checkWritable(); !writable) {
        // R14: a reconnect to one's own desktop must work, with the epoch it has.
        if (lease != nullptr)
            return grantOf(GrantOutcome::repeated, *lease);
        return tl::unexpected(writable.error());
    }
    GrantOutcome outcome = GrantOutcome::resumed;
    std::optional<Lease> replaced;
    if (lease != nullptr && !isLost) {
        const Result<Epoch> epoch = takeEpoch();
        if (!epoch)
            return tl::unexpected(epoch.error());
        Result<LeaseTransition> asked
            = transition(*lease, LeaseAsked { *epoch, request.terminal }, request.now);
        if (!asked)
            return tl::unexpected(asked.error());
        *lease = asked->lease;
    } else if (request.resumeOnly) {
        return tl::unexpected(rules::nothingToResumeError(lease != nullptr));
    } else {
        if (const auto limit = limitReached(request, lease);
            limit && !WARDESK_MUTATED(limitIgnored))
            return Grant { *limit, {}, {}, {} };
        Desktop* desktop = nullptr;
        const Desktop* own
            = isOpen(m_pools.at(request.pool)) ? desktopOf(request.user, request.pool) : nullptr;
        if (own != nullptr) {
            desktop = freeDesktopIn(request.pool, request.user);
            if (desktop == nullptr)
                return Grant { rules::whyNotOwn(asRead(*own), givesOut(own->host)), {},
                    asRead(*own), {} };
        } else {
            desktop = freeDesktopIn(request.pool, UserId());
            if (desktop == nullptr)
                return Grant {};
        }
        if (m_leases.contains(request.newLease))
            return failure(Errc::conflict, "a lease with this id exists already");
        const Result<Epoch> epoch = takeEpoch();
        if (!epoch)
            return tl::unexpected(epoch.error());
        if (m_pools.at(request.pool).kind == PoolKind::dedicated)
            desktop->owner = request.user;
        outcome = GrantOutcome::granted;
        if (lease != nullptr) // until there is another one it may come back
            replaced = *lease = closeOf(*lease, CloseReason::hostLost, request.now).lease;
        const std::int64_t seat = seatFor(*desktop);
        lease = &m_leases[request.newLease];
        *lease = openLease(request, *desktop, *epoch, seat);
    }
    m_keys[keyId] = { request.pool, lease->id, request.now };
    Grant grant = grantOf(outcome, *lease).value();
    grant.replaced = std::move(replaced);
    return grant;
}

Result<Lease> MemoryStore::findLease(const OrganisationId& organisation, const LeaseId& id)
{
    Result<Lease> lease = found(m_leases, id, "lease");
    if (lease && lease->organisation != organisation)
        return failure(Errc::notFound, "there is no such lease");
    return lease;
}

Result<std::vector<Lease>> MemoryStore::listOpenLeases(const OrganisationId& organisation)
{
    return valuesWhere(m_leases, [&organisation](const Lease& lease) {
        return lease.organisation == organisation && !lease.closedAt;
    });
}

Result<std::vector<Lease>> MemoryStore::listOpenLeasesOf(const UserId& user)
{
    return valuesWhere(
        m_leases, [&user](const Lease& lease) { return lease.user == user && !lease.closedAt; });
}

Result<Lease> MemoryStore::reviewLease(const LeaseId& id, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    const auto lease = m_leases.find(id);
    if (lease == m_leases.end())
        return failure(Errc::notFound, "there is no such lease");
    Result<LeaseTransition> next
        = transition(lease->second, LeaseReviewed { Epoch(m_epoch + 1) }, now);
    if (!next)
        return tl::unexpected(next.error());
    ++m_epoch;
    lease->second = next->lease;
    return lease->second;
}

Result<void> MemoryStore::recordConnected(const LeaseId& id, Epoch epoch, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto lease = m_leases.find(id);
    if (lease == m_leases.end())
        return failure(Errc::notFound, "there is no such lease");
    Result<LeaseTransition> next = transition(lease->second, LeaseConnected { epoch }, now);
    if (!next)
        return tl::unexpected(next.error());
    lease->second = next->lease;
    return {};
}

Result<void> MemoryStore::recordDisconnected(const LeaseId& id, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto lease = m_leases.find(id);
    if (lease == m_leases.end())
        return failure(Errc::notFound, "there is no such lease");
    Result<LeaseTransition> next = transition(lease->second, LeaseDisconnected {}, now);
    if (!next)
        return tl::unexpected(next.error());
    lease->second = next->lease;
    return {};
}

Result<void> MemoryStore::closeLease(const LeaseId& id, CloseReason reason, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto lease = m_leases.find(id);
    if (lease == m_leases.end())
        return failure(Errc::notFound, "there is no such lease");
    if (Result<void> good = rules::checkClose(lease->second, reason); !good)
        return good;
    lease->second = closeOf(lease->second, reason, now).lease;
    const auto desktop = m_desktops.find(lease->second.desktop);
    if (desktop != m_desktops.end()) {
        DesktopRow row = rowOf(desktop->second);
        if (rules::giveUp(row))
            desktop->second.owner = row.desktop.owner;
    }
    return {};
}

}
