// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/memorystore.h"

#include "broker/domain/seats.h"
#include "broker/lease/leasemachine.h"
#include "broker/store/memorytables.h"
#include "broker/store/storefactory.h"
#include "broker/store/storerules.h"
#include "protocols/base/mutation.h"

#include <algorithm>

namespace wardesk::broker {

std::unique_ptr<Store> makeMemoryStore(const Clock& clock)
{
    return std::make_unique<MemoryStore>(clock);
}

Result<void> MemoryStore::checkWritable() const
{
    if (m_full)
        return tl::unexpected(rules::storageFullError("the disk is full"));
    return checkFence();
}

Result<Organisation> MemoryStore::ensureOrganisation(
    const OrganisationId& id, const std::string& name)
{
    if (Result<Organisation> existing = findOrganisation(name))
        return existing;
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    m_organisations[id] = { id, name };
    return m_organisations[id];
}

Result<Organisation> MemoryStore::findOrganisation(const std::string& name)
{
    for (const auto& [id, organisation] : m_organisations) {
        if (organisation.name == name)
            return organisation;
    }
    return failure(Errc::notFound, "there is no such organisation");
}

Result<void> MemoryStore::insertUser(const User& user)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_organisations.contains(user.organisation))
        return failure(Errc::conflict, "there is no such organisation");
    if (m_users.contains(user.id) || findUserByName(user.organisation, user.name))
        return failure(Errc::conflict, "there is a user of that name already");
    m_users[user.id] = user;
    return {};
}

std::string MemoryStore::foldedName(const std::string& name) const
{
    return rules::foldedName(name);
}

Result<User> MemoryStore::findUserByName(
    const OrganisationId& organisation, const std::string& name)
{
    const std::string wanted = rules::foldedName(name);
    for (const auto& [id, user] : m_users) {
        if (user.organisation == organisation && rules::foldedName(user.name) == wanted)
            return user;
    }
    return failure(Errc::notFound, "there is no such user");
}

Result<User> MemoryStore::findUser(const UserId& id)
{
    return found(m_users, id, "user");
}

Result<std::vector<User>> MemoryStore::listUsers(const OrganisationId& organisation)
{
    std::vector<User> users = valuesWhere(
        m_users, [&organisation](const User& user) { return user.organisation == organisation; });
    sortByName(users);
    return users;
}

Result<void> MemoryStore::setPasswordHash(const UserId& id, const std::string& hash)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto user = m_users.find(id);
    if (user == m_users.end())
        return failure(Errc::notFound, "there is no such user");
    user->second.passwordHash = hash;
    for (auto& [tokenHash, token] : m_tokens) {
        if (token.facts.user == id)
            token.revoked = true;
    }
    return {};
}

Result<void> MemoryStore::setUserDisabled(const UserId& id, bool disabled)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto user = m_users.find(id);
    if (user == m_users.end())
        return failure(Errc::notFound, "there is no such user");
    user->second.disabled = disabled;
    for (auto& [tokenHash, token] : m_tokens) {
        if (disabled && token.facts.user == id)
            token.revoked = true;
    }
    return {};
}

Result<void> MemoryStore::insertToken(const NewToken& token)
{
    const auto user = m_users.find(token.user);
    if (user != m_users.end() && !rules::mayHaveToken(user->second, token))
        return failure(Errc::stale, "the account was changed meanwhile");
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (user == m_users.end() || !m_tokens.emplace(token.hash, Token { token }).second)
        return failure(Errc::conflict, "the token cannot be stored");
    return {};
}

Result<Store::TokenOwner> MemoryStore::findTokenOwner(const SecretHash& hash, WallTime now)
{
    const auto token = m_tokens.find(hash);
    if (token == m_tokens.end() || token->second.revoked || token->second.facts.expiresAt <= now)
        return failure(Errc::unauthenticated, "please sign in again");
    const User& user = m_users.at(token->second.facts.user);
    if (user.disabled)
        return failure(Errc::unauthenticated, "please sign in again");
    return TokenOwner { user, token->second.facts.terminal, token->second.facts.expiresAt };
}

Result<void> MemoryStore::revokeToken(const SecretHash& hash)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (const auto token = m_tokens.find(hash); token != m_tokens.end())
        token->second.revoked = true;
    return {};
}

Result<void> MemoryStore::recordSignInFailure(const std::string& key, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    m_signInFailures.emplace(key, now);
    return {};
}

Result<int> MemoryStore::countSignInFailures(const std::string& key, WallTime since)
{
    const auto [first, last] = m_signInFailures.equal_range(key);
    return static_cast<int>(
        std::count_if(first, last, [since](const auto& entry) { return entry.second >= since; }));
}

Result<void> MemoryStore::clearSignInFailures(const std::string& key)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    m_signInFailures.erase(key);
    return {};
}

Result<void> MemoryStore::insertImage(const Image& image)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_organisations.contains(image.organisation))
        return failure(Errc::conflict, "there is no such organisation");
    const bool exists = anyOf(m_images, [&image](const Image& other) {
        return other.organisation == image.organisation && other.name == image.name
            && other.version == image.version;
    });
    if (exists || !m_images.emplace(image.id, image).second)
        return failure(Errc::conflict, "there is an image of that name and version already");
    return {};
}

Result<std::vector<Image>> MemoryStore::listImages(const OrganisationId& organisation)
{
    std::vector<Image> images = valuesWhere(m_images,
        [&organisation](const Image& image) { return image.organisation == organisation; });
    std::sort(images.begin(), images.end(), [](const Image& a, const Image& b) {
        return std::tie(a.name, a.createdAt, a.id) < std::tie(b.name, b.createdAt, b.id);
    });
    return images;
}

Result<Image> MemoryStore::findImage(const ImageId& id)
{
    return found(m_images, id, "image");
}

Result<void> MemoryStore::insertPool(const Pool& pool)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_organisations.contains(pool.organisation) || !m_images.contains(pool.image))
        return failure(Errc::conflict, "there is no such organisation or image");
    if (Result<void> usable = checkPublished(m_images.at(pool.image)); !usable)
        return usable;
    const bool exists = anyOf(m_pools, [&pool](const Pool& other) {
        return other.organisation == pool.organisation && other.name == pool.name;
    });
    if (exists || !m_pools.emplace(pool.id, pool).second)
        return failure(Errc::conflict, "there is a pool of that name already");
    return {};
}

Result<void> MemoryStore::updatePool(const Pool& pool)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto present = m_pools.find(pool.id);
    if (present == m_pools.end() || present->second.organisation != pool.organisation)
        return failure(Errc::notFound, "there is no such pool");
    const bool exists = anyOf(m_pools, [&pool](const Pool& other) {
        return other.id != pool.id && other.organisation == pool.organisation
            && other.name == pool.name;
    });
    if (exists)
        return failure(Errc::conflict, "there is a pool of that name already");
    const ImageId image = present->second.image;
    const PoolKind kind = present->second.kind;
    const std::int64_t seats = present->second.seats;
    present->second = pool;
    present->second.image = image;
    present->second.kind = kind;
    present->second.seats = seats;
    return {};
}

Result<void> MemoryStore::deletePool(const PoolId& id)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_pools.contains(id))
        return failure(Errc::notFound, "there is no such pool");
    if (anyOf(m_desktops, [&id](const Desktop& desktop) { return desktop.pool == id; }))
        return failure(Errc::conflict, "the pool still has desktops");
    m_pools.erase(id);
    m_claims.erase(id);
    m_calendars.erase(id);
    m_shifts.erase(id);
    m_entitlements.erase(id);
    m_poolLimits.erase(id);
    return {};
}

Result<Pool> MemoryStore::findPool(const OrganisationId& organisation, const PoolId& id)
{
    Result<Pool> pool = found(m_pools, id, "pool");
    if (pool && pool->organisation != organisation)
        return failure(Errc::notFound, "there is no such pool");
    return pool;
}

Result<std::vector<Pool>> MemoryStore::listPools()
{
    std::vector<Pool> pools = valuesWhere(m_pools, [](const Pool&) { return true; });
    sortByName(pools);
    return pools;
}

Result<std::vector<Pool>> MemoryStore::listPools(const OrganisationId& organisation)
{
    std::vector<Pool> pools = valuesWhere(
        m_pools, [&organisation](const Pool& pool) { return pool.organisation == organisation; });
    sortByName(pools);
    return pools;
}

Result<void> MemoryStore::insertTicket(const NewTicket& ticket)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_leases.contains(ticket.lease)
        || !m_tickets.emplace(ticket.hash, Ticket { ticket }).second)
        return failure(Errc::conflict, "the ticket cannot be stored");
    return {};
}

Result<RedeemedTicket> MemoryStore::redeemTicket(
    const SecretHash& hash, const UserId& user, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    const auto ticket = m_tickets.find(hash);
    if (ticket == m_tickets.end() || ticket->second.used || ticket->second.facts.user != user
        || ticket->second.facts.expiresAt <= now)
        return failure(Errc::stale, "this ticket is not valid any more");
    const Lease& lease = m_leases.at(ticket->second.facts.lease);
    const auto desktop = m_desktops.find(lease.desktop);
    const bool isOld = !WARDESK_MUTATED(epochIgnored) && lease.epoch != ticket->second.facts.epoch;
    if (lease.closedAt || isOld || desktop == m_desktops.end())
        return failure(Errc::stale, "this ticket is not valid any more");
    ticket->second.used = !WARDESK_MUTATED(ticketNotUsed);
    return RedeemedTicket { lease, desktop->second };
}

Result<void> MemoryStore::appendAudit(AuditRecord record)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    record.number = static_cast<std::int64_t>(m_audit.size()) + 1;
    record.hash = rules::auditHash(m_audit.empty() ? std::string() : m_audit.back().hash, record);
    m_audit.push_back(std::move(record));
    return {};
}

Result<std::vector<AuditRecord>> MemoryStore::listAudit(
    const OrganisationId& organisation, std::int64_t afterNumber, int limit)
{
    std::vector<AuditRecord> records;
    for (auto record = m_audit.rbegin(); record != m_audit.rend(); ++record) {
        if (record->number <= afterNumber || static_cast<int>(records.size()) >= limit)
            break;
        if (record->organisation == organisation)
            records.push_back(*record);
    }
    std::reverse(records.begin(), records.end());
    return records;
}

Result<std::int64_t> MemoryStore::verifyAudit()
{
    std::string previous;
    for (const AuditRecord& record : m_audit) {
        if (record.hash != rules::auditHash(previous, record))
            return record.number;
        previous = record.hash;
    }
    return 0;
}

Result<Epoch> MemoryStore::nextEpoch()
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    return takeEpoch();
}

Result<Epoch> MemoryStore::currentEpoch()
{
    return Epoch(m_epoch);
}

Result<void> MemoryStore::raiseEpoch(Epoch atLeast)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    m_epoch = std::max(m_epoch, atLeast.value());
    return {};
}

Result<void> MemoryStore::purge(WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    std::erase_if(m_tokens, [now](const auto& entry) {
        return entry.second.revoked || entry.second.facts.expiresAt <= now;
    });
    std::erase_if(
        m_tickets, [now](const auto& entry) { return entry.second.facts.expiresAt <= now; });
    std::erase_if(m_keys, [now](const auto& entry) {
        return entry.second.createdAt <= now - rules::idempotencyKeyLife;
    });
    std::erase_if(m_signInFailures,
        [now](const auto& entry) { return entry.second <= now - rules::signInFailureLife; });
    return {};
}

Result<std::string> MemoryStore::probe()
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    return std::string("in memory");
}

}
