// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/memorystore.h"

#include "broker/lease/leasemachine.h"
#include "broker/store/addresses.h"
#include "broker/store/hostrules.h"
#include "broker/store/incarnationrules.h"
#include "broker/store/ownershiprules.h"
#include "broker/store/storefactory.h"
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

template <typename Map, typename Id>
Result<typename Map::mapped_type> found(const Map& map, const Id& id, const char* what)
{
    const auto entry = map.find(id);
    if (entry == map.end())
        return failure(Errc::notFound, std::string("there is no such ") + what);
    return entry->second;
}

template <typename Map, typename Condition>
std::vector<typename Map::mapped_type> valuesWhere(const Map& map, const Condition& condition)
{
    std::vector<typename Map::mapped_type> values;
    for (const auto& [id, value] : map) {
        if (condition(value))
            values.push_back(value);
    }
    return values;
}

template <typename Value> void sortByName(std::vector<Value>& values)
{
    std::sort(values.begin(), values.end(), [](const Value& a, const Value& b) {
        return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    });
}

template <typename Map, typename Condition> bool anyOf(const Map& map, const Condition& condition)
{
    return std::any_of(map.begin(), map.end(),
        [&condition](const auto& entry) { return condition(entry.second); });
}

}

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
    present->second = pool;
    present->second.image = image;
    present->second.kind = kind;
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

Result<Desktop> MemoryStore::addDesktop(
    const Desktop& withoutAddress, const std::string& firstAddress, const std::string& lastAddress)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    if (Result<void> good = checkNotAdopting(); !good)
        return tl::unexpected(good.error());
    if (withoutAddress.incarnation.number != Incarnation(1))
        return failure(Errc::invalidArgument, "the first incarnation of a desktop is number 1");
    if (!findPool(withoutAddress.organisation, withoutAddress.pool))
        return failure(Errc::notFound, "there is no such pool");
    std::set<std::string> taken;
    for (const auto& [id, desktop] : m_desktops)
        taken.insert(desktop.address);
    Result<std::string> address = lowestFreeAddress(firstAddress, lastAddress, taken);
    if (!address)
        return tl::unexpected(address.error());
    const bool exists = anyOf(m_desktops, [&withoutAddress](const Desktop& other) {
        return other.name == withoutAddress.name || other.id == withoutAddress.id;
    });
    if (exists || !m_domains.emplace(withoutAddress.incarnation.domain, withoutAddress.id).second)
        return failure(Errc::conflict, "there is a desktop of that name already");
    if (const auto host = m_hosts.find(withoutAddress.host); !withoutAddress.host.isEmpty()
        && (host == m_hosts.end() || host->second.mode != HostMode::active))
        return tl::unexpected(rules::closedHostError());
    Desktop desktop = withoutAddress;
    desktop.address = *address;
    m_desktops[desktop.id] = desktop;
    return desktop;
}

Result<Desktop> MemoryStore::beginIncarnation(const NewIncarnation& incarnation)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    if (Result<void> good = checkNotAdopting(); !good)
        return tl::unexpected(good.error());
    const auto desktop = m_desktops.find(incarnation.desktop);
    if (desktop == m_desktops.end())
        return failure(Errc::notFound, "there is no such desktop");
    Result<IncarnationFacts> facts = rules::next(desktop->second, incarnation);
    if (!facts)
        return tl::unexpected(facts.error());
    if (!m_domains.emplace(incarnation.domain, incarnation.desktop).second)
        return failure(Errc::conflict, "that domain belonged to another incarnation");
    desktop->second.incarnation = *facts;
    return desktop->second;
}

template <typename Change>
Result<void> MemoryStore::changeDesktop(const DesktopId& id, const Change& change)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto desktop = m_desktops.find(id);
    if (desktop == m_desktops.end())
        return failure(Errc::notFound, "there is no such desktop");
    DesktopRow row = rowOf(desktop->second);
    if (Result<void> changed = change(row); !changed)
        return changed;
    desktop->second = row.desktop;
    return {};
}

Result<void> MemoryStore::recordStarted(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeDesktop(id, [number, now](DesktopRow& row) {
        return rules::start(row.desktop.incarnation, number, now);
    });
}

Result<void> MemoryStore::recordStartFailure(
    const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
{
    return changeDesktop(id, [number, &error, now](DesktopRow& row) {
        return rules::failStart(row.desktop.incarnation, number, error, now);
    });
}

Result<void> MemoryStore::recordReady(
    const DesktopId& id, Incarnation number, const std::string& certificateSha256, WallTime now)
{
    return changeDesktop(id, [this, number, &certificateSha256, now](DesktopRow& row) {
        const bool wasReady = row.desktop.incarnation.readyAt.has_value();
        Result<void> made
            = rules::makeReady(row.desktop.incarnation, number, certificateSha256, now);
        if (made && !wasReady)
            noteBoot(row.desktop);
        return made;
    });
}

Result<void> MemoryStore::recordUnready(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeDesktop(id, [number, now](DesktopRow& row) {
        return rules::makeUnready(row.desktop.incarnation, number, now);
    });
}

Result<void> MemoryStore::beginSuspending(const DesktopId& id, Incarnation number, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(
        id, [number, now](DesktopRow& row) { return rules::beginSuspending(row, number, now); });
}

Result<void> MemoryStore::recordSuspended(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeDesktop(id, [number, now](DesktopRow& row) {
        return rules::suspend(row.desktop.incarnation, number, now);
    });
}

Result<void> MemoryStore::beginResuming(
    const DesktopId& id, Incarnation number, const std::string& why, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [number, &why, now](DesktopRow& row) {
        return rules::beginResuming(row.desktop.incarnation, number, why, now);
    });
}

Result<void> MemoryStore::recordResumeFailure(
    const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
{
    return changeDesktop(id, [number, &error, now](DesktopRow& row) {
        return rules::failResume(row.desktop.incarnation, number, error, now);
    });
}

Result<void> MemoryStore::beginEnding(
    const DesktopId& id, Incarnation number, EndReason reason, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [number, reason, now](DesktopRow& row) {
        return rules::beginEnding(row, number, reason, now);
    });
}

Result<void> MemoryStore::recordEnded(
    const DesktopId& id, Incarnation number, DiskFate disk, WallTime now)
{
    return changeDesktop(id, [number, disk, now](DesktopRow& row) {
        return rules::end(row.desktop, number, disk, now);
    });
}

Result<void> MemoryStore::removeDesktop(const DesktopId& id)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto desktop = m_desktops.find(id);
    if (desktop == m_desktops.end())
        return failure(Errc::notFound, "there is no such desktop");
    if (!desktop->second.incarnation.endedAt)
        return failure(Errc::conflict, "the desktop has not ended yet");
    m_desktops.erase(desktop);
    return {};
}

Result<bool> MemoryStore::isRemoved(const DesktopId& id, const DomainUuid& domain)
{
    const auto found = m_domains.find(domain);
    return found != m_domains.end() && found->second == id && !m_desktops.contains(id);
}

Result<void> MemoryStore::quarantine(const DesktopId& id, const std::string& reason, WallTime now)
{
    return changeDesktop(id, [&reason, now](DesktopRow& row) {
        if (!row.desktop.quarantinedAt) {
            row.desktop.quarantinedAt = now;
            row.desktop.quarantineReason = reason;
        }
        return Result<void> {};
    });
}

Result<void> MemoryStore::releaseQuarantine(const DesktopId& id)
{
    return changeDesktop(id, [](DesktopRow& row) {
        row.desktop.quarantinedAt.reset();
        row.desktop.quarantineReason.clear();
        return Result<void> {};
    });
}

DesktopRow MemoryStore::rowOf(const Desktop& desktop) const
{
    DesktopRow row { asRead(desktop), {} };
    for (const auto& [id, lease] : m_leases) {
        if (lease.desktop == desktop.id && lease.incarnation == desktop.incarnation.number)
            row.lease = lease;
    }
    return row;
}

Result<DesktopRow> MemoryStore::findDesktop(const DesktopId& id)
{
    return found(m_desktops, id, "desktop").map([this](const Desktop& desktop) {
        return rowOf(desktop);
    });
}

Result<std::vector<DesktopRow>> MemoryStore::listDesktops(const PoolId& pool)
{
    std::vector<Desktop> desktops
        = valuesWhere(m_desktops, [&pool](const Desktop& desktop) { return desktop.pool == pool; });
    sortByName(desktops);
    std::vector<DesktopRow> rows;
    for (const Desktop& desktop : desktops)
        rows.push_back(rowOf(desktop));
    return rows;
}

Result<std::vector<DesktopRow>> MemoryStore::listDesktops()
{
    std::vector<Desktop> desktops = valuesWhere(m_desktops, [](const Desktop&) { return true; });
    sortByName(desktops);
    std::vector<DesktopRow> rows;
    for (const Desktop& desktop : desktops)
        rows.push_back(rowOf(desktop));
    return rows;
}

Result<DesktopRow> MemoryStore::findByBootstrap(
    const DesktopId& id, Incarnation number, const SecretHash& hash)
{
    const auto desktop = m_desktops.find(id);
    if (desktop != m_desktops.end()) {
        const IncarnationFacts& facts = desktop->second.incarnation;
        if (facts.number == number && facts.bootstrapHash == hash && !facts.endedAt)
            return rowOf(desktop->second);
    }
    return failure(Errc::notFound, "no living desktop has this bootstrap secret");
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

namespace {

/// What is saved to its host's disk is not ready, and nobody gets it.
bool mayBeGiven(const IncarnationFacts& facts)
{
    if (WARDESK_MUTATED(grantSuspended) && facts.suspendingAt)
        return true;
    return facts.readyAt && !facts.suspendingAt;
}

}

Desktop* MemoryStore::freeDesktopIn(const PoolId& poolId, const UserId& owner)
{
    const Pool& pool = m_pools.at(poolId);
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

const Desktop* MemoryStore::desktopOf(const UserId& owner, const PoolId& pool) const
{
    for (const auto& [id, desktop] : m_desktops) {
        if (desktop.owner == owner && desktop.pool == pool)
            return &desktop;
    }
    return nullptr;
}

Result<void> MemoryStore::assignDesktop(const DesktopId& id, const UserId& user)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    if (!m_users.contains(user))
        return failure(Errc::notFound, "there is no such user");
    return changeDesktop(id, [&](DesktopRow& row) -> Result<void> {
        const Desktop* other = desktopOf(user, row.desktop.pool);
        if (other != nullptr && other->id != id)
            return tl::unexpected(rules::secondDesktopError());
        return rules::assign(row, m_pools.at(row.desktop.pool), user);
    });
}

Result<void> MemoryStore::unassignDesktop(
    const DesktopId& id, const UserId& expectedOwner, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [&expectedOwner, now](DesktopRow& row) {
        return rules::unassign(row, expectedOwner, now);
    });
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
        lease = &m_leases[request.newLease];
        *lease = openLease(request, *desktop, *epoch);
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
