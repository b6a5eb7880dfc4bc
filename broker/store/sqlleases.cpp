// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"
#include "broker/domain/seats.h"
#include "broker/lease/leasemachine.h"
#include "broker/store/adoptionrules.h"
#include "broker/store/ownershiprules.h"
#include "broker/store/sqlgrants.h"
#include "broker/store/storerules.h"

namespace wardesk::broker {

using sql::value;

namespace {

sql::Value reasonValue(const std::optional<CloseReason>& reason)
{
    return reason ? value(nameOf(*reason)) : sql::Value();
}

}

Result<Grant> SqlStore::grant(const LeaseRequest& request)
{
    if (request.idempotencyKey.empty())
        return failure(Errc::invalidArgument, "the request needs an idempotency key");
    const auto work = [&]() -> Result<Grant> {
        const Result<Standing> standing = standingOf(request);
        if (!standing)
            return tl::unexpected(standing.error());
        if (auto own = grantOwn(request, *standing); own || !standing->limits.isSome())
            return own ? *own : grantFresh(request, *standing);
        return grantLimited(request, *standing);
    };
    // The same user may ask another broker at the same moment: who is second sees the first's
    // lease.
    Result<Grant> granted = write(Purpose::ordinary, work, Quicker::isSeen);
    if (!granted && granted.error().code == Errc::storageFull)
        return grantWithoutRoom(request, granted.error());
    return granted;
}

/// What needs no fresh desktop: nothing when it does.
std::optional<Result<Grant>> SqlStore::grantOwn(
    const LeaseRequest& request, const Standing& standing)
{
    if (!standing.isTrusted())
        return tl::unexpected(rules::adoptingError());
    if (standing.isRepeated())
        return repeat(request, standing);
    if (standing.open && !standing.isLost)
        return resume(request, *standing.open);
    if (request.resumeOnly)
        return tl::unexpected(rules::nothingToResumeError(standing.open.has_value()));
    return std::nullopt;
}

/// Whoever is refused or finds nothing ready, and asks again and again, takes no lock.
Result<Grant> SqlStore::grantLimited(const LeaseRequest& request, const Standing& standing)
{
    const auto limit = limitReached(request, standing.limits, standing.open.has_value());
    if (!limit)
        return tl::unexpected(limit.error());
    if (!*limit) {
        // Seen only: who has a shared desktop locked and waits for the lock below would be waited
        // for.
        const auto choice = standing.poolKind == PoolKind::shared
            ? seeSeat(request, standing)
            : chooseDesktop(request, standing);
        if (!choice || !choice->isFree())
            return choice.map([](const Choice& none) { return none.asGrant(); });
        if (Result<void> locked = lockSessions(request.organisation); !locked)
            return tl::unexpected(locked.error());
    }
    // The same request may have been served meanwhile, and be what the limit counts (R9).
    const Result<Standing> now = standingOf(request);
    if (!now)
        return tl::unexpected(now.error());
    if (auto own = grantOwn(request, *now))
        return *own;
    const auto still = limitReached(request, now->limits, now->open.has_value());
    if (!still)
        return tl::unexpected(still.error());
    return *still ? Result<Grant>(Grant { **still, {}, {}, {} }) : grantFresh(request, *now);
}

Result<SqlStore::Standing> SqlStore::standingOf(const LeaseRequest& request)
{
    return selectOne(
        "select_standing",
        { { ":user_id", value(request.user) }, { ":key", value(request.idempotencyKey) },
            { ":since", value(request.now - rules::idempotencyKeyLife) },
            { ":pool_id", value(request.pool) },
            { ":organisation_id", value(request.organisation) } },
        [](sql::Row& row) {
            Standing standing;
            standing.poolEnabled = row.flag();
            standing.poolImage = row.id<ImageId>();
            standing.poolKind = poolKindNamed(row.text()).value_or(PoolKind::floating);
            standing.poolSeats = row.number();
            standing.limits.perPool = row.number();
            standing.limits.perUser = row.number();
            standing.isAdopting = row.flag();
            standing.isSettled = row.flag();
            standing.isLost = row.flag();
            const bool hasKey = !row.nextIsNull();
            const PoolId pool = row.id<PoolId>();
            const LeaseId lease = row.id<LeaseId>();
            if (hasKey)
                standing.key = { pool, lease };
            if (!row.nextIsNull())
                standing.open = sql::readLease(row);
            return standing;
        },
        "pool");
}

Result<Grant> SqlStore::repeat(const LeaseRequest& request, const Standing& standing)
{
    if (standing.key->first != request.pool)
        return failure(Errc::conflict, "this idempotency key was used for another pool already");
    const Result<Lease> lease = selectLease(standing.key->second);
    if (!lease)
        return tl::unexpected(lease.error());
    return grantOf(GrantOutcome::repeated, *lease);
}

Result<Grant> SqlStore::resume(const LeaseRequest& request, const Lease& open)
{
    // What another broker did with this lease or key until it let the row go counts.
    const Result<Standing> standing
        = lock("lock_lease", value(open.id)).and_then([&] { return standingOf(request); });
    if (!standing)
        return tl::unexpected(standing.error());
    if (standing->key)
        return repeat(request, *standing);
    if (standing->open.value_or(Lease {}).id != open.id)
        return failure(Errc::unavailable, "the session changed at this moment; try again");
    const Result<Epoch> epoch = takeEpoch();
    if (!epoch)
        return tl::unexpected(epoch.error());
    const Result<LeaseTransition> asked
        = transition(*standing->open, LeaseAsked { *epoch, request.terminal }, request.now);
    if (!asked)
        return tl::unexpected(asked.error());
    if (Result<void> updated = updateLease(asked->lease); !updated)
        return tl::unexpected(updated.error());
    if (Result<void> remembered = rememberKey(request, asked->lease.id); !remembered)
        return tl::unexpected(remembered.error());
    return grantOf(GrantOutcome::resumed, asked->lease);
}

Result<SqlStore::Choice> SqlStore::chooseDesktop(
    const LeaseRequest& request, const Standing& standing)
{
    if (!standing.poolEnabled)
        return Choice {};
    if (standing.poolKind == PoolKind::shared)
        return takeSeat(request, standing);
    if (standing.poolKind == PoolKind::dedicated) {
        Result<std::optional<Choice>> own = chooseOwnDesktop(request);
        if (!own)
            return tl::unexpected(own.error());
        if (*own)
            return std::move(**own);
    }
    Result<std::vector<Desktop>> free = select("select_free_of_image",
        { { ":pool_id", value(request.pool) }, { ":organisation_id", value(request.organisation) },
            { ":image_id", value(standing.poolImage) } },
        sql::readDesktop);
    if (free && free->empty()) {
        free = select("select_free_of_any_image",
            { { ":pool_id", value(request.pool) },
                { ":organisation_id", value(request.organisation) } },
            sql::readDesktop);
    }
    if (!free)
        return tl::unexpected(free.error());
    return free->empty() ? Choice {} : Choice { GrantOutcome::granted, std::move(free->front()) };
}

/// Nothing when the user has none in this pool.
Result<std::optional<SqlStore::Choice>> SqlStore::chooseOwnDesktop(const LeaseRequest& request)
{
    Result<std::vector<Desktop>> free = select("select_free_of_owner",
        { { ":pool_id", value(request.pool) }, { ":organisation_id", value(request.organisation) },
            { ":owner_id", value(request.user) } },
        sql::readDesktop);
    if (!free)
        return tl::unexpected(free.error());
    if (!free->empty())
        return Choice { GrantOutcome::granted, std::move(free->front()) };
    Result<std::optional<Desktop>> own
        = desktopOf(request.organisation, request.user, request.pool);
    if (!own)
        return tl::unexpected(own.error());
    if (!*own)
        return std::nullopt;
    const auto givesOut = hostGivesOut((*own)->host);
    if (!givesOut)
        return tl::unexpected(givesOut.error());
    return Choice { rules::whyNotOwn(**own, *givesOut), std::move(*own) };
}

Result<Grant> SqlStore::grantFresh(const LeaseRequest& request, const Standing& standing)
{
    Result<Choice> choice = chooseDesktop(request, standing);
    if (!choice)
        return tl::unexpected(choice.error());
    if (!choice->isFree())
        return choice->asGrant();
    Desktop& desktop = *choice->desktop;
    if (Result<int> marked = execute("mark_leased",
            { { ":desktop_id", value(desktop.id) },
                { ":number", value(desktop.incarnation.number) } });
        !marked)
        return tl::unexpected(marked.error());
    if (standing.poolKind == PoolKind::dedicated && desktop.owner.isEmpty()) {
        desktop.owner = request.user;
        if (Result<void> owned = updateOwner(desktop); !owned)
            return tl::unexpected(owned.error());
    }
    // The one on a dead host ends only now that there is another: until then it may come back.
    std::optional<Lease> replaced;
    if (standing.open) {
        // What another broker did with it until it let the row go counts.
        const Result<Standing> now = lock("lock_lease", value(standing.open->id)).and_then([&] {
            return standingOf(request);
        });
        if (!now)
            return tl::unexpected(now.error());
        if (!now->isLost || now->open.value_or(Lease {}).id != standing.open->id)
            return failure(Errc::unavailable, "the session changed at this moment; try again");
        replaced = closeOf(*now->open, CloseReason::hostLost, request.now).lease;
        if (Result<void> closed = updateLease(*replaced); !closed)
            return tl::unexpected(closed.error());
    }
    const Result<Epoch> epoch = takeEpoch();
    if (!epoch)
        return tl::unexpected(epoch.error());
    const Lease lease = openLease(request, desktop, *epoch, choice->seat);
    const Result<void> inserted = insertLease(lease);
    if (!inserted)
        return tl::unexpected(inserted.error());
    if (Result<void> remembered = rememberKey(request, lease.id); !remembered)
        return tl::unexpected(remembered.error());
    return Grant { GrantOutcome::granted, lease, std::move(desktop), std::move(replaced) };
}

Result<Grant> SqlStore::grantWithoutRoom(const LeaseRequest& request, const Error& cause)
{
    // R14: who has a desktop gets it, from the reserve, or as the last resort with the epoch that
    // it has; nobody gets a new one.
    const Result<Standing> standing = standingOf(request);
    if (!standing || !standing->open)
        return tl::unexpected(cause);
    if (!standing->isTrusted())
        return tl::unexpected(rules::adoptingError());
    Result<Grant> resumed = write(Purpose::vital, [&] { return resume(request, *standing->open); });
    if (resumed || resumed.error().code != Errc::storageFull)
        return resumed;
    return grantOf(GrantOutcome::repeated, *standing->open);
}

Result<Grant> SqlStore::grantOf(GrantOutcome outcome, const Lease& lease)
{
    Grant grant { outcome, lease, {}, {} };
    Result<DesktopRow> row = findDesktop(lease.desktop);
    if (row)
        grant.desktop = std::move(row->desktop);
    else if (row.error().code != Errc::notFound)
        return tl::unexpected(row.error());
    return grant;
}

Result<void> SqlStore::rememberKey(const LeaseRequest& request, const LeaseId& lease)
{
    return execute("upsert_idempotency_key",
        { { ":user_id", value(request.user) }, { ":key", value(request.idempotencyKey) },
            { ":organisation_id", value(request.organisation) },
            { ":pool_id", value(request.pool) }, { ":lease_id", value(lease) },
            { ":created_at", value(request.now) } })
        .map([](int) {});
}

Result<Lease> SqlStore::selectLease(const LeaseId& id)
{
    return selectOne("select_lease_by_id", { { ":id", value(id) } }, sql::readLease, "lease");
}

Result<Lease> SqlStore::findLease(const OrganisationId& organisation, const LeaseId& id)
{
    return selectOne("select_lease_of_organisation",
        { { ":id", value(id) }, { ":organisation_id", value(organisation) } }, sql::readLease,
        "lease");
}

Result<std::vector<Lease>> SqlStore::listOpenLeases(const OrganisationId& organisation)
{
    return select(
        "select_open_leases", { { ":organisation_id", value(organisation) } }, sql::readLease);
}

Result<std::vector<Lease>> SqlStore::listOpenLeasesOf(const UserId& user)
{
    return select("select_open_leases_of_user", { { ":user_id", value(user) } }, sql::readLease);
}

Result<void> SqlStore::insertLease(const Lease& lease)
{
    return execute("insert_lease",
        { { ":id", value(lease.id) }, { ":organisation_id", value(lease.organisation) },
            { ":pool_id", value(lease.pool) }, { ":desktop_id", value(lease.desktop) },
            { ":incarnation", value(lease.incarnation) }, { ":user_id", value(lease.user) },
            { ":epoch", value(lease.epoch) }, { ":terminal", value(lease.terminal) },
            { ":granted_at", value(lease.grantedAt) },
            { ":first_connected_at", value(lease.firstConnectedAt) },
            { ":connected_at", value(lease.connectedAt) },
            { ":disconnected_at", value(lease.disconnectedAt) },
            { ":closed_at", value(lease.closedAt) },
            { ":close_reason", reasonValue(lease.closeReason) }, { ":seat", value(lease.seat) } })
        .map([](int) {});
}

Result<void> SqlStore::updateLease(const Lease& lease)
{
    return execute("update_lease",
        { { ":id", value(lease.id) }, { ":epoch", value(lease.epoch) },
            { ":terminal", value(lease.terminal) },
            { ":first_connected_at", value(lease.firstConnectedAt) },
            { ":connected_at", value(lease.connectedAt) },
            { ":disconnected_at", value(lease.disconnectedAt) },
            { ":closed_at", value(lease.closedAt) },
            { ":close_reason", reasonValue(lease.closeReason) } })
        .map([](int) {});
}

template <typename Change>
Result<void> SqlStore::changeLease(const LeaseId& id, const Change& change)
{
    return write(Purpose::vital, [&] {
        return lock("lock_lease", value(id))
            .and_then([&] { return selectLease(id); })
            .and_then(change)
            .and_then([&](const LeaseTransition& next) { return updateLease(next.lease); });
    });
}

Result<Lease> SqlStore::reviewLease(const LeaseId& id, WallTime now)
{
    Result<Lease> reviewed = Lease {};
    const Result<void> changed
        = changeLease(id, [&](const Lease& lease) -> Result<LeaseTransition> {
              const Result<Epoch> epoch = takeEpoch();
              if (!epoch)
                  return tl::unexpected(epoch.error());
              Result<LeaseTransition> next = transition(lease, LeaseReviewed { *epoch }, now);
              if (next)
                  reviewed = next->lease;
              return next;
          });
    return changed ? reviewed : Result<Lease>(tl::unexpected(changed.error()));
}

Result<void> SqlStore::recordConnected(const LeaseId& id, Epoch epoch, WallTime now)
{
    return changeLease(
        id, [&](const Lease& lease) { return transition(lease, LeaseConnected { epoch }, now); });
}

Result<void> SqlStore::recordDisconnected(const LeaseId& id, WallTime now)
{
    return changeLease(
        id, [&](const Lease& lease) { return transition(lease, LeaseDisconnected {}, now); });
}

/// Inside its transaction. The desktop's row is locked before the lease's, as a write-off does.
Result<void> SqlStore::closeUnused(const LeaseId& id, CloseReason reason, WallTime now)
{
    const Result<Lease> lease = selectLease(id)
                                    .and_then([&](const Lease& known) {
                                        return lock("lock_desktop", value(known.desktop));
                                    })
                                    .and_then([&] { return lock("lock_lease", value(id)); })
                                    .and_then([&] { return selectLease(id); });
    if (!lease)
        return tl::unexpected(lease.error());
    if (Result<void> good = rules::checkClose(*lease, reason); !good)
        return good;
    if (Result<void> closed = updateLease(closeOf(*lease, reason, now).lease); !closed)
        return closed;
    Result<DesktopRow> row = findDesktop(lease->desktop);
    if (!row && row.error().code == Errc::notFound)
        return {}; // it is removed already
    if (!row)
        return tl::unexpected(row.error());
    return rules::giveUp(*row) ? updateOwner(row->desktop) : Result<void>();
}

Result<void> SqlStore::closeLease(const LeaseId& id, CloseReason reason, WallTime now)
{
    if (rules::isForUnused(reason))
        return write(Purpose::vital, [&] { return closeUnused(id, reason, now); });
    return changeLease(id, [&](const Lease& lease) -> Result<LeaseTransition> {
        return rules::checkClose(lease, reason).map([&] { return closeOf(lease, reason, now); });
    });
}

}
