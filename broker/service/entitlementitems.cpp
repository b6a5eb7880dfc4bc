// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/entitlementitems.h"

#include "broker/pool/access.h"
#include "broker/pool/calendar.h"
#include "broker/service/lookups.h"
#include "protocols/base/encoding.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::size_t mostEntitlements = 500;

template <typename Groups, typename Id> std::string nameIn(const Groups& groups, const Id& id)
{
    const auto found = std::find_if(
        groups.begin(), groups.end(), [&id](const auto& group) { return group.id == id; });
    return found == groups.end() ? id.value() : found->name;
}

std::string subjectName(const Entitlement& entitlement, const AccessNames& names)
{
    if (entitlement.subject == SubjectKind::group)
        return nameIn(names.groups, entitlement.group);
    const auto found = names.users.find(entitlement.user);
    return found == names.users.end() ? entitlement.user.value() : found->second;
}

Result<void> readSubject(Store& store, const OrganisationId& organisation, const AccessNames& names,
    const wire::EntitlementItem& item, Entitlement& into)
{
    if (item.subject == "everybody") {
        into.subject = SubjectKind::everybody;
        if (item.name)
            return failure(Errc::invalidArgument, "'name' is wrong: everybody has none");
        return {};
    }
    if (item.subject != "user" && item.subject != "group")
        return failure(
            Errc::invalidArgument, "'subject' is wrong: everybody, user or group is expected");
    if (!item.name || item.name->empty())
        return failure(Errc::invalidArgument, "'name' of the " + item.subject + " is missing");
    if (item.subject == "user") {
        into.subject = SubjectKind::user;
        return lookUpUser(store, organisation, *item.name).map([&into](const User& user) {
            into.user = user.id;
        });
    }
    into.subject = SubjectKind::group;
    return groupNamed(store, names.groups, *item.name).map([&into](const UserGroup& group) {
        into.group = group.id;
    });
}

Result<void> readHours(const wire::EntitlementItem& item, Entitlement& into)
{
    if (!item.days && !item.from && !item.to)
        return {};
    if (!item.days || !item.from || !item.to)
        return failure(Errc::invalidArgument, "'days', 'from' and 'to' belong together");
    CalendarWindow days;
    if (auto good = readDays(*item.days, days); !good)
        return good;
    if (days.kind != DayKind::weekdays)
        return failure(Errc::invalidArgument,
            "'days' is wrong: weekdays like mon-fri or daily are expected; use 'firstDay' and "
            "'lastDay' for dates");
    const auto from = readTimeOfDay("from", *item.from, false);
    if (!from)
        return tl::unexpected(from.error());
    const auto to = readTimeOfDay("to", *item.to, true);
    if (!to)
        return tl::unexpected(to.error());
    into.hours = WeekHours { .weekdays = days.weekdays, .from = *from, .to = *to };
    return {};
}

Result<void> readBound(
    const char* field, const std::optional<std::string>& text, std::optional<Day>& into)
{
    if (!text)
        return {};
    into = readDay(*text);
    if (!into)
        return failure(Errc::invalidArgument,
            "'" + std::string(field) + "' is wrong: '" + text->substr(0, 64)
                + "'; a day like 2026-12-01 is expected");
    return {};
}

Result<Entitlement> entitlementOf(Store& store, const OrganisationId& organisation,
    const AccessNames& names, const wire::EntitlementItem& item)
{
    Entitlement read;
    auto good = readSubject(store, organisation, names, item, read);
    if (good && item.terminals)
        good = groupNamed(store, names.terminals, *item.terminals)
                   .map([&read](const TerminalGroup& group) { read.terminals = group.id; });
    if (good)
        good = readHours(item, read);
    if (good)
        good = readBound("firstDay", item.firstDay, read.firstDay);
    if (good)
        good = readBound("lastDay", item.lastDay, read.lastDay);
    if (good)
        good = checkTimes(read);
    return good ? Result<Entitlement>(read) : tl::unexpected(good.error());
}

bool saysTheSame(Entitlement a, const Entitlement& b)
{
    a.createdAt = b.createdAt;
    a.createdBy = b.createdBy;
    return a == b;
}

}

Result<AccessNames> readNames(
    Store& store, const OrganisationId& organisation, const std::vector<Entitlement>& entitlements)
{
    AccessNames names;
    auto groups = store.listUserGroups(organisation);
    auto terminals = store.listTerminalGroups(organisation);
    if (!groups || !terminals)
        return tl::unexpected(groups ? terminals.error() : groups.error());
    names.groups = std::move(*groups);
    names.terminals = std::move(*terminals);
    for (const Entitlement& entitlement : entitlements) {
        if (entitlement.subject != SubjectKind::user)
            continue;
        const auto user = store.findUser(entitlement.user);
        if (!user)
            return tl::unexpected(user.error());
        names.users[user->id] = user->name;
    }
    return names;
}

wire::EntitlementItem itemOf(const Entitlement& entitlement, const AccessNames& names)
{
    wire::EntitlementItem item;
    switch (entitlement.subject) {
    case SubjectKind::everybody:
        item.subject = "everybody";
        break;
    case SubjectKind::user:
        item.subject = "user";
        break;
    case SubjectKind::group:
        item.subject = "group";
        break;
    }
    if (entitlement.subject != SubjectKind::everybody)
        item.name = subjectName(entitlement, names);
    if (entitlement.terminals)
        item.terminals = nameIn(names.terminals, *entitlement.terminals);
    if (entitlement.hours) {
        CalendarWindow days;
        days.weekdays = entitlement.hours->weekdays;
        item.days = daysText(days);
        item.from = timeOfDayText(entitlement.hours->from);
        item.to = timeOfDayText(entitlement.hours->to);
    }
    if (entitlement.firstDay)
        item.firstDay = dayText(*entitlement.firstDay);
    if (entitlement.lastDay)
        item.lastDay = dayText(*entitlement.lastDay);
    item.createdAt = entitlement.createdAt.time_since_epoch().count();
    item.createdBy = entitlement.createdBy;
    return item;
}

Result<std::vector<Entitlement>> entitlementsOf(Store& store, const OrganisationId& organisation,
    const wire::PoolAccessChange& change, const std::vector<Entitlement>& present,
    const std::string& by, WallTime now)
{
    if (change.entitlements.size() > mostEntitlements)
        return failure(
            Errc::invalidArgument, "a pool has at most 500 entitlements; put people into groups");
    const auto names = readNames(store, organisation, {}); // all groups, once
    if (!names)
        return tl::unexpected(names.error());
    std::vector<Entitlement> next;
    for (std::size_t i = 0; i < change.entitlements.size(); ++i) {
        auto read = entitlementOf(store, organisation, *names, change.entitlements[i]);
        if (!read)
            return failure(read.error().code,
                "entitlement " + std::to_string(i + 1) + ": " + read.error().detail);
        const auto before = std::find_if(present.begin(), present.end(),
            [&read](const Entitlement& one) { return saysTheSame(one, *read); });
        read->createdAt = before == present.end() ? now : before->createdAt;
        read->createdBy = before == present.end() ? by : before->createdBy;
        next.push_back(std::move(*read));
    }
    return next;
}

std::string entitlementText(const Entitlement& entitlement, const AccessNames& names)
{
    std::string text = entitlement.subject == SubjectKind::everybody ? "everybody"
        : entitlement.subject == SubjectKind::user ? "user " + subjectName(entitlement, names)
                                                   : "group " + subjectName(entitlement, names);
    if (entitlement.terminals)
        text += ", terminals " + nameIn(names.terminals, *entitlement.terminals);
    const std::string times = timesText(entitlement);
    return times == "always" ? text : text + ", " + times;
}

std::string versionOf(const std::vector<Entitlement>& entitlements, std::int64_t sessionLimit)
{
    std::string text = std::to_string(sessionLimit) + '\n';
    for (const Entitlement& entitlement : entitlements)
        text += entitlementText(entitlement, {}) + ' '
            + std::to_string(entitlement.createdAt.time_since_epoch().count()) + '\n';
    return sha256Hex(text).substr(0, 16);
}

}
