// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/entitlementrules.h"
#include "broker/store/sqlstore.h"
#include "broker/store/storerules.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

using sql::value;

namespace {

template <typename Id> sql::Value idOrNull(const std::optional<Id>& id)
{
    return id ? value(*id) : sql::Value();
}

sql::Value dayOrNull(const std::optional<Day>& day)
{
    return day ? value(std::int64_t { day->time_since_epoch().count() }) : sql::Value();
}

std::optional<Day> readOptionalDay(sql::Row& row)
{
    const auto number = row.optionalNumber();
    return number ? std::optional(Day(std::chrono::days(*number))) : std::nullopt;
}

Entitlement readEntitlement(sql::Row& row)
{
    Entitlement read;
    read.subject = rules::subjectNamed(row.text());
    read.user = row.id<UserId>();
    read.group = row.id<UserGroupId>();
    if (const std::string terminals = row.text(); !terminals.empty())
        read.terminals = TerminalGroupId(terminals);
    const auto weekdays = row.optionalNumber();
    const std::chrono::minutes from(row.number());
    const std::chrono::minutes to(row.number());
    if (weekdays)
        read.hours = WeekHours { .weekdays = *weekdays, .from = from, .to = to };
    read.firstDay = readOptionalDay(row);
    read.lastDay = readOptionalDay(row);
    read.createdAt = row.time();
    read.createdBy = row.text();
    return read;
}

template <typename Named> void sortByName(std::vector<Named>& groups)
{
    std::sort(groups.begin(), groups.end(),
        [](const Named& a, const Named& b) { return a.name < b.name; });
}

}

Result<std::vector<UserGroup>> SqlStore::listUserGroups(const OrganisationId& organisation)
{
    auto groups = select(
        "select_user_groups", { { ":organisation_id", value(organisation) } }, [](sql::Row& row) {
            UserGroup group;
            group.id = row.id<UserGroupId>();
            group.organisation = row.id<OrganisationId>();
            group.name = row.text();
            return group;
        });
    if (!groups)
        return groups;
    const auto members = select(
        "select_members", { { ":organisation_id", value(organisation) } }, [](sql::Row& row) {
            const auto group = row.id<UserGroupId>();
            return std::pair(group, row.id<UserId>());
        });
    if (!members)
        return tl::unexpected(members.error());
    std::map<UserGroupId, std::vector<UserId>> byGroup;
    for (const auto& [group, user] : *members)
        byGroup[group].push_back(user);
    for (UserGroup& group : *groups) {
        group.members = std::move(byGroup[group.id]);
        std::sort(group.members.begin(), group.members.end());
    }
    sortByName(*groups);
    return groups;
}

Result<void> SqlStore::checkUserOf(const OrganisationId& organisation, const UserId& id)
{
    const Result<User> user = findUser(id);
    if (user && user->organisation == organisation)
        return {};
    return user || user.error().code == Errc::notFound ? tl::unexpected(rules::noSuchUserError())
                                                       : Result<void>(tl::unexpected(user.error()));
}

Result<void> SqlStore::checkGroupOf(
    const char* statement, const OrganisationId& organisation, const std::string& id)
{
    return selectOne(
        statement, { { ":id", value(id) }, { ":organisation_id", value(organisation) } },
        [](sql::Row& row) { return row.text(); }, "group")
        .map([](const std::string&) {});
}

Result<void> SqlStore::addMembers(const OrganisationId& organisation, const UserGroupId& group,
    const std::vector<UserId>& members)
{
    for (const UserId& member : members) {
        if (Result<void> known = checkUserOf(organisation, member); !known)
            return known;
        if (const Result<int> added = execute("insert_member",
                { { ":group_id", value(group) }, { ":user_id", value(member) },
                    { ":organisation_id", value(organisation) } });
            !added)
            return tl::unexpected(added.error());
    }
    return {};
}

Result<void> SqlStore::insertUserGroup(const UserGroup& group)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        const Result<int> inserted = execute("insert_user_group",
            { { ":id", value(group.id) }, { ":organisation_id", value(group.organisation) },
                { ":name", value(group.name) },
                { ":folded_name", value(rules::foldedName(group.name)) } });
        if (!inserted && inserted.error().code == Errc::conflict)
            return tl::unexpected(rules::nameTakenError());
        if (!inserted)
            return tl::unexpected(inserted.error());
        return addMembers(group.organisation, group.id, group.members);
    });
}

Result<void> SqlStore::changeMembers(const OrganisationId& organisation, const UserGroupId& group,
    const std::vector<UserId>& add, const std::vector<UserId>& remove)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lock("lock_user_group", value(group)); !locked)
            return locked;
        if (Result<void> known
            = checkGroupOf("select_user_group_by_id", organisation, group.value());
            !known)
            return known;
        for (const UserId& member : remove) {
            if (const Result<int> removed = execute("delete_member",
                    { { ":group_id", value(group) }, { ":user_id", value(member) } });
                !removed)
                return tl::unexpected(removed.error());
        }
        return addMembers(organisation, group, add);
    });
}

Result<void> SqlStore::removeGroup(
    const GroupStatements& names, const OrganisationId& organisation, const std::string& id)
{
    if (Result<void> locked = lock(names.lock, value(id)); !locked)
        return locked;
    if (Result<void> known = checkGroupOf(names.select, organisation, id); !known)
        return known;
    const Result<std::int64_t> uses = selectOne(
        names.countUses, { { ":id", value(id) } }, [](sql::Row& row) { return row.number(); },
        "count");
    if (!uses)
        return tl::unexpected(uses.error());
    if (*uses > 0)
        return tl::unexpected(rules::namedByAnEntitlementError());
    if (names.deleteMembers != nullptr) {
        if (const Result<int> emptied
            = execute(names.deleteMembers, { { ":group_id", value(id) } });
            !emptied)
            return tl::unexpected(emptied.error());
    }
    return execute(names.remove, { { ":id", value(id) } }).map([](int) {});
}

Result<void> SqlStore::removeUserGroup(const OrganisationId& organisation, const UserGroupId& group)
{
    constexpr GroupStatements names { .lock = "lock_user_group",
        .select = "select_user_group_by_id",
        .countUses = "count_uses_of_user_group",
        .deleteMembers = "delete_members",
        .remove = "delete_user_group" };
    return write(
        Purpose::ordinary, [&] { return removeGroup(names, organisation, group.value()); });
}

Result<std::vector<TerminalGroup>> SqlStore::listTerminalGroups(const OrganisationId& organisation)
{
    auto groups = select("select_terminal_groups", { { ":organisation_id", value(organisation) } },
        [](sql::Row& row) {
            TerminalGroup group;
            group.id = row.id<TerminalGroupId>();
            group.organisation = row.id<OrganisationId>();
            group.name = row.text();
            group.patterns = rules::patternsIn(row.text());
            return group;
        });
    if (groups)
        sortByName(*groups);
    return groups;
}

Result<void> SqlStore::insertTerminalGroup(const TerminalGroup& group)
{
    const Result<void> inserted = change(Purpose::ordinary, "insert_terminal_group",
        { { ":id", value(group.id) }, { ":organisation_id", value(group.organisation) },
            { ":name", value(group.name) },
            { ":folded_name", value(rules::foldedName(group.name)) },
            { ":patterns", value(rules::linesOf(group.patterns)) } });
    if (!inserted && inserted.error().code == Errc::conflict)
        return tl::unexpected(rules::nameTakenError());
    return inserted;
}

Result<void> SqlStore::replacePatterns(const OrganisationId& organisation,
    const TerminalGroupId& group, const std::vector<std::string>& patterns)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        const Result<int> changed = execute("update_terminal_group",
            { { ":id", value(group) }, { ":organisation_id", value(organisation) },
                { ":patterns", value(rules::linesOf(patterns)) } });
        if (!changed)
            return tl::unexpected(changed.error());
        return *changed == 0 ? tl::unexpected(rules::noSuchGroupError()) : Result<void>();
    });
}

Result<void> SqlStore::removeTerminalGroup(
    const OrganisationId& organisation, const TerminalGroupId& group)
{
    constexpr GroupStatements names { .lock = "lock_terminal_group",
        .select = "select_terminal_group_by_id",
        .countUses = "count_uses_of_terminal_group",
        .deleteMembers = nullptr,
        .remove = "delete_terminal_group" };
    return write(
        Purpose::ordinary, [&] { return removeGroup(names, organisation, group.value()); });
}

Result<std::vector<Entitlement>> SqlStore::listEntitlements(const PoolId& pool)
{
    return select("select_entitlements", { { ":pool_id", value(pool) } }, readEntitlement);
}

Result<void> SqlStore::checkNames(const OrganisationId& organisation, const Entitlement& named)
{
    if (named.subject == SubjectKind::user) {
        if (Result<void> known = checkUserOf(organisation, named.user); !known)
            return known;
    }
    if (named.subject == SubjectKind::group) {
        if (Result<void> known
            = checkGroupOf("select_user_group_by_id", organisation, named.group.value());
            !known)
            return known;
    }
    if (!named.terminals)
        return {};
    return checkGroupOf("select_terminal_group_by_id", organisation, named.terminals->value());
}

Result<void> SqlStore::insertEntitlement(const OrganisationId& organisation, const PoolId& pool,
    std::int64_t position, const Entitlement& entitlement)
{
    const auto& hours = entitlement.hours;
    const auto minutes = [&hours](std::chrono::minutes WeekHours::*which) {
        return hours ? value(std::int64_t { ((*hours).*which).count() }) : sql::Value();
    };
    const bool isUser = entitlement.subject == SubjectKind::user;
    const bool isGroup = entitlement.subject == SubjectKind::group;
    return execute("insert_entitlement",
        { { ":pool_id", value(pool) }, { ":position", value(position) },
            { ":organisation_id", value(organisation) },
            { ":subject", value(rules::nameOf(entitlement.subject)) },
            { ":user_id", isUser ? value(entitlement.user) : sql::Value() },
            { ":user_group_id", isGroup ? value(entitlement.group) : sql::Value() },
            { ":terminal_group_id", idOrNull(entitlement.terminals) },
            { ":weekdays", hours ? value(hours->weekdays) : sql::Value() },
            { ":from_minute", minutes(&WeekHours::from) },
            { ":to_minute", minutes(&WeekHours::to) },
            { ":first_day", dayOrNull(entitlement.firstDay) },
            { ":last_day", dayOrNull(entitlement.lastDay) },
            { ":created_at", value(entitlement.createdAt) },
            { ":created_by", value(entitlement.createdBy) } })
        .map([](int) {});
}

Result<void> SqlStore::putEntitlements(const OrganisationId& organisation, const PoolId& pool,
    const std::vector<Entitlement>& entitlements)
{
    if (const Result<int> forgotten
        = execute("delete_entitlements", { { ":pool_id", value(pool) } });
        !forgotten)
        return tl::unexpected(forgotten.error());
    std::int64_t position = 0;
    for (const Entitlement& entitlement : entitlements) {
        if (Result<void> known = checkNames(organisation, entitlement); !known)
            return known;
        if (Result<void> put = insertEntitlement(organisation, pool, position++, entitlement); !put)
            return put;
    }
    return {};
}

Result<void> SqlStore::replaceEntitlements(const OrganisationId& organisation, const PoolId& pool,
    const std::vector<Entitlement>& entitlements)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lockPoolOf(organisation, pool); !locked)
            return locked;
        return putEntitlements(organisation, pool, entitlements);
    });
}

Result<void> SqlStore::changeAccess(const OrganisationId& organisation, const PoolId& pool,
    const PoolAccess& from, const PoolAccess& to)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        if (Result<void> locked = lockPoolOf(organisation, pool); !locked)
            return locked;
        const auto entitlements = listEntitlements(pool);
        const auto limits = sessionLimits(organisation, pool);
        if (!entitlements || !limits)
            return tl::unexpected(entitlements ? limits.error() : entitlements.error());
        if (PoolAccess { *entitlements, limits->perPool } != from)
            return tl::unexpected(rules::accessChangedError());
        if (Result<void> put = putEntitlements(organisation, pool, to.entitlements); !put)
            return put;
        return execute("update_pool_limit",
            { { ":pool_id", value(pool) }, { ":organisation_id", value(organisation) },
                { ":sessions", value(to.sessionLimit) } })
            .map([](int) {});
    });
}

Result<std::vector<Right>> SqlStore::rightsOf(const PoolId& pool, const UserId& user)
{
    return select("select_rights", { { ":pool_id", value(pool) }, { ":user_id", value(user) } },
        [](sql::Row& row) {
            Right right;
            right.entitlement = readEntitlement(row);
            right.terminalGroup = row.text();
            right.patterns = rules::patternsIn(row.text());
            return right;
        });
}

Result<SessionLimits> SqlStore::sessionLimits(
    const OrganisationId& organisation, const PoolId& pool)
{
    return selectOne(
        "select_session_limits",
        { { ":pool_id", value(pool) }, { ":organisation_id", value(organisation) } },
        [](sql::Row& row) {
            SessionLimits limits;
            limits.perPool = row.number();
            limits.perUser = row.number();
            return limits;
        },
        "pool");
}

Result<void> SqlStore::setPoolLimit(
    const OrganisationId& organisation, const PoolId& pool, std::int64_t sessions)
{
    return change(Purpose::ordinary, "update_pool_limit",
        { { ":pool_id", value(pool) }, { ":organisation_id", value(organisation) },
            { ":sessions", value(sessions) } },
        "pool");
}

Result<std::int64_t> SqlStore::userLimit(const OrganisationId& organisation)
{
    return selectOne(
        "select_user_limit", { { ":id", value(organisation) } },
        [](sql::Row& row) { return row.number(); }, "organisation");
}

Result<void> SqlStore::setUserLimit(const OrganisationId& organisation, std::int64_t sessions)
{
    return change(Purpose::ordinary, "update_user_limit",
        { { ":id", value(organisation) }, { ":sessions", value(sessions) } }, "organisation");
}

Result<void> SqlStore::lockSessions(const OrganisationId& organisation)
{
    if (!m_postgres)
        return {};
    if (session().group == Group::none)
        return lock("lock_sessions", value(organisation));
    // Other parts of the group may hold what the holder of this lock waits for: nobody waits for it
    // in a group. When it is not to be had, the group's jobs run again alone.
    const auto taken = select("lock_sessions_at_once", { { ":id", value(organisation) } },
        [](sql::Row& row) { return row.text(); });
    if (!taken)
        return tl::unexpected(taken.error());
    if (!taken->empty())
        return {};
    const Error busy { Errc::internal, "another transaction counts sessions" };
    breakGroup(busy);
    return tl::unexpected(busy);
}

Result<std::optional<GrantOutcome>> SqlStore::limitReached(
    const LeaseRequest& request, const SessionLimits& limits, bool replacesOne)
{
    const auto count = [this](const char* statement, const char* name, const sql::Value& id) {
        return selectOne(
            statement, { { name, id } }, [](sql::Row& row) { return row.number(); }, "count");
    };
    rules::OpenSessions open;
    const std::int64_t own = replacesOne ? 1 : 0;
    if (limits.perUser > 0) {
        const auto counted = count("count_open_leases_of_user", ":user_id", value(request.user));
        if (!counted)
            return tl::unexpected(counted.error());
        open.ofUser = *counted - own;
    }
    if (limits.perPool > 0) {
        const auto counted = count("count_open_leases_of_pool", ":pool_id", value(request.pool));
        if (!counted)
            return tl::unexpected(counted.error());
        open.ofPool = *counted - own;
    }
    return rules::limitReached(limits, open);
}

}
