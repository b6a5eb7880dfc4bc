// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

Result<void> SqlStore::beginGroup()
{
    Session& own = session();
    if (own.group != Group::none)
        return failure(Errc::internal, "a group is open already");
    own.group = Group::pending;
    return {};
}

Result<void> SqlStore::openSavepoint()
{
    Session& own = session();
    if (own.group == Group::broken)
        return tl::unexpected(own.broken);
    if (own.group == Group::pending) {
        if (Result<int> begun = execute("begin_write"); !begun)
            return tl::unexpected(begun.error());
        own.group = Group::open;
    }
    Result<int> opened = execute("savepoint");
    if (!opened) {
        breakGroup(opened.error());
        return tl::unexpected(opened.error());
    }
    return {};
}

Result<void> SqlStore::closeSavepoint(const Result<void>& done)
{
    // A database that cannot write may have undone the whole transaction by itself.
    if (!done && done.error().code == Errc::storageFull) {
        breakGroup(done.error());
        return done;
    }
    if (session().group == Group::broken)
        return tl::unexpected(session().broken);
    if (!done) {
        if (Result<int> undone = execute("rollback_to_savepoint"); !undone) {
            breakGroup(undone.error());
            return done;
        }
    }
    if (Result<int> released = execute("release_savepoint"); !released) {
        breakGroup(released.error());
        return tl::unexpected(released.error());
    }
    return done;
}

void SqlStore::breakGroup(const Error& error)
{
    Session& own = session();
    own.group = Group::broken;
    own.broken = error;
    static_cast<void>(execute("rollback"));
}

Result<void> SqlStore::commitGroup()
{
    Session& own = session();
    const Group group = std::exchange(own.group, Group::none);
    if (group == Group::broken)
        return tl::unexpected(own.broken);
    if (group != Group::open)
        return {};
    const Result<int> committed = execute("commit");
    if (!committed) {
        static_cast<void>(execute("rollback"));
        return tl::unexpected(committed.error());
    }
    return {};
}

void SqlStore::rollbackGroup()
{
    if (std::exchange(session().group, Group::none) == Group::open)
        static_cast<void>(execute("rollback"));
}

}
