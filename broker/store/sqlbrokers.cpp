// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/claimrules.h"
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

namespace {

BrokerRecord readBroker(sql::Row& row)
{
    BrokerRecord record;
    record.id = row.id<BrokerId>();
    record.name = row.text();
    record.peerAddress = row.text();
    record.agentHost = row.text();
    record.agentPort = row.number();
    record.keySha256 = row.text();
    record.epoch = row.numbered<Epoch>();
    return record;
}

rules::PoolClaim readClaim(sql::Row& row)
{
    rules::PoolClaim claim;
    claim.pool = row.id<PoolId>();
    const std::optional<WallTime> expiresAt = row.optionalTime();
    if (expiresAt) {
        claim.expiresAt = *expiresAt;
        Fence holder;
        holder.pool = claim.pool;
        holder.broker = row.id<BrokerId>();
        holder.epoch = row.numbered<Epoch>();
        claim.holder = holder;
    }
    return claim;
}

}

Result<BrokerRecord> SqlStore::registerBroker(BrokerRecord record)
{
    return write(Purpose::vital, [&]() -> Result<BrokerRecord> {
        const Result<Epoch> epoch = takeEpoch();
        if (!epoch)
            return tl::unexpected(epoch.error());
        const Result<WallTime> now = databaseTime();
        if (!now)
            return tl::unexpected(now.error());
        record.epoch = *epoch;
        const Result<int> dropped
            = execute("delete_claims_of_broker", { { ":broker_id", value(record.id) } });
        if (!dropped)
            return tl::unexpected(dropped.error());
        return execute("upsert_broker",
            { { ":id", value(record.id) }, { ":name", value(record.name) },
                { ":peer_address", value(record.peerAddress) },
                { ":agent_host", value(record.agentHost) },
                { ":agent_port", value(record.agentPort) },
                { ":key_sha256", value(record.keySha256) }, { ":epoch", value(record.epoch) },
                { ":now", value(*now) } })
            .map([&record](int) { return record; });
    });
}

Result<void> SqlStore::checkRegistered(const BrokerId& id, Epoch epoch)
{
    if (Result<void> locked = lock("lock_broker", value(id)); !locked)
        return locked;
    const Result<std::vector<Epoch>> present = select("select_broker_epoch",
        { { ":id", value(id) } }, [](sql::Row& row) { return row.numbered<Epoch>(); });
    if (!present)
        return tl::unexpected(present.error());
    if (present->empty() || present->front() != epoch)
        return failure(Errc::stale, "this broker's registration was replaced or dropped");
    return {};
}

Result<WallTime> SqlStore::heartbeat(const BrokerId& id, Epoch epoch)
{
    return write(Purpose::vital, [&]() -> Result<WallTime> {
        const Result<WallTime> now = databaseTime();
        if (!now)
            return now;
        const Result<int> seen = execute("update_broker_seen",
            { { ":id", value(id) }, { ":epoch", value(epoch) }, { ":now", value(*now) } });
        if (!seen)
            return tl::unexpected(seen.error());
        if (*seen == 0)
            return failure(Errc::stale, "this broker's registration was replaced or dropped");
        return now;
    });
}

Result<std::vector<BrokerRecord>> SqlStore::listBrokers(std::chrono::milliseconds aliveWithin)
{
    const Result<WallTime> now = databaseTime();
    if (!now)
        return tl::unexpected(now.error());
    return select("select_brokers", { { ":since", value(*now - aliveWithin) } }, readBroker);
}

Result<void> SqlStore::unregisterBroker(const BrokerId& id, Epoch epoch)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        const Result<void> registered = checkRegistered(id, epoch);
        if (!registered && registered.error().code == Errc::stale)
            return {}; // replaced or dropped: nothing of this one is left
        if (!registered)
            return registered;
        if (Result<int> dropped
            = execute("delete_claims_of_broker", { { ":broker_id", value(id) } });
            !dropped)
            return tl::unexpected(dropped.error());
        return execute("delete_broker", { { ":id", value(id) }, { ":epoch", value(epoch) } })
            .map([](int) {});
    });
}

Result<bool> SqlStore::renewClaim(const Fence& claim, WallTime until)
{
    return execute("renew_claim",
        { { ":pool_id", value(claim.pool) }, { ":broker_id", value(claim.broker) },
            { ":epoch", value(claim.epoch) }, { ":expires_at", value(until) } })
        .map([](int changed) { return changed == 1; });
}

Result<std::optional<Fence>> SqlStore::takeClaim(
    const PoolId& pool, const BrokerId& broker, WallTime now, WallTime until)
{
    const Result<Epoch> epoch = takeEpoch();
    if (!epoch)
        return tl::unexpected(epoch.error());
    // The statement decides: of two brokers that take it one changes the row.
    const Result<int> taken = execute("take_claim",
        { { ":pool_id", value(pool) }, { ":broker_id", value(broker) }, { ":epoch", value(*epoch) },
            { ":expires_at", value(until) }, { ":now", value(now) } });
    if (!taken)
        return tl::unexpected(taken.error());
    return *taken == 1 ? std::optional(Fence { pool, broker, *epoch }) : std::nullopt;
}

Result<std::vector<Fence>> SqlStore::claimPools(
    const BrokerId& id, Epoch epoch, std::chrono::milliseconds ttl)
{
    return write(Purpose::vital, [&]() -> Result<std::vector<Fence>> {
        if (Result<void> registered = checkRegistered(id, epoch); !registered)
            return tl::unexpected(registered.error());
        const Result<WallTime> now = databaseTime();
        if (!now)
            return tl::unexpected(now.error());
        const Result<std::int64_t> others = selectOne(
            "count_other_brokers", { { ":since", value(*now - ttl) }, { ":id", value(id) } },
            [](sql::Row& row) { return row.number(); }, "count");
        if (!others)
            return tl::unexpected(others.error());
        const Result<std::vector<rules::PoolClaim>> claims = select("select_claims", {}, readClaim);
        if (!claims)
            return tl::unexpected(claims.error());
        const rules::ClaimPlan plan
            = rules::planClaims(*claims, id, *now, static_cast<std::size_t>(*others) + 1);
        std::vector<Fence> held;
        for (const Fence& claim : plan.keep) {
            const Result<bool> renewed = renewClaim(claim, *now + ttl);
            if (!renewed)
                return tl::unexpected(renewed.error());
            if (*renewed)
                held.push_back(claim);
        }
        for (const PoolId& pool : plan.take) {
            const Result<std::optional<Fence>> taken = takeClaim(pool, id, *now, *now + ttl);
            if (!taken)
                return tl::unexpected(taken.error());
            if (*taken)
                held.push_back(**taken);
        }
        for (const Fence& claim : plan.giveUp) {
            const Result<int> given = execute("delete_claim",
                { { ":pool_id", value(claim.pool) }, { ":broker_id", value(claim.broker) },
                    { ":epoch", value(claim.epoch) } });
            if (!given)
                return tl::unexpected(given.error());
        }
        return held;
    });
}

Result<void> SqlStore::releasePools(const BrokerId& id)
{
    return change(Purpose::vital, "delete_claims_of_broker", { { ":broker_id", value(id) } });
}

void SqlStore::setFence(std::optional<Fence> fence)
{
    session().fence = std::move(fence);
}

Result<void> SqlStore::checkFence()
{
    const std::optional<Fence>& fence = session().fence;
    if (!fence)
        return {};
    const Result<WallTime> now = databaseTime();
    if (!now)
        return tl::unexpected(now.error());
    const auto holds = select("select_fence",
        { { ":pool_id", value(fence->pool) }, { ":broker_id", value(fence->broker) },
            { ":epoch", value(fence->epoch) }, { ":now", value(*now) } },
        [](sql::Row& row) { return row.number(); });
    if (!holds)
        return tl::unexpected(holds.error());
    if (holds->empty())
        return failure(Errc::stale, "this broker's claim to the pool is over");
    return {};
}

}
