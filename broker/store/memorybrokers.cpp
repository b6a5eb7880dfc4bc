// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/claimrules.h"
#include "broker/store/memorystore.h"

#include <algorithm>

namespace wardesk::broker {

bool MemoryStore::isRegistered(const BrokerId& id, Epoch epoch) const
{
    const auto broker = m_brokers.find(id);
    return broker != m_brokers.end() && broker->second.record.epoch == epoch;
}

Result<BrokerRecord> MemoryStore::registerBroker(BrokerRecord record)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    record.epoch = Epoch(++m_epoch);
    std::erase_if(m_claims,
        [&record](const auto& entry) { return entry.second.holder->broker == record.id; });
    m_brokers[record.id] = { record, m_clock.wall() };
    return record;
}

Result<WallTime> MemoryStore::heartbeat(const BrokerId& id, Epoch epoch)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    if (!isRegistered(id, epoch))
        return failure(Errc::stale, "this broker's registration was replaced or dropped");
    return m_brokers[id].seenAt = m_clock.wall();
}

Result<std::vector<BrokerRecord>> MemoryStore::listBrokers(std::chrono::milliseconds aliveWithin)
{
    std::vector<BrokerRecord> alive;
    for (const auto& [id, broker] : m_brokers) {
        if (broker.seenAt > m_clock.wall() - aliveWithin)
            alive.push_back(broker.record);
    }
    return alive;
}

Result<void> MemoryStore::unregisterBroker(const BrokerId& id, Epoch epoch)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!isRegistered(id, epoch))
        return {};
    m_brokers.erase(id);
    return releasePools(id);
}

Result<std::vector<Fence>> MemoryStore::claimPools(
    const BrokerId& id, Epoch epoch, std::chrono::milliseconds ttl)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    if (!isRegistered(id, epoch))
        return failure(Errc::stale, "this broker's registration was replaced or dropped");
    const WallTime now = m_clock.wall();
    const auto others = std::count_if(m_brokers.begin(), m_brokers.end(),
        [&](const auto& entry) { return entry.first != id && entry.second.seenAt > now - ttl; });
    std::vector<rules::PoolClaim> pools;
    for (const auto& [poolId, pool] : m_pools) {
        const auto claim = m_claims.find(poolId);
        pools.push_back(
            claim != m_claims.end() ? claim->second : rules::PoolClaim { poolId, {}, {} });
    }
    const rules::ClaimPlan plan
        = rules::planClaims(pools, id, now, static_cast<std::size_t>(others) + 1);
    std::vector<Fence> held = plan.keep;
    for (const PoolId& pool : plan.take)
        held.push_back({ pool, id, Epoch(++m_epoch) });
    for (const Fence& claim : held)
        m_claims[claim.pool] = { claim.pool, claim, now + ttl };
    for (const Fence& claim : plan.giveUp)
        m_claims.erase(claim.pool);
    return held;
}

Result<void> MemoryStore::releasePools(const BrokerId& id)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    std::erase_if(m_claims, [&id](const auto& entry) { return entry.second.holder->broker == id; });
    return {};
}

Result<void> MemoryStore::checkFence() const
{
    if (!m_fence)
        return {};
    const auto claim = m_claims.find(m_fence->pool);
    if (claim == m_claims.end() || claim->second.holder != m_fence
        || claim->second.expiresAt <= m_clock.wall())
        return failure(Errc::stale, "this broker's claim to the pool is over");
    return {};
}

Result<void> MemoryStore::beginGroup()
{
    if (m_before)
        return failure(Errc::internal, "a group is open already");
    m_before = std::make_unique<MemoryFacts>(static_cast<const MemoryFacts&>(*this));
    m_auditBefore = m_audit.size();
    return {};
}

Result<void> MemoryStore::commitGroup()
{
    m_before.reset();
    m_seen = std::max(m_seen, Epoch(m_epoch));
    return {};
}

void MemoryStore::rollbackGroup()
{
    if (m_before) {
        static_cast<MemoryFacts&>(*this) = std::move(*m_before);
        m_audit.erase(m_audit.begin() + static_cast<std::ptrdiff_t>(m_auditBefore), m_audit.end());
    }
    m_before.reset();
}

}
