// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/entitlementrules.h"
#include "broker/store/memorystore.h"
#include "broker/store/storerules.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

template <typename Groups> auto groupsOf(const Groups& all, const OrganisationId& organisation)
{
    std::vector<typename Groups::mapped_type> groups;
    for (const auto& [id, group] : all) {
        if (group.organisation == organisation)
            groups.push_back(group);
    }
    std::sort(
        groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return groups;
}

template <typename Groups>
bool isTaken(const Groups& all, const OrganisationId& organisation, const std::string& name)
{
    return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
        return entry.second.organisation == organisation
            && rules::foldedName(entry.second.name) == rules::foldedName(name);
    });
}

template <typename Groups, typename Id>
bool isKnown(const Groups& all, const OrganisationId& organisation, const Id& id)
{
    const auto found = all.find(id);
    return found != all.end() && found->second.organisation == organisation;
}

void addTo(std::vector<UserId>& members, const std::vector<UserId>& more)
{
    members.insert(members.end(), more.begin(), more.end());
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
}

}

Result<std::vector<UserGroup>> MemoryStore::listUserGroups(const OrganisationId& organisation)
{
    return groupsOf(m_userGroups, organisation);
}

Result<void> MemoryStore::checkUsersOf(
    const OrganisationId& organisation, const std::vector<UserId>& users) const
{
    for (const UserId& user : users) {
        if (!isKnown(m_users, organisation, user))
            return tl::unexpected(rules::noSuchUserError());
    }
    return {};
}

Result<void> MemoryStore::insertUserGroup(const UserGroup& group)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (isTaken(m_userGroups, group.organisation, group.name) || m_userGroups.contains(group.id))
        return tl::unexpected(rules::nameTakenError());
    if (Result<void> known = checkUsersOf(group.organisation, group.members); !known)
        return known;
    UserGroup kept = group;
    kept.members.clear();
    addTo(kept.members, group.members);
    m_userGroups[group.id] = std::move(kept);
    return {};
}

Result<void> MemoryStore::changeMembers(const OrganisationId& organisation,
    const UserGroupId& group, const std::vector<UserId>& add, const std::vector<UserId>& remove)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!isKnown(m_userGroups, organisation, group))
        return tl::unexpected(rules::noSuchGroupError());
    if (Result<void> known = checkUsersOf(organisation, add); !known)
        return known;
    std::vector<UserId>& members = m_userGroups.at(group).members;
    std::erase_if(members, [&remove](const UserId& member) {
        return std::find(remove.begin(), remove.end(), member) != remove.end();
    });
    addTo(members, add);
    return {};
}

template <typename Uses> bool MemoryStore::isNamed(const Uses& uses) const
{
    return std::any_of(m_entitlements.begin(), m_entitlements.end(), [&](const auto& entry) {
        return std::any_of(entry.second.begin(), entry.second.end(), uses);
    });
}

Result<void> MemoryStore::removeUserGroup(
    const OrganisationId& organisation, const UserGroupId& group)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!isKnown(m_userGroups, organisation, group))
        return tl::unexpected(rules::noSuchGroupError());
    if (isNamed([&group](const Entitlement& one) { return one.group == group; }))
        return tl::unexpected(rules::namedByAnEntitlementError());
    m_userGroups.erase(group);
    return {};
}

Result<std::vector<TerminalGroup>> MemoryStore::listTerminalGroups(
    const OrganisationId& organisation)
{
    return groupsOf(m_terminalGroups, organisation);
}

Result<void> MemoryStore::insertTerminalGroup(const TerminalGroup& group)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (isTaken(m_terminalGroups, group.organisation, group.name)
        || m_terminalGroups.contains(group.id))
        return tl::unexpected(rules::nameTakenError());
    m_terminalGroups[group.id] = group;
    return {};
}

Result<void> MemoryStore::replacePatterns(const OrganisationId& organisation,
    const TerminalGroupId& group, const std::vector<std::string>& patterns)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!isKnown(m_terminalGroups, organisation, group))
        return tl::unexpected(rules::noSuchGroupError());
    m_terminalGroups.at(group).patterns = patterns;
    return {};
}

Result<void> MemoryStore::removeTerminalGroup(
    const OrganisationId& organisation, const TerminalGroupId& group)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!isKnown(m_terminalGroups, organisation, group))
        return tl::unexpected(rules::noSuchGroupError());
    if (isNamed([&group](const Entitlement& one) { return one.terminals == group; }))
        return tl::unexpected(rules::namedByAnEntitlementError());
    m_terminalGroups.erase(group);
    return {};
}

Result<std::vector<Entitlement>> MemoryStore::listEntitlements(const PoolId& pool)
{
    const auto found = m_entitlements.find(pool);
    return found == m_entitlements.end() ? std::vector<Entitlement> {} : found->second;
}

Result<void> MemoryStore::replaceEntitlements(const OrganisationId& organisation,
    const PoolId& pool, const std::vector<Entitlement>& entitlements)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (const Result<Pool> known = findPool(organisation, pool); !known)
        return tl::unexpected(known.error());
    for (const Entitlement& one : entitlements) {
        if (one.subject == SubjectKind::user && !isKnown(m_users, organisation, one.user))
            return tl::unexpected(rules::noSuchUserError());
        const bool hasGroup
            = one.subject != SubjectKind::group || isKnown(m_userGroups, organisation, one.group);
        if (!hasGroup
            || (one.terminals && !isKnown(m_terminalGroups, organisation, *one.terminals)))
            return tl::unexpected(rules::noSuchGroupError());
    }
    m_entitlements[pool] = entitlements;
    return {};
}

Result<void> MemoryStore::changeAccess(const OrganisationId& organisation, const PoolId& pool,
    const PoolAccess& from, const PoolAccess& to)
{
    const auto limits = sessionLimits(organisation, pool);
    if (!limits)
        return tl::unexpected(limits.error());
    if (PoolAccess { m_entitlements[pool], limits->perPool } != from)
        return tl::unexpected(rules::accessChangedError());
    return replaceEntitlements(organisation, pool, to.entitlements).map([&] {
        m_poolLimits[pool] = to.sessionLimit;
    });
}

Result<std::vector<Right>> MemoryStore::rightsOf(const PoolId& pool, const UserId& user)
{
    const auto names = [&](const Entitlement& one) {
        if (one.subject == SubjectKind::everybody)
            return true;
        if (one.subject == SubjectKind::user)
            return one.user == user;
        const std::vector<UserId>& members = m_userGroups.at(one.group).members;
        return std::binary_search(members.begin(), members.end(), user);
    };
    std::vector<Right> rights;
    const auto found = m_entitlements.find(pool);
    if (found == m_entitlements.end())
        return rights;
    for (const Entitlement& one : found->second) {
        if (!names(one))
            continue;
        Right right { .entitlement = one, .terminalGroup = {}, .patterns = {} };
        if (one.terminals) {
            const TerminalGroup& terminals = m_terminalGroups.at(*one.terminals);
            right.terminalGroup = terminals.name;
            right.patterns = terminals.patterns;
        }
        rights.push_back(std::move(right));
    }
    return rights;
}

Result<SessionLimits> MemoryStore::sessionLimits(
    const OrganisationId& organisation, const PoolId& pool)
{
    if (const Result<Pool> known = findPool(organisation, pool); !known)
        return tl::unexpected(known.error());
    const auto limit = m_poolLimits.find(pool);
    return SessionLimits { .perPool = limit == m_poolLimits.end() ? 0 : limit->second,
        .perUser = m_userLimits[organisation] };
}

Result<void> MemoryStore::setPoolLimit(
    const OrganisationId& organisation, const PoolId& pool, std::int64_t sessions)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (const Result<Pool> known = findPool(organisation, pool); !known)
        return tl::unexpected(known.error());
    m_poolLimits[pool] = sessions;
    return {};
}

Result<std::int64_t> MemoryStore::userLimit(const OrganisationId& organisation)
{
    if (!m_organisations.contains(organisation))
        return failure(Errc::notFound, "there is no such organisation");
    return m_userLimits[organisation];
}

Result<void> MemoryStore::setUserLimit(const OrganisationId& organisation, std::int64_t sessions)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_organisations.contains(organisation))
        return failure(Errc::notFound, "there is no such organisation");
    m_userLimits[organisation] = sessions;
    return {};
}

std::optional<GrantOutcome> MemoryStore::limitReached(
    const LeaseRequest& request, const Lease* replaced)
{
    const Result<SessionLimits> limits = sessionLimits(request.organisation, request.pool);
    if (!limits || *limits == SessionLimits {})
        return std::nullopt;
    rules::OpenSessions open;
    for (const auto& [id, lease] : m_leases) {
        if (lease.closedAt || &lease == replaced)
            continue;
        open.ofPool += lease.pool == request.pool ? 1 : 0;
        open.ofUser += lease.user == request.user ? 1 : 0;
    }
    return rules::limitReached(*limits, open);
}

}
