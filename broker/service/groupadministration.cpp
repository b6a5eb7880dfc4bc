// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/groupadministration.h"

#include "broker/pool/access.h"
#include "broker/service/acts.h"
#include "broker/service/lookups.h"
#include "protocols/base/encoding.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

namespace {

constexpr std::size_t mostAtOnce = 5000;

using Names = std::map<UserId, std::string>;

Result<Names> userNames(Store& store, const OrganisationId& organisation)
{
    const auto users = store.listUsers(organisation);
    if (!users)
        return tl::unexpected(users.error());
    Names names;
    for (const User& user : *users)
        names[user.id] = user.name;
    return names;
}

wire::UserGroupItem itemOf(const UserGroup& group, const Names& names)
{
    wire::UserGroupItem item { .id = group.id.value(), .name = group.name, .members = {} };
    for (const UserId& member : group.members) {
        const auto found = names.find(member);
        item.members.push_back(found == names.end() ? member.value() : found->second);
    }
    std::sort(item.members.begin(), item.members.end());
    return item;
}

wire::TerminalGroupItem itemOf(const TerminalGroup& group)
{
    return { .id = group.id.value(), .name = group.name, .patterns = group.patterns };
}

Result<std::vector<UserId>> usersNamed(Store& store, const OrganisationId& organisation,
    const std::optional<std::vector<std::string>>& named)
{
    std::vector<UserId> users;
    if (!named)
        return users;
    if (named->size() > mostAtOnce)
        return failure(Errc::invalidArgument, "at most 5000 users are expected at once");
    for (const std::string& name : *named) {
        const auto user = lookUpUser(store, organisation, name);
        if (!user)
            return tl::unexpected(user.error());
        users.push_back(user->id);
    }
    return users;
}

/// As it is now.
Result<wire::UserGroupItem> itemNamed(
    Store& store, const OrganisationId& organisation, const UserGroupId& id)
{
    const auto group = lookUpUserGroup(store, organisation, id.value());
    const auto names = userNames(store, organisation);
    if (!group || !names)
        return tl::unexpected(group ? names.error() : group.error());
    return itemOf(*group, *names);
}

/// ", added: anna, bert and 3 more": for the audit, which says who, and stays readable.
std::string listed(const char* what, const std::vector<std::string>& names)
{
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
        text += (i == 0 ? std::string(", ") + what + ": " : std::string(", "))
            + names[i].substr(0, 64);
    return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more"
                               : text;
}

std::string listed(const char* what, const std::optional<std::vector<std::string>>& names)
{
    return names ? listed(what, *names) : std::string();
}

/// A conflict of removing a group says which pools name it.
template <typename Names>
Result<bool> withPools(
    Store& store, const OrganisationId& organisation, const Result<void>& removed, Names names)
{
    if (removed)
        return true;
    const auto pools = store.listPools(organisation);
    if (removed.error().code != Errc::conflict || !pools)
        return tl::unexpected(removed.error());
    std::string text;
    for (const Pool& pool : *pools) {
        const auto entitlements = store.listEntitlements(pool.id);
        if (entitlements && std::any_of(entitlements->begin(), entitlements->end(), names))
            text += (text.empty() ? "" : ", ") + pool.name;
    }
    return failure(Errc::conflict,
        "Entitlements of these pools name it: " + text
            + ". Take them away first: wardeskctl pool access remove");
}

}

GroupAdministration::GroupAdministration(Shell& shell, EventHub& events)
    : m_shell(shell)
    , m_events(events)
{
}

template <typename Item, typename Work>
void GroupAdministration::act(
    const Principal& who, const char* action, const std::string& object, Work work, Done<Item> done)
{
    audited<Item>(m_shell, noteOf(who, action, object.substr(0, 64)), std::move(work),
        [this, organisation = who.user.organisation, done](Result<Item> item) {
            if (item)
                m_events.desktopsChanged(organisation);
            done(std::move(item));
        });
}

void GroupAdministration::list(const Principal& who, Done<wire::ItemList<wire::UserGroupItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) -> Result<wire::ItemList<wire::UserGroupItem>> {
            const auto groups = store.listUserGroups(organisation);
            const auto names = userNames(store, organisation);
            if (!groups || !names)
                return tl::unexpected(groups ? names.error() : groups.error());
            wire::ItemList<wire::UserGroupItem> list;
            for (const UserGroup& group : *groups)
                list.items.push_back(itemOf(group, *names));
            return list;
        },
        std::move(done));
}

void GroupAdministration::add(
    const Principal& who, const wire::NewUserGroup& request, Done<wire::UserGroupItem> done)
{
    act<wire::UserGroupItem>(
        who, "group.create", request.name,
        [organisation = who.user.organisation, request](
            Store& store, AuditNote& note) -> Result<wire::UserGroupItem> {
            if (auto good = checkName("name", request.name); !good)
                return tl::unexpected(good.error());
            const auto members = usersNamed(store, organisation, request.members);
            if (!members)
                return tl::unexpected(members.error());
            note.detail += listed("members", request.members);
            const UserGroup group { .id = UserGroupId(randomUuid()),
                .organisation = organisation,
                .name = request.name,
                .members = *members };
            if (auto inserted
                = namedConflict(store.insertUserGroup(group), "a group", request.name);
                !inserted)
                return tl::unexpected(inserted.error());
            return itemNamed(store, organisation, group.id);
        },
        std::move(done));
}

void GroupAdministration::change(const Principal& who, const std::string& named,
    const wire::UserGroupChange& request, Done<wire::UserGroupItem> done)
{
    act<wire::UserGroupItem>(
        who, "group.change", named,
        [organisation = who.user.organisation, named, request](
            Store& store, AuditNote& note) -> Result<wire::UserGroupItem> {
            const auto group = lookUpUserGroup(store, organisation, named);
            if (!group)
                return tl::unexpected(group.error());
            note.object = group->name;
            const auto added = usersNamed(store, organisation, request.add);
            const auto removed = usersNamed(store, organisation, request.remove);
            if (!added || !removed)
                return tl::unexpected(added ? removed.error() : added.error());
            note.detail += listed("added", request.add) + listed("removed", request.remove);
            if (auto changed = store.changeMembers(organisation, group->id, *added, *removed);
                !changed)
                return tl::unexpected(changed.error());
            return itemNamed(store, organisation, group->id);
        },
        std::move(done));
}

void GroupAdministration::remove(const Principal& who, const std::string& named, Done<bool> done)
{
    act<bool>(
        who, "group.delete", named,
        [organisation = who.user.organisation, named](
            Store& store, AuditNote& note) -> Result<bool> {
            const auto group = lookUpUserGroup(store, organisation, named);
            if (!group)
                return tl::unexpected(group.error());
            note.object = group->name;
            return withPools(store, organisation, store.removeUserGroup(organisation, group->id),
                [&group](const Entitlement& one) { return one.group == group->id; });
        },
        std::move(done));
}

void GroupAdministration::listTerminals(
    const Principal& who, Done<wire::ItemList<wire::TerminalGroupItem>> done)
{
    onStore(
        m_shell, Urgency::first,
        [organisation = who.user.organisation](
            Store& store) -> Result<wire::ItemList<wire::TerminalGroupItem>> {
            const auto groups = store.listTerminalGroups(organisation);
            if (!groups)
                return tl::unexpected(groups.error());
            wire::ItemList<wire::TerminalGroupItem> list;
            for (const TerminalGroup& group : *groups)
                list.items.push_back(itemOf(group));
            return list;
        },
        std::move(done));
}

void GroupAdministration::addTerminals(
    const Principal& who, const wire::NewTerminalGroup& request, Done<wire::TerminalGroupItem> done)
{
    act<wire::TerminalGroupItem>(
        who, "terminalgroup.create", request.name,
        [organisation = who.user.organisation, request](
            Store& store, AuditNote& note) -> Result<wire::TerminalGroupItem> {
            note.detail += listed("patterns", request.patterns);
            if (auto good = checkName("name", request.name); !good)
                return tl::unexpected(good.error());
            if (auto good = checkPatterns(request.patterns); !good)
                return tl::unexpected(good.error());
            const TerminalGroup group { .id = TerminalGroupId(randomUuid()),
                .organisation = organisation,
                .name = request.name,
                .patterns = request.patterns };
            if (auto inserted
                = namedConflict(store.insertTerminalGroup(group), "a terminal group", request.name);
                !inserted)
                return tl::unexpected(inserted.error());
            return itemOf(group);
        },
        std::move(done));
}

void GroupAdministration::changeTerminals(const Principal& who, const std::string& named,
    const wire::TerminalGroupChange& request, Done<wire::TerminalGroupItem> done)
{
    act<wire::TerminalGroupItem>(
        who, "terminalgroup.change", named,
        [organisation = who.user.organisation, named, request](
            Store& store, AuditNote& note) -> Result<wire::TerminalGroupItem> {
            auto group = lookUpTerminalGroup(store, organisation, named);
            if (!group)
                return tl::unexpected(group.error());
            note.object = group->name;
            note.detail += listed("patterns", request.patterns);
            if (auto good = checkPatterns(request.patterns); !good)
                return tl::unexpected(good.error());
            if (auto set = store.replacePatterns(organisation, group->id, request.patterns); !set)
                return tl::unexpected(set.error());
            group->patterns = request.patterns;
            return itemOf(*group);
        },
        std::move(done));
}

void GroupAdministration::removeTerminals(
    const Principal& who, const std::string& named, Done<bool> done)
{
    act<bool>(
        who, "terminalgroup.delete", named,
        [organisation = who.user.organisation, named](
            Store& store, AuditNote& note) -> Result<bool> {
            const auto group = lookUpTerminalGroup(store, organisation, named);
            if (!group)
                return tl::unexpected(group.error());
            note.object = group->name;
            return withPools(store, organisation,
                store.removeTerminalGroup(organisation, group->id),
                [&group](const Entitlement& one) { return one.terminals == group->id; });
        },
        std::move(done));
}

}
