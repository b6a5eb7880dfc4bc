// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/wire/accessmessages.h"

namespace wardesk::ctl::accesscommands {

namespace {

std::string pathOf(const std::string& pool)
{
    return "/api/v1/admin/pools/" + pathStep(pool) + "/access";
}

std::string whoOf(const wire::EntitlementItem& item)
{
    return item.name ? item.subject + ' ' + *item.name : item.subject;
}

std::string whereOf(const wire::EntitlementItem& item)
{
    return item.terminals ? "terminals " + *item.terminals : "everywhere";
}

std::string whenOf(const wire::EntitlementItem& item)
{
    std::string text;
    if (item.days)
        text = *item.days + ' ' + item.from.value_or("00:00") + '-' + item.to.value_or("24:00");
    if (item.firstDay)
        text += (text.empty() ? "from " : ", from ") + *item.firstDay;
    if (item.lastDay)
        text += (text.empty() ? "until " : ", until ") + *item.lastDay;
    return text.empty() ? "always" : text;
}

void showOutside(const Context& c, const std::vector<std::string>& users)
{
    if (users.empty())
        return;
    c.printLine("They have a session, which goes on, and may not open it again:");
    for (const std::string& user : users)
        c.printLine("  " + printable(user));
    c.printLine("'wardeskctl session logoff USER' ends one, with what is not saved in it.");
}

void show(const Context& c, const wire::PoolAccessItem& item)
{
    if (item.entitlements.empty()) {
        c.printLine("Nobody may use this pool. wardeskctl pool access add " + printable(item.pool)
            + " --everybody (or --user, --group) lets people in.");
    } else {
        Table table({ "NUMBER", "WHO", "WHERE", "WHEN", "SINCE", "BY" });
        for (std::size_t i = 0; i < item.entitlements.size(); ++i) {
            const wire::EntitlementItem& one = item.entitlements[i];
            table.add({ std::to_string(i + 1), whoOf(one), whereOf(one), whenOf(one),
                shortTimeText(one.createdAt), one.createdBy.value_or("") });
        }
        c.printTable(table);
        c.printLine("Days and hours of WHEN are of " + printable(item.timeZone) + '.');
    }
    c.printLine("Session limit of the pool: "
        + (item.sessionLimit == 0 ? "none" : std::to_string(item.sessionLimit))
        + ". Open sessions: " + std::to_string(item.openSessions) + '.');
    showOutside(c, item.outside);
}

/// By its number somebody may have taken away another one than he had read of: he is told which.
std::string goneFrom(const std::vector<wire::EntitlementItem>& before,
    const std::vector<wire::EntitlementItem>& after)
{
    if (after.size() + 1 != before.size())
        return {};
    std::size_t first = 0;
    while (first < after.size() && wire::encode(before[first]) == wire::encode(after[first]))
        ++first;
    const wire::EntitlementItem& gone = before[first];
    return whoOf(gone) + ", " + whereOf(gone) + ", " + whenOf(gone);
}

/// Reads the list, changes it and writes it, unless somebody else did so meanwhile.
Result<void> change(Context& c, const std::string& pool,
    const std::function<Result<void>(wire::PoolAccessChange&)>& how)
{
    const auto body = c.api().get(pathOf(pool));
    if (!body)
        return tl::unexpected(body.error());
    const auto present = wire::decode<wire::PoolAccessItem>(*body);
    if (!present)
        return tl::unexpected(Context::notUnderstood(present.error()));
    wire::PoolAccessChange next;
    next.entitlements = present->entitlements;
    next.version = present->version;
    if (auto changed = how(next); !changed)
        return changed;
    const std::string gone = goneFrom(present->entitlements, next.entitlements);
    return c.print<wire::PoolAccessItem>(
        c.api().post(pathOf(pool), wire::encode(next)), [&c, &gone](const auto& item) {
            if (!gone.empty())
                c.printLine("Taken away: " + printable(gone) + '.');
            show(c, item);
        });
}

struct PoolName
{
    std::string name;
};

void definePool(CLI::App& command, PoolName& pool)
{
    command.add_option("pool", pool.name, "Name or id of the pool")->required();
}

Result<void> showAccess(Context& c, const PoolName& pool)
{
    return c.print<wire::PoolAccessItem>(
        c.api().get(pathOf(pool.name)), [&c](const auto& item) { show(c, item); });
}

Result<void> clear(Context& c, const PoolName& pool)
{
    return change(c, pool.name, [](wire::PoolAccessChange& access) -> Result<void> {
        access.entitlements.clear();
        return {};
    });
}

struct AddOptions
{
    std::string pool;
    bool everybody = false;
    std::optional<std::string> user;
    std::optional<std::string> group;
    wire::EntitlementItem item;
};

void defineAdd(CLI::App& command, AddOptions& options)
{
    wire::EntitlementItem& item = options.item;
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_flag("--everybody", options.everybody, "Every user, also those added later");
    command.add_option("--user", options.user, "One user, by name");
    command.add_option("--group", options.group, "Whoever is in this group (wardeskctl group)");
    command
        .add_option("--terminals", item.terminals,
            "Only at terminals of this group (wardeskctl terminal-group)")
        ->type_name("GROUP");
    command.add_option("--days", item.days, "Only on mon-fri, sat,sun or so (daily)")
        ->type_name("DAYS");
    command.add_option("--from", item.from, "06:30, in the pool's time zone (00:00)")
        ->type_name("TIME");
    command.add_option("--to", item.to, "20:00; not later than --from: of the next day (24:00)")
        ->type_name("TIME");
    command.add_option("--first-day", item.firstDay, "2026-12-01: not before")->type_name("DAY");
    command.add_option("--last-day", item.lastDay, "2026-12-31: not after it")->type_name("DAY");
}

Result<wire::EntitlementItem> entitlementOf(const AddOptions& options)
{
    if (options.everybody + options.user.has_value() + options.group.has_value() != 1)
        return failure(Errc::invalidArgument,
            "say who, by exactly one of --everybody, --user NAME and --group NAME");
    wire::EntitlementItem item = options.item;
    item.subject = options.everybody ? "everybody" : options.user ? "user" : "group";
    item.name = options.user ? options.user : options.group;
    if (item.days || item.from || item.to) {
        item.days = item.days.value_or("daily");
        item.from = item.from.value_or("00:00");
        item.to = item.to.value_or("24:00");
    }
    return item;
}

Result<void> add(Context& c, const AddOptions& options)
{
    const auto item = entitlementOf(options);
    if (!item)
        return tl::unexpected(item.error());
    return change(c, options.pool, [&item](wire::PoolAccessChange& access) -> Result<void> {
        access.entitlements.push_back(*item);
        return {};
    });
}

struct RemoveOptions
{
    std::string pool;
    std::size_t number = 0;
};

void defineRemove(CLI::App& command, RemoveOptions& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("number", options.number, "As 'pool access show' numbers it")->required();
}

Result<void> remove(Context& c, const RemoveOptions& options)
{
    return change(c, options.pool, [&options](wire::PoolAccessChange& access) -> Result<void> {
        if (options.number < 1 || options.number > access.entitlements.size())
            return failure(Errc::notFound,
                "the list has no number " + std::to_string(options.number)
                    + ": see 'wardeskctl pool access show'");
        access.entitlements.erase(
            access.entitlements.begin() + static_cast<std::ptrdiff_t>(options.number - 1));
        return {};
    });
}

struct LimitOptions
{
    std::string pool;
    std::int64_t sessions = 0;
};

void defineLimit(CLI::App& command, LimitOptions& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("sessions", options.sessions, "At the same time; 0: no limit")->required();
}

Result<void> setLimit(Context& c, const LimitOptions& options)
{
    return change(c, options.pool, [&options](wire::PoolAccessChange& access) -> Result<void> {
        access.sessionLimit = options.sessions;
        return {};
    });
}

struct CheckOptions
{
    std::string pool;
    std::string user;
    std::optional<std::string> terminal;
};

void defineCheck(CLI::App& command, CheckOptions& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("user", options.user, "Name or id of the user")->required();
    command
        .add_option(
            "--terminal", options.terminal, "What the terminal calls itself (one without a name)")
        ->type_name("NAME");
}

Result<void> check(Context& c, const CheckOptions& options)
{
    std::string path = pathOf(options.pool) + "/check?user=" + pathStep(options.user);
    if (options.terminal)
        path += "&terminal=" + pathStep(*options.terminal);
    const auto body = c.api().get(path);
    if (!body)
        return tl::unexpected(body.error());
    const auto answer = wire::decode<wire::AccessCheck>(*body);
    if (!answer)
        return tl::unexpected(Context::notUnderstood(answer.error()));
    const std::string at = answer->terminal.empty() ? " at a terminal without a name"
                                                    : " at " + printable(answer->terminal);
    if (c.settings.json) {
        c.printLine(*body);
    } else {
        c.printLine(printable(answer->user) + at + ": " + printable(answer->message));
        for (const std::string& words : answer->because)
            c.printLine("  " + printable(words));
    }
    if (!answer->allowed) // scripts look at the exit code
        return failure(Errc::forbidden,
            printable(answer->user) + " may not use " + printable(answer->pool) + " now" + at);
    return {};
}

}

void addTo(CLI::App& pools, Context& context)
{
    CLI::App* group = addGroup(
        pools, "access", "Who may use a pool, where and when; without an entitlement nobody may");
    addCommand<PoolName>(*group, context, "show",
        "Show who may use a pool, its session limit, and who has a session but may not any more",
        definePool, showAccess);
    addCommand<AddOptions>(*group, context, "add",
        "Entitle somebody; all that is named must hold, and one entitlement that holds is enough",
        defineAdd, add);
    addCommand<RemoveOptions>(*group, context, "remove",
        "Take an entitlement out again; sessions that run go on", defineRemove, remove);
    addCommand<PoolName>(*group, context, "clear",
        "Take all out: nobody may use the pool; sessions that run go on", definePool, clear);
    addCommand<LimitOptions>(*group, context, "limit",
        "How many sessions of a pool there may be at the same time", defineLimit, setLimit);
    addCommand<CheckOptions>(*group, context, "check",
        "Whether a user may use a pool now, and why; exit code 4 when not", defineCheck, check);
}

}
