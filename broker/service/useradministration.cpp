// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/useradministration.h"

#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "protocols/base/encoding.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

wire::UserItem itemOf(const User& user)
{
    return { .id = user.id.value(),
        .name = user.name,
        .displayName = user.displayName,
        .admin = user.role == Role::administrator,
        .disabled = user.disabled,
        .createdAt = user.createdAt.time_since_epoch().count() };
}

}

Result<void> checkPassword(std::string_view password)
{
    if (password.size() < 8 || password.size() > 1024)
        return failure(Errc::invalidArgument, "'password' is wrong: 8 to 1024 bytes are expected");
    return {};
}

UserAdministration::UserAdministration(Shell& shell, EventHub& events, SessionControl& sessions)
    : m_shell(shell)
    , m_events(events)
    , m_sessions(sessions)
{
}

void UserAdministration::list(const Principal& who, Done<wire::ItemList<wire::UserItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) -> Result<wire::ItemList<wire::UserItem>> {
            const auto users = store.listUsers(organisation);
            if (!users)
                return tl::unexpected(users.error());
            wire::ItemList<wire::UserItem> list;
            for (const User& user : *users)
                list.items.push_back(itemOf(user));
            std::sort(list.items.begin(), list.items.end(),
                [](const auto& a, const auto& b) { return a.name < b.name; });
            return list;
        },
        std::move(done));
}

void UserAdministration::add(
    const Principal& who, const wire::NewUser& request, Done<wire::UserItem> done)
{
    User user;
    user.id = UserId(randomUuid());
    user.organisation = who.user.organisation;
    user.name = request.name;
    user.displayName = request.displayName.value_or(request.name);
    user.role = request.admin.value_or(false) ? Role::administrator : Role::clinician;
    user.createdAt = m_shell.clock.wall();
    const auto insert = [this, who, done](User withHash, const std::optional<Error>& refused) {
        AuditNote note = noteOf(who, "user.add", withHash.name.substr(0, 64));
        if (withHash.role == Role::administrator)
            note.detail += ", administrator";
        audited<wire::UserItem>(
            m_shell, std::move(note),
            [withHash = std::move(withHash), refused](
                Store& store, AuditNote&) -> Result<wire::UserItem> {
                if (refused)
                    return tl::unexpected(*refused);
                if (auto inserted
                    = namedConflict(store.insertUser(withHash), "a user", withHash.name);
                    !inserted)
                    return tl::unexpected(inserted.error());
                return itemOf(withHash);
            },
            done);
    };
    std::optional<Error> refused;
    if (auto good = checkName("name", user.name); !good)
        refused = good.error();
    else if (auto fine = checkPassword(request.password); !fine)
        refused = fine.error();
    else if (user.displayName.size() > 200)
        refused = Error { Errc::invalidArgument, "'displayName' is wrong: at most 200 bytes" };
    if (refused) {
        insert(std::move(user), refused);
        return;
    }
    onHasher(
        m_shell,
        [password = Secret(request.password)](
            const PasswordHasher& hasher) { return hasher.hash(password); },
        [user = std::move(user), insert](Result<std::string> hash) mutable {
            if (hash)
                user.passwordHash = std::move(*hash);
            insert(std::move(user), hash ? std::optional<Error>() : hash.error());
        });
}

void UserAdministration::setPassword(const Principal& who, const std::string& named,
    const wire::NewPassword& request, Done<bool> done)
{
    const auto store = [this, who, named, done](Result<std::string> hash) {
        audited<UserId>(
            m_shell, noteOf(who, "user.password", named.substr(0, 64)),
            [organisation = who.user.organisation, named, hash = std::move(hash)](
                Store& database, AuditNote& note) -> Result<UserId> {
                if (!hash)
                    return tl::unexpected(hash.error());
                const auto user = lookUpUser(database, organisation, named);
                if (!user)
                    return tl::unexpected(user.error());
                note.object = user->name;
                if (auto set = database.setPasswordHash(user->id, *hash); !set)
                    return tl::unexpected(set.error());
                return user->id;
            },
            [this, done](Result<UserId> user) {
                if (!user) {
                    done(tl::unexpected(user.error()));
                    return;
                }
                m_events.endUser(*user, "Your password was changed. Sign in again.");
                done(true);
            });
    };
    if (auto good = checkPassword(request.password); !good) {
        store(tl::unexpected(good.error()));
        return;
    }
    onHasher(
        m_shell,
        [password = Secret(request.password)](
            const PasswordHasher& hasher) { return hasher.hash(password); },
        store);
}

namespace {

struct ChangedUser
{
    User user;
    std::vector<Lease> closed;
};

Result<ChangedUser> changeUser(Store& store, const Principal& who, const std::string& named,
    const wire::UserChange& request, AuditNote& note, WallTime now)
{
    const bool endSessions = request.endSessions.value_or(false);
    note.detail += request.disabled ? ", off" : ", on";
    const auto user = lookUpUser(store, who.user.organisation, named);
    if (!user)
        return tl::unexpected(user.error());
    note.object = user->name;
    // So that somebody is left who can switch people on again.
    if (request.disabled && user->id == who.user.id)
        return failure(
            Errc::conflict, "You cannot switch yourself off. Ask another administrator.");
    if (endSessions && !request.disabled)
        return failure(Errc::invalidArgument,
            "'endSessions' is wrong: sessions are ended only of a user who is switched off");
    ChangedUser changed { *user, {} };
    changed.user.disabled = request.disabled;
    // First: a connect that comes in between must find the door closed.
    if (auto set = store.setUserDisabled(user->id, request.disabled); !set)
        return tl::unexpected(set.error());
    if (!endSessions)
        return changed;
    const auto leases = store.listOpenLeasesOf(user->id);
    if (!leases)
        return tl::unexpected(leases.error());
    for (const Lease& lease : *leases) {
        if (auto closed = store.closeLease(lease.id, CloseReason::endedByAdmin, now); !closed)
            return tl::unexpected(closed.error());
        note.detail += ", lease " + lease.id.value() + " ended";
        changed.closed.push_back(lease);
    }
    return changed;
}

}

void UserAdministration::change(const Principal& who, const std::string& named,
    const wire::UserChange& request, Done<wire::UserItem> done)
{
    audited<ChangedUser>(
        m_shell, noteOf(who, "user.change", named.substr(0, 64)),
        [who, named, request, now = m_shell.clock.wall()](Store& store, AuditNote& note) {
            return changeUser(store, who, named, request, note, now);
        },
        [this, done](Result<ChangedUser> changed) {
            if (!changed) {
                done(tl::unexpected(changed.error()));
                return;
            }
            for (const Lease& lease : changed->closed)
                m_sessions.announceClosed(lease, "IT ended your session.");
            if (changed->user.disabled)
                m_events.endUser(changed->user.id, "Your account was switched off. Ask IT.");
            done(itemOf(changed->user));
        });
}

void UserAdministration::listAudit(
    const Principal& who, std::int64_t after, int limit, Done<wire::ItemList<wire::AuditItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation, after, limit](
            Store& store) -> Result<wire::ItemList<wire::AuditItem>> {
            const auto records = store.listAudit(organisation, after, limit);
            if (!records)
                return tl::unexpected(records.error());
            wire::ItemList<wire::AuditItem> list;
            for (const AuditRecord& record : *records)
                list.items.push_back({ .number = record.number,
                    .at = record.at.time_since_epoch().count(),
                    .actor = record.actor,
                    .action = record.action,
                    .object = record.object,
                    .outcome = record.outcome,
                    .detail = record.detail,
                    .hash = record.hash });
            return list;
        },
        std::move(done));
}

void UserAdministration::verifyAudit(const Principal&, Done<std::int64_t> done)
{
    onStore(
        m_shell, Urgency::usual, [](Store& store) { return store.verifyAudit(); }, std::move(done));
}

}
