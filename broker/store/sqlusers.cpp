// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"
#include "broker/store/storerules.h"

namespace wardesk::broker {

using sql::value;

Result<Organisation> SqlStore::ensureOrganisation(const OrganisationId& id, const std::string& name)
{
    if (Result<Organisation> present = findOrganisation(name);
        present || present.error().code != Errc::notFound)
        return present;
    const Result<void> inserted = change(Purpose::ordinary, "insert_organisation",
        { { ":id", value(id) }, { ":name", value(name) } });
    // Another broker may have been quicker.
    if (!inserted && inserted.error().code != Errc::conflict)
        return tl::unexpected(inserted.error());
    return findOrganisation(name);
}

Result<Organisation> SqlStore::findOrganisation(const std::string& name)
{
    return selectOne("select_organisation_by_name", { { ":name", value(name) } },
        sql::readOrganisation, "organisation");
}

Result<void> SqlStore::insertUser(const User& user)
{
    return change(Purpose::ordinary, "insert_user",
        { { ":id", value(user.id) }, { ":organisation_id", value(user.organisation) },
            { ":name", value(user.name) }, { ":folded_name", value(rules::foldedName(user.name)) },
            { ":display_name", value(user.displayName) },
            { ":role",
                value(std::string(
                    user.role == Role::administrator ? "administrator" : "clinician")) },
            { ":disabled", value(user.disabled) }, { ":password_hash", value(user.passwordHash) },
            { ":created_at", value(user.createdAt) } });
}

std::string SqlStore::foldedName(const std::string& name) const
{
    return rules::foldedName(name);
}

Result<User> SqlStore::findUserByName(const OrganisationId& organisation, const std::string& name)
{
    return selectOne("select_user_by_name",
        { { ":organisation_id", value(organisation) },
            { ":folded_name", value(rules::foldedName(name)) } },
        sql::readUser, "user");
}

Result<User> SqlStore::findUser(const UserId& id)
{
    return selectOne("select_user_by_id", { { ":id", value(id) } }, sql::readUser, "user");
}

Result<std::vector<User>> SqlStore::listUsers(const OrganisationId& organisation)
{
    return select("select_users", { { ":organisation_id", value(organisation) } }, sql::readUser);
}

Result<void> SqlStore::setPasswordHash(const UserId& id, const std::string& hash)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        const Result<int> changed = execute(
            "update_password_hash", { { ":id", value(id) }, { ":password_hash", value(hash) } });
        if (!changed)
            return tl::unexpected(changed.error());
        if (*changed == 0)
            return failure(Errc::notFound, "there is no such user");
        return execute("revoke_tokens_of_user", { { ":user_id", value(id) } }).map([](int) {});
    });
}

Result<void> SqlStore::setUserDisabled(const UserId& id, bool disabled)
{
    return write(Purpose::ordinary, [&]() -> Result<void> {
        const Result<int> changed = execute(
            "update_user_disabled", { { ":id", value(id) }, { ":disabled", value(disabled) } });
        if (!changed)
            return tl::unexpected(changed.error());
        if (*changed == 0)
            return failure(Errc::notFound, "there is no such user");
        if (!disabled)
            return {};
        return execute("revoke_tokens_of_user", { { ":user_id", value(id) } }).map([](int) {});
    });
}

Result<void> SqlStore::insertToken(const NewToken& token)
{
    return write(Purpose::vital, [&]() -> Result<void> {
        if (token.passwordHash) {
            if (Result<void> locked = lock("lock_user", value(token.user)); !locked)
                return locked;
            const Result<User> user = findUser(token.user);
            if (!user)
                return tl::unexpected(user.error());
            if (!rules::mayHaveToken(*user, token))
                return failure(Errc::stale, "the account was changed meanwhile");
        }
        return execute("insert_token",
            { { ":hash", value(token.hash) }, { ":organisation_id", value(token.organisation) },
                { ":user_id", value(token.user) }, { ":terminal", value(token.terminal) },
                { ":expires_at", value(token.expiresAt) } })
            .map([](int) {});
    });
}

Result<Store::TokenOwner> SqlStore::findTokenOwner(const SecretHash& hash, WallTime now)
{
    Result<TokenOwner> owner = selectOne(
        "select_token_owner", { { ":hash", value(hash) }, { ":now", value(now) } },
        [](sql::Row& row) {
            TokenOwner found;
            found.user = sql::readUser(row);
            found.terminal = row.text();
            found.expiresAt = row.time();
            return found;
        },
        "token");
    if (!owner && owner.error().code == Errc::notFound)
        return failure(Errc::unauthenticated, "please sign in again");
    return owner;
}

Result<void> SqlStore::revokeToken(const SecretHash& hash)
{
    return change(Purpose::vital, "revoke_token", { { ":hash", value(hash) } });
}

Result<void> SqlStore::recordSignInFailure(const std::string& key, WallTime now)
{
    return change(Purpose::ordinary, "insert_sign_in_failure",
        { { ":key", value(key) }, { ":at", value(now) } });
}

Result<int> SqlStore::countSignInFailures(const std::string& key, WallTime since)
{
    return selectOne(
        "count_sign_in_failures", { { ":key", value(key) }, { ":since", value(since) } },
        [](sql::Row& row) { return static_cast<int>(row.number()); }, "count");
}

Result<void> SqlStore::clearSignInFailures(const std::string& key)
{
    return change(Purpose::vital, "delete_sign_in_failures", { { ":key", value(key) } });
}

}
