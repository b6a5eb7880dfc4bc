// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/reasons.h"
#include "broker/lease/leasemachine.h"
#include "broker/store/sqlstore.h"
#include "broker/store/storerules.h"

namespace wardesk::broker {

using sql::value;

namespace {

QVariant reasonValue(const std::optional<CloseReason>& reason)
{
    return reason ? value(nameOf(*reason)) : QVariant(QMetaType::fromType<QString>());
}

}

Result<Grant> SqlStore::grant(const LeaseRequest& request)
{
    if (request.idempotencyKey.empty())
        return failure(Errc::invalidArgument, "the request needs an idempotency key");
    Result<Grant> granted = write(Purpose::ordinary, [&]() -> Result<Grant> {
        if (Result<Pool> pool = findPool(request.organisation, request.pool); !pool)
            return tl::unexpected(pool.error());
        for (const auto step : { &SqlStore::findRepeated, &SqlStore::resume }) {
            Result<std::optional<Grant>> found = (this->*step)(request);
            if (!found)
                return tl::unexpected(found.error());
            if (*found)
                return std::move(**found);
        }
        return grantFresh(request);
    });
    if (!granted && granted.error().code == Errc::storageFull)
        return grantWithoutRoom(request, granted.error());
    return granted;
}

Result<std::optional<Grant>> SqlStore::findRepeated(const LeaseRequest& request)
{
    using Key = std::pair<PoolId, LeaseId>;
    const Result<std::vector<Key>> keys = select("select_idempotency_key",
        { { ":user_id", value(request.user) }, { ":key", value(request.idempotencyKey) },
            { ":since", value(request.now - rules::idempotencyKeyLife) } },
        [](sql::Row& row) {
            Key key;
            key.first = row.id<PoolId>();
            key.second = row.id<LeaseId>();
            return key;
        });
    if (!keys)
        return tl::unexpected(keys.error());
    if (keys->empty())
        return std::nullopt;
    if (keys->front().first != request.pool)
        return failure(Errc::conflict, "this idempotency key was used for another pool already");
    const Result<Lease> lease = selectLease(keys->front().second);
    if (!lease)
        return tl::unexpected(lease.error());
    return grantOf(GrantOutcome::repeated, *lease).map([](Grant grant) {
        return std::optional(std::move(grant));
    });
}

Result<std::optional<Lease>> SqlStore::openLeaseFor(const LeaseRequest& request)
{
    return select("select_open_lease_in_pool",
        { { ":user_id", value(request.user) }, { ":pool_id", value(request.pool) },
            { ":organisation_id", value(request.organisation) } },
        sql::readLease)
        .map([](const std::vector<Lease>& leases) {
            return leases.empty() ? std::nullopt : std::optional(leases.front());
        });
}

Result<std::optional<Grant>> SqlStore::resume(const LeaseRequest& request)
{
    const Result<std::optional<Lease>> open = openLeaseFor(request);
    if (!open)
        return tl::unexpected(open.error());
    if (!*open)
        return std::nullopt;
    const Result<Epoch> epoch = takeEpoch();
    if (!epoch)
        return tl::unexpected(epoch.error());
    const Result<LeaseTransition> asked
        = transition(**open, LeaseAsked { *epoch, request.terminal }, request.now);
    if (!asked)
        return tl::unexpected(asked.error());
    if (Result<void> updated = updateLease(asked->lease); !updated)
        return tl::unexpected(updated.error());
    if (Result<void> remembered = rememberKey(request, asked->lease.id); !remembered)
        return tl::unexpected(remembered.error());
    return grantOf(GrantOutcome::resumed, asked->lease).map([](Grant grant) {
        return std::optional(std::move(grant));
    });
}

Result<Grant> SqlStore::grantFresh(const LeaseRequest& request)
{
    const Result<std::vector<Desktop>> free = select("select_free_desktop",
        { { ":pool_id", value(request.pool) },
            { ":organisation_id", value(request.organisation) } },
        sql::readDesktop);
    if (!free)
        return tl::unexpected(free.error());
    if (free->empty())
        return Grant {};
    const Result<Epoch> epoch = takeEpoch();
    if (!epoch)
        return tl::unexpected(epoch.error());
    const Lease lease = openLease(request, free->front(), *epoch);
    const Result<int> inserted = execute("insert_lease",
        { { ":id", value(lease.id) }, { ":organisation_id", value(lease.organisation) },
            { ":pool_id", value(lease.pool) }, { ":desktop_id", value(lease.desktop) },
            { ":incarnation", value(lease.incarnation) }, { ":user_id", value(lease.user) },
            { ":epoch", value(lease.epoch) }, { ":terminal", value(lease.terminal) },
            { ":granted_at", value(lease.grantedAt) },
            { ":first_connected_at", value(lease.firstConnectedAt) },
            { ":connected_at", value(lease.connectedAt) },
            { ":disconnected_at", value(lease.disconnectedAt) },
            { ":closed_at", value(lease.closedAt) },
            { ":close_reason", reasonValue(lease.closeReason) } });
    if (!inserted)
        return tl::unexpected(inserted.error());
    if (Result<void> remembered = rememberKey(request, lease.id); !remembered)
        return tl::unexpected(remembered.error());
    return Grant { GrantOutcome::granted, lease, free->front() };
}

Result<Grant> SqlStore::grantWithoutRoom(const LeaseRequest& request, const Error& cause)
{
    // R14: who has a desktop gets it, from the reserve, or as the last resort with the epoch that
    // it has; nobody gets a new one.
    Result<Grant> resumed = write(Purpose::vital, [&]() -> Result<Grant> {
        Result<std::optional<Grant>> found = resume(request);
        if (!found)
            return tl::unexpected(found.error());
        if (!*found)
            return tl::unexpected(cause);
        return std::move(**found);
    });
    if (resumed || resumed.error().code != Errc::storageFull)
        return resumed;
    const Result<std::optional<Lease>> open = openLeaseFor(request);
    if (open && *open)
        return grantOf(GrantOutcome::repeated, **open);
    return tl::unexpected(cause);
}

Result<Grant> SqlStore::grantOf(GrantOutcome outcome, const Lease& lease)
{
    Grant grant { outcome, lease, {} };
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
    return write(Purpose::vital, [&]() -> Result<void> {
        const Result<Lease> lease = selectLease(id);
        if (!lease)
            return tl::unexpected(lease.error());
        const Result<LeaseTransition> next = change(*lease);
        if (!next)
            return tl::unexpected(next.error());
        return updateLease(next->lease);
    });
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

Result<void> SqlStore::closeLease(const LeaseId& id, CloseReason reason, WallTime now)
{
    return changeLease(id,
        [&](const Lease& lease) -> Result<LeaseTransition> { return closeOf(lease, reason, now); });
}

}
