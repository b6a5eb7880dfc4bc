// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/memorystore.h"
#include "broker/store/rolloutrules.h"

#include <algorithm>
#include <tuple>

namespace wardesk::broker {

Result<void> MemoryStore::setImageState(const OrganisationId& organisation, const ImageId& id,
    ImageState state, const std::string& by, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto image = m_images.find(id);
    if (image == m_images.end() || image->second.organisation != organisation)
        return failure(Errc::notFound, "there is no such image");
    const bool isUsed = std::any_of(m_pools.begin(), m_pools.end(), [&id](const auto& entry) {
        return entry.second.image == id;
    }) || std::any_of(m_rollouts.begin(), m_rollouts.end(), [&](const auto& entry) {
        const Rollout& rollout = entry.second;
        return isOpen(rollout.state) && m_pools.contains(rollout.pool)
            && (rollout.from == id || rollout.to == id);
    });
    const bool isUnderKept
        = std::any_of(m_desktops.begin(), m_desktops.end(), [&id](const auto& entry) {
              const Desktop& desktop = entry.second;
              return !desktop.owner.isEmpty() && desktop.incarnation.image == id;
          });
    if (state == ImageState::retired && (isUsed || isUnderKept))
        return tl::unexpected(rules::inUseError());
    image->second.state = state;
    image->second.stateAt = now;
    image->second.stateBy = by;
    return {};
}

Result<void> MemoryStore::recordImageCheck(const OrganisationId& organisation, const ImageId& id,
    const std::string& contentHash, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto image = m_images.find(id);
    if (image == m_images.end() || image->second.organisation != organisation)
        return failure(Errc::notFound, "there is no such image");
    if (image->second.contentHash.empty())
        image->second.contentHash = contentHash;
    image->second.seenHash = contentHash;
    image->second.checkedAt = now;
    return {};
}

Result<void> MemoryStore::beginRollout(
    const Rollout& rollout, const std::optional<RolloutId>& replaced)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto pool = m_pools.find(rollout.pool);
    if (pool == m_pools.end() || pool->second.organisation != rollout.organisation)
        return failure(Errc::notFound, "there is no such pool");
    if (!m_images.contains(rollout.to) || !m_images.contains(rollout.from))
        return failure(Errc::notFound, "there is no such image");
    if (Result<void> usable = checkPublished(m_images.at(rollout.to)); !usable)
        return usable;
    const auto open = findOpenRollout(rollout.pool);
    if (!open)
        return tl::unexpected(open.error());
    if (Result<void> good = rules::checkBegin(rollout, pool->second.image, *open, replaced); !good)
        return good;
    if (m_rollouts.contains(rollout.id))
        return failure(Errc::conflict, "there is such a rollout already");
    if (*open) {
        const auto ended = rules::changed(**open, rules::replacement(**open, rollout));
        if (!ended)
            return tl::unexpected(ended.error());
        m_rollouts[ended->id] = *ended;
    }
    m_rollouts[rollout.id] = rollout;
    pool->second.image = imageOf(rollout);
    return {};
}

Result<void> MemoryStore::changeRollout(const RolloutChange& change)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto rollout = m_rollouts.find(change.id);
    if (rollout == m_rollouts.end())
        return failure(Errc::notFound, "there is no such rollout");
    const auto next = rules::changed(rollout->second, change);
    if (!next)
        return tl::unexpected(next.error());
    rollout->second = *next;
    if (const auto pool = m_pools.find(next->pool); pool != m_pools.end())
        pool->second.image = imageOf(*next);
    return {};
}

Result<std::optional<Rollout>> MemoryStore::findOpenRollout(const PoolId& pool)
{
    const auto open = std::find_if(m_rollouts.begin(), m_rollouts.end(),
        [&pool](const auto& one) { return one.second.pool == pool && isOpen(one.second.state); });
    return open == m_rollouts.end() ? std::nullopt : std::optional(open->second);
}

Result<std::vector<Rollout>> MemoryStore::listRollouts(
    const OrganisationId& organisation, const std::optional<PoolId>& pool)
{
    std::vector<Rollout> rollouts;
    for (const auto& [id, rollout] : m_rollouts) {
        if (rollout.organisation == organisation && (!pool || rollout.pool == *pool))
            rollouts.push_back(rollout);
    }
    std::sort(rollouts.begin(), rollouts.end(), [](const Rollout& a, const Rollout& b) {
        return std::tie(a.createdAt, a.id) > std::tie(b.createdAt, b.id);
    });
    return rollouts;
}

}
