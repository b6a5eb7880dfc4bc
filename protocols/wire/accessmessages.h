// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/adminmessages.h"

/// Who may use which pool, for administrators. Times are milliseconds since 1970, UTC; days and
/// hours are those of the pool's time zone.
namespace wardesk::wire {

/// All that it names must hold.
struct EntitlementItem
{
    std::string subject; ///< "everybody", "user", "group"
    std::optional<std::string> name; ///< of the user or group
    std::optional<std::string> terminals; ///< name of a terminal group: only there
    std::optional<std::string> days; ///< "mon-fri", "sat,sun", "daily"; with from and to
    std::optional<std::string> from; ///< "06:30"
    std::optional<std::string> to; ///< "20:00"; not later than from: of the next day
    std::optional<std::string> firstDay; ///< "2026-12-01": not before
    std::optional<std::string> lastDay; ///< not after it
    std::optional<std::int64_t> createdAt; ///< these two are told, and kept when sent back
    std::optional<std::string> createdBy;
};
BOOST_DESCRIBE_STRUCT(EntitlementItem, (),
    (subject, name, terminals, days, from, to, firstDay, lastDay, createdAt, createdBy))

/// GET and answer of POST /api/v1/admin/pools/{pool}/access.
struct PoolAccessItem
{
    std::string pool; ///< name
    std::string timeZone; ///< never empty
    std::string version;
    std::vector<EntitlementItem> entitlements; ///< one that holds is enough; empty: nobody
    std::int64_t sessionLimit = 0; ///< sessions at the same time; 0: no limit
    std::int64_t openSessions = 0;
    std::vector<std::string> outside; ///< users with a session who may not open it again
};
BOOST_DESCRIBE_STRUCT(PoolAccessItem, (),
    (pool, timeZone, version, entitlements, sessionLimit, openSessions, outside))

/// The whole list: what was there before is gone.
struct PoolAccessChange
{
    std::vector<EntitlementItem> entitlements;
    std::optional<std::int64_t> sessionLimit; ///< unchanged when absent; 0: no limit
    std::optional<std::string> version; ///< of what was changed; refused when it is another by now
};
BOOST_DESCRIBE_STRUCT(PoolAccessChange, (), (entitlements, sessionLimit, version))

/// GET .../pools/{pool}/access/check?user=NAME&terminal=NAME
struct AccessCheck
{
    std::string pool;
    std::string user;
    std::string terminal; ///< as asked for; empty: one without a name
    bool allowed = false;
    std::string message; ///< what the user would read, or "allowed"
    std::vector<std::string> because; ///< one sentence for each entitlement that names the user
};
BOOST_DESCRIBE_STRUCT(AccessCheck, (), (pool, user, terminal, allowed, message, because))

struct NewUserGroup
{
    std::string name;
    std::optional<std::vector<std::string>> members; ///< names or ids of users
};
BOOST_DESCRIBE_STRUCT(NewUserGroup, (), (name, members))

struct UserGroupItem
{
    std::string id;
    std::string name;
    std::vector<std::string> members; ///< names of users, in order
};
BOOST_DESCRIBE_STRUCT(UserGroupItem, (), (id, name, members))

/// PATCH /api/v1/admin/groups/{group}
struct UserGroupChange
{
    std::optional<std::vector<std::string>> add; ///< names or ids of users
    std::optional<std::vector<std::string>> remove;
};
BOOST_DESCRIBE_STRUCT(UserGroupChange, (), (add, remove))

struct NewTerminalGroup
{
    std::string name;
    std::vector<std::string> patterns; ///< "icu-*": * is any text, ? any one byte; no case
};
BOOST_DESCRIBE_STRUCT(NewTerminalGroup, (), (name, patterns))

struct TerminalGroupItem
{
    std::string id;
    std::string name;
    std::vector<std::string> patterns;
};
BOOST_DESCRIBE_STRUCT(TerminalGroupItem, (), (id, name, patterns))

/// PATCH /api/v1/admin/terminal-groups/{group}
struct TerminalGroupChange
{
    std::vector<std::string> patterns; ///< in place of the others
};
BOOST_DESCRIBE_STRUCT(TerminalGroupChange, (), (patterns))

/// GET and PATCH /api/v1/admin/limits
struct LimitsItem
{
    std::int64_t sessionsPerUser = 0; ///< at the same time, in all pools together; 0: no limit
};
BOOST_DESCRIBE_STRUCT(LimitsItem, (), (sessionsPerUser))

}
