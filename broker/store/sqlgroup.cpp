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

Result<void> SqlStore::openPart()
{
    Session& own = session();
    if (own.group == Group::broken)
        return tl::unexpected(own.broken);
    if (own.group == Group::pending) {
        // The first part needs no savepoint: nothing is lost when all is undone with it.
        Result<void> begun = begin();
        if (begun)
            own.group = Group::open;
        own.taken = {};
        return begun;
    }
    own.connection->forgetRemedy();
    if (!m_postgres) {
        own.changes = own.connection->changes();
        return {};
    }
    Result<void> opened = command("savepoint");
    if (!opened)
        breakGroup(opened.error());
    return opened;
}

Result<void> SqlStore::closePart(bool isFirst, const Result<void>& done)
{
    Session& own = session();
    if (own.group == Group::broken)
        return tl::unexpected(own.broken);
    if (done) // a savepoint needs no release, and each would be a question to the server
        return done;
    // A database that cannot write may have undone the whole transaction by itself.
    if (done.error().code == Errc::storageFull || own.connection->isSpent()) {
        breakGroup(done.error());
        return done;
    }
    if (isFirst) {
        rollback();
        own.group = Group::pending;
        return done;
    }
    if (!m_postgres) {
        // Seldom has a part changed anything before it fails. A savepoint for each, with a copy of
        // every page, would cost all the others more than running the group's jobs again alone.
        if (own.connection->changes() != own.changes)
            breakGroup(done.error());
        return done;
    }
    if (Result<void> undone = command("rollback_to_savepoint"); !undone) {
        breakGroup(undone.error());
        return done;
    }
    if (Result<void> released = command("release_savepoint"); !released)
        breakGroup(released.error());
    return done;
}

void SqlStore::breakGroup(const Error& error)
{
    Session& own = session();
    own.group = Group::broken;
    own.broken = error;
    own.audit.clear();
    rollback();
}

Result<void> SqlStore::flushAudit()
{
    Session& own = session();
    if (own.audit.empty() || own.group == Group::broken)
        return {};
    Result<void> flushed
        = attemptInGroup([&] { return appendToChain(std::exchange(own.audit, {})); });
    // What was done in the group must not be kept without its records (A10).
    if (!flushed && own.group != Group::broken)
        breakGroup(flushed.error());
    return flushed;
}

Result<void> SqlStore::commitGroup()
{
    Session& own = session();
    Result<void> result = flushAudit();
    if (own.group == Group::open) {
        result = commit();
        if (result)
            noteCommitted();
    } else if (own.group == Group::broken) {
        // Undone for certain, whatever the cause was: each job may be tried by itself.
        result = failure(own.broken.code == Errc::unavailable ? Errc::internal : own.broken.code,
            own.broken.detail);
    }
    own.group = Group::none;
    own.audit.clear();
    return result;
}

void SqlStore::rollbackGroup()
{
    Session& own = session();
    if (std::exchange(own.group, Group::none) == Group::open)
        rollback();
    own.audit.clear();
}

}
