// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/elasticity.h"
#include "broker/domain/ids.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Who may use a pool, where and when, and how many sessions there may be. The decision is in
/// broker/pool/access.h.
namespace wardesk::broker {

struct UserGroup
{
    UserGroupId id;
    OrganisationId organisation;
    std::string name;
    std::vector<UserId> members; ///< by id
    bool operator==(const UserGroup&) const = default;
};

/// Terminals by what they call themselves. A name is told by the client and proves nothing until
/// terminals are enrolled (A6): it keeps people from opening a desktop in the wrong place by
/// mistake.
struct TerminalGroup
{
    TerminalGroupId id;
    OrganisationId organisation;
    std::string name;
    std::vector<std::string> patterns; ///< "icu-*": * is any text, ? any one byte; case is ignored
    bool operator==(const TerminalGroup&) const = default;
};

enum class SubjectKind { everybody, user, group };

/// So many minutes past midnight of these days, from `from` until `to`; when `to` is not later,
/// until `to` of the next day. In the pool's time zone.
struct WeekHours
{
    std::int64_t weekdays = 0; ///< bit 0 is Monday
    std::chrono::minutes from {}; ///< 0 to 1439
    std::chrono::minutes to {}; ///< 0 to 1440
    bool operator==(const WeekHours&) const = default;
};

/// All that it names must hold. Who has none for a pool may not use it (A7).
struct Entitlement
{
    SubjectKind subject = SubjectKind::everybody;
    UserId user; ///< of a user
    UserGroupId group; ///< of a group
    std::optional<TerminalGroupId> terminals; ///< only there
    std::optional<WeekHours> hours; ///< only then
    std::optional<Day> firstDay; ///< not before
    std::optional<Day> lastDay; ///< not after it
    WallTime createdAt {};
    std::string createdBy;
    bool operator==(const Entitlement&) const = default;
};

/// An entitlement that names a certain user, with its terminals looked up.
struct Right
{
    Entitlement entitlement;
    std::string terminalGroup; ///< name; empty: at every terminal
    std::vector<std::string> patterns; ///< of that group
    bool operator==(const Right&) const = default;
};

/// Zero: no limit.
struct SessionLimits
{
    std::int64_t perPool = 0; ///< sessions of the pool at the same time
    std::int64_t perUser = 0; ///< sessions of one user at the same time, in all pools together
    [[nodiscard]] bool isSome() const { return perPool > 0 || perUser > 0; }
    bool operator==(const SessionLimits&) const = default;
};

/// What an administrator changes as a whole.
struct PoolAccess
{
    std::vector<Entitlement> entitlements;
    std::int64_t sessionLimit = 0; ///< SessionLimits::perPool
    bool operator==(const PoolAccess&) const = default;
};

/// The part of the database's port for them.
class EntitlementStore
{
public:
    virtual ~EntitlementStore() = default;
    /// By name.
    [[nodiscard]] virtual Result<std::vector<UserGroup>> listUserGroups(
        const OrganisationId& organisation)
        = 0;
    /// `conflict` when there is one of that name (case is ignored), `notFound` for a member that is
    /// no user of the organisation.
    [[nodiscard]] virtual Result<void> insertUserGroup(const UserGroup& group) = 0;
    /// Who is in both lists is a member afterwards. `notFound` as above.
    [[nodiscard]] virtual Result<void> changeMembers(const OrganisationId& organisation,
        const UserGroupId& group, const std::vector<UserId>& add, const std::vector<UserId>& remove)
        = 0;
    /// `conflict` while an entitlement names it.
    [[nodiscard]] virtual Result<void> removeUserGroup(
        const OrganisationId& organisation, const UserGroupId& group)
        = 0;
    /// By name.
    [[nodiscard]] virtual Result<std::vector<TerminalGroup>> listTerminalGroups(
        const OrganisationId& organisation)
        = 0;
    [[nodiscard]] virtual Result<void> insertTerminalGroup(const TerminalGroup& group) = 0;
    [[nodiscard]] virtual Result<void> replacePatterns(const OrganisationId& organisation,
        const TerminalGroupId& group, const std::vector<std::string>& patterns)
        = 0;
    /// `conflict` while an entitlement names it.
    [[nodiscard]] virtual Result<void> removeTerminalGroup(
        const OrganisationId& organisation, const TerminalGroupId& group)
        = 0;
    /// In the order in which they were put.
    [[nodiscard]] virtual Result<std::vector<Entitlement>> listEntitlements(const PoolId& pool) = 0;
    /// Whole: what was there before is gone. `notFound` when the organisation has no such pool,
    /// user or group.
    [[nodiscard]] virtual Result<void> replaceEntitlements(const OrganisationId& organisation,
        const PoolId& pool, const std::vector<Entitlement>& entitlements)
        = 0;
    /// The same with the pool's limit, and only when all is as in `from` still: `conflict`
    /// otherwise.
    [[nodiscard]] virtual Result<void> changeAccess(const OrganisationId& organisation,
        const PoolId& pool, const PoolAccess& from, const PoolAccess& to)
        = 0;
    /// What names this user for this pool, himself, by a group, or with everybody.
    [[nodiscard]] virtual Result<std::vector<Right>> rightsOf(
        const PoolId& pool, const UserId& user)
        = 0;
    /// `notFound` when the organisation has no such pool.
    [[nodiscard]] virtual Result<SessionLimits> sessionLimits(
        const OrganisationId& organisation, const PoolId& pool)
        = 0;
    [[nodiscard]] virtual Result<void> setPoolLimit(
        const OrganisationId& organisation, const PoolId& pool, std::int64_t sessions)
        = 0;
    [[nodiscard]] virtual Result<std::int64_t> userLimit(const OrganisationId& organisation) = 0;
    [[nodiscard]] virtual Result<void> setUserLimit(
        const OrganisationId& organisation, std::int64_t sessions)
        = 0;
};

}
