// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/base/counted.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl::poollifecommands {

namespace {

std::string pathOf(const std::string& pool, const char* part)
{
    return "/api/v1/admin/pools/" + pathStep(pool) + '/' + part;
}

struct MaintenanceOptions
{
    std::string pool;
    std::string state;
    wire::MaintenanceChange change;
};

void defineMaintenance(CLI::App& command, MaintenanceOptions& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("state", options.state, "on or off")
        ->required()
        ->check(CLI::IsMember({ "on", "off" }));
    command.add_option("--reason", options.change.reason, "For the clinicians, one line");
    command
        .add_option("--until", options.change.until,
            "What they are told: 14:00 or '2026-12-24 14:00', local time of the pool")
        ->type_name("TIME");
}

Result<void> setMaintenance(Context& c, const MaintenanceOptions& options)
{
    wire::MaintenanceChange change = options.change;
    change.on = options.state == "on";
    if (change.on && !change.reason)
        return failure(Errc::invalidArgument,
            "--reason is missing: clinicians are told it when they ask for a desktop");
    return c.print<wire::PoolItem>(
        c.api().post(pathOf(options.pool, "maintenance"), wire::encode(change)),
        [&c](const wire::PoolItem& item) {
            const std::string name = printable(item.name);
            if (!item.maintenance) {
                c.printLine(name + " gives out desktops again.");
                return;
            }
            c.printLine(name + " is in maintenance: nobody gets a new desktop of it. "
                + counted(item.inUse, "session goes", "sessions go") + " on. End it with"
                + " 'wardeskctl pool maintenance " + name + " off'.");
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

void tell(const Context& c, const char* heading, const std::vector<std::string>& sentences)
{
    if (sentences.empty())
        return;
    c.printLine(heading);
    for (const std::string& words : sentences)
        c.printLine("  " + printable(words));
}

Result<void> explain(Context& c, const PoolName& pool)
{
    return c.print<wire::PoolExplanation>(
        c.api().get(pathOf(pool.name, "explanation")), [&c](const wire::PoolExplanation& told) {
            c.printLine(printable(told.summary));
            tell(c, "Now:", told.now);
            tell(c, "What happens next:", told.next);
            tell(c, "Sessions:", told.sessions);
            tell(c, "What to do:",
                told.todo.empty() ? std::vector<std::string> { "Nothing." } : told.todo);
            c.printLine("Times are of " + printable(told.timeZone) + '.');
        });
}

}

void addTo(CLI::App& pools, Context& context)
{
    addCommand<PoolName>(pools, context, "explain",
        "What a pool has and wants, what will happen and when, and what to do", definePool,
        explain);
    addCommand<MaintenanceOptions>(pools, context, "maintenance",
        "Give out no new desktops for a while, and tell clinicians why", defineMaintenance,
        setMaintenance);
}

}
