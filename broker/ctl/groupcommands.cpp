// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/wire/accessmessages.h"

#include <algorithm>

#include <QString>

namespace wardesk::ctl::groupcommands {

namespace {

const std::string userGroups = "/api/v1/admin/groups";
const std::string terminalGroups = "/api/v1/admin/terminal-groups";
const std::string limits = "/api/v1/admin/limits";

const std::string namesProveNothing
    = "A terminal's name is what the client calls itself and proves nothing until terminals are\n"
      "enrolled: this prevents mistakes, not attacks.";

struct GroupName
{
    std::string name;
};

void defineGroup(CLI::App& command, GroupName& group)
{
    command.add_option("group", group.name, "Name or id of the group")->required();
}

void show(const Context& c, const wire::UserGroupItem& item)
{
    Table table({ "GROUP", printable(item.name) });
    table.add({ "id", item.id });
    table.add({ "members", std::to_string(item.members.size()) });
    for (const std::string& member : item.members)
        table.add({ "member", member });
    c.printTable(table);
}

Result<void> listUsers(Context& c, const NoOptions&)
{
    return c.print<wire::ItemList<wire::UserGroupItem>>(
        c.api().get(userGroups), [&c](const auto& answer) {
            Table table({ "NAME", "MEMBERS", "ID" });
            for (const wire::UserGroupItem& item : answer.items)
                table.add({ item.name, std::to_string(item.members.size()), item.id });
            c.printTable(table);
        });
}

/// As the broker compares names of groups.
bool isSame(const std::string& a, const std::string& b)
{
    return QString::fromStdString(a).compare(QString::fromStdString(b), Qt::CaseInsensitive) == 0;
}

/// The broker has no question for one group.
Result<std::string> oneOf(Context& c, const std::string& name)
{
    const auto body = c.api().get(userGroups);
    if (!body)
        return tl::unexpected(body.error());
    const auto all = wire::decode<wire::ItemList<wire::UserGroupItem>>(*body);
    if (!all)
        return tl::unexpected(Context::notUnderstood(all.error()));
    const auto found = std::find_if(all->items.begin(), all->items.end(),
        [&name](const auto& item) { return item.id == name || isSame(item.name, name); });
    if (found == all->items.end())
        return failure(Errc::notFound, "there is no group '" + name + "'");
    return wire::encode(*found);
}

Result<void> showUsers(Context& c, const GroupName& group)
{
    return c.print<wire::UserGroupItem>(
        oneOf(c, group.name), [&c](const auto& item) { show(c, item); });
}

struct NewGroup
{
    std::string name;
    std::vector<std::string> members;
};

void defineCreate(CLI::App& command, NewGroup& options)
{
    command.add_option("name", options.name, "Name of the group")->required();
    command.add_option("--member", options.members, "Names or ids of users")->type_name("USER");
}

Result<void> create(Context& c, const NewGroup& options)
{
    wire::NewUserGroup group;
    group.name = options.name;
    if (!options.members.empty())
        group.members = options.members;
    return c.print<wire::UserGroupItem>(
        c.api().post(userGroups, wire::encode(group)), [&c](const auto& item) { show(c, item); });
}

struct Members
{
    std::string group;
    std::vector<std::string> users;
};

void defineMembers(CLI::App& command, Members& options)
{
    command.add_option("group", options.group, "Name or id of the group")->required();
    command.add_option("users", options.users, "Names or ids of users")->required();
}

Result<void> change(Context& c, const std::string& group, const wire::UserGroupChange& wish)
{
    return c.print<wire::UserGroupItem>(
        c.api().patch(userGroups + '/' + pathStep(group), wire::encode(wish)),
        [&c](const auto& item) { show(c, item); });
}

Result<void> addMembers(Context& c, const Members& options)
{
    wire::UserGroupChange wish;
    wish.add = options.users;
    return change(c, options.group, wish);
}

Result<void> removeMembers(Context& c, const Members& options)
{
    wire::UserGroupChange wish;
    wish.remove = options.users;
    return change(c, options.group, wish);
}

/// Deletes a group of either kind.
std::function<Result<void>(Context&, const GroupName&)> deleting(const std::string& groups)
{
    return [groups](Context& c, const GroupName& group) {
        return c.confirm(c.api().remove(groups + '/' + pathStep(group.name)),
            "Deleted " + printable(group.name) + ".");
    };
}

Table tableOf(const std::vector<wire::TerminalGroupItem>& items)
{
    Table table({ "NAME", "MATCH", "ID" });
    for (const wire::TerminalGroupItem& item : items) {
        std::string patterns;
        for (const std::string& pattern : item.patterns)
            patterns += (patterns.empty() ? "" : " ") + pattern;
        table.add({ item.name, patterns, item.id });
    }
    return table;
}

Result<void> listTerminals(Context& c, const NoOptions&)
{
    return c.print<wire::ItemList<wire::TerminalGroupItem>>(c.api().get(terminalGroups),
        [&c](const auto& answer) { c.printTable(tableOf(answer.items)); });
}

void defineTerminals(CLI::App& command, wire::NewTerminalGroup& group)
{
    command.add_option("name", group.name, "Name of the group")->required();
    command
        .add_option("--match", group.patterns,
            "Names of terminals: 'icu-*' 'bed-0?'; * is any text, ? one byte, case is ignored")
        ->required()
        ->type_name("PATTERN");
}

Result<void> createTerminals(Context& c, const wire::NewTerminalGroup& group)
{
    return c.print<wire::TerminalGroupItem>(c.api().post(terminalGroups, wire::encode(group)),
        [&c](const auto& item) { c.printTable(tableOf({ item })); });
}

Result<void> setTerminals(Context& c, const wire::NewTerminalGroup& group)
{
    return c.print<wire::TerminalGroupItem>(
        c.api().patch(terminalGroups + '/' + pathStep(group.name),
            wire::encode(wire::TerminalGroupChange { group.patterns })),
        [&c](const auto& item) { c.printTable(tableOf({ item })); });
}

void show(const Context& c, const wire::LimitsItem& item)
{
    c.printLine("Sessions of one user at the same time, in all pools together: "
        + (item.sessionsPerUser == 0 ? "no limit" : std::to_string(item.sessionsPerUser))
        + ". A pool's own limit: wardeskctl pool access limit.");
}

Result<void> showLimits(Context& c, const NoOptions&)
{
    return c.print<wire::LimitsItem>(
        c.api().get(limits), [&c](const auto& item) { show(c, item); });
}

void defineLimits(CLI::App& command, wire::LimitsItem& options)
{
    command
        .add_option("--sessions-per-user", options.sessionsPerUser,
            "At the same time, in all pools together; 0: no limit")
        ->required()
        ->type_name("NUMBER");
}

Result<void> setLimits(Context& c, const wire::LimitsItem& options)
{
    return c.print<wire::LimitsItem>(
        c.api().patch(limits, wire::encode(options)), [&c](const auto& item) { show(c, item); });
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "group", "Groups of users, for 'pool access add --group'");
    addCommand<NoOptions>(*group, context, "list", "List groups of users", noOptions, listUsers);
    addCommand<GroupName>(
        *group, context, "show", "Show who is in a group", defineGroup, showUsers);
    addCommand<NewGroup>(*group, context, "create", "Make a group", defineCreate, create);
    addCommand<Members>(
        *group, context, "add", "Put users into a group", defineMembers, addMembers);
    addCommand<Members>(*group, context, "remove",
        "Take users out of a group; their sessions go on", defineMembers, removeMembers);
    addCommand<GroupName>(*group, context, "delete",
        "Remove a group; refused while an entitlement names it", defineGroup, deleting(userGroups));

    CLI::App* terminals
        = addGroup(app, "terminal-group", "Groups of terminals, for 'pool access add --terminals'");
    terminals->footer(namesProveNothing + "\n\n" + app.get_footer());
    addCommand<NoOptions>(
        *terminals, context, "list", "List groups of terminals", noOptions, listTerminals);
    addCommand<wire::NewTerminalGroup>(*terminals, context, "create",
        "Make a group of the terminals with such names", defineTerminals, createTerminals);
    addCommand<wire::NewTerminalGroup>(*terminals, context, "set",
        "Give a group other patterns in place of those it has", defineTerminals, setTerminals);
    addCommand<GroupName>(*terminals, context, "delete",
        "Remove a group; refused while an entitlement names it", defineGroup,
        deleting(terminalGroups));

    CLI::App* limit = addGroup(app, "limits", "How many sessions a user may have");
    addCommand<NoOptions>(*limit, context, "show", "Show the limit", noOptions, showLimits);
    addCommand<wire::LimitsItem>(*limit, context, "set",
        "Change the limit; sessions that run go on", defineLimits, setLimits);
}

}
