// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/waiting.h"
#include "protocols/base/counted.h"
#include "protocols/base/span.h"
#include "protocols/wire/adminmessages.h"

#include <algorithm>

namespace wardesk::ctl::poolcommands {

namespace {

const std::string pools = "/api/v1/admin/pools";

std::string pathOf(const std::string& pool)
{
    return pools + '/' + pathStep(pool);
}

std::string messageOf(const wire::PoolItem& item)
{
    if (!item.message.empty())
        return item.message;
    const bool isShort = item.ready < item.spare
        && item.ready + item.inUse + item.kept + item.quarantined * item.seats < item.max;
    return item.enabled && isShort ? "getting its spare desktops ready" : "all is well";
}

std::string spanOr(std::int64_t seconds, const char* zero)
{
    return seconds == 0 ? zero : spanText(std::chrono::seconds(seconds));
}

/// "3", and where several users share a desktop "3 sessions".
std::string countOf(std::int64_t count, const wire::PoolItem& item)
{
    const bool isShared = item.kind == "shared";
    return isShared ? counted(count, "session") : std::to_string(count);
}

std::string desktopsOf(std::int64_t count, const wire::PoolItem& item)
{
    const bool isShared = item.kind == "shared";
    return isShared ? counted(count, "desktop") : std::to_string(count);
}

void show(const Context& c, const wire::PoolItem& item)
{
    Table table({ "POOL", printable(item.name) });
    table.add({ "id", item.id });
    table.add({ "description", item.description });
    table.add({ "image", item.image + ':' + item.imageVersion });
    if (item.rollout)
        table.add({ "rollout", *item.rollout + ": wardeskctl rollout show " + item.name });
    if (item.kind == "dedicated")
        table.add({ "kind", "dedicated: each desktop is kept for its first user" });
    const bool isShared = item.kind == "shared";
    if (isShared)
        table.add({ "kind",
            "shared: up to " + std::to_string(item.seats) + " sessions at a time in a desktop" });
    table.add({ "spare", countOf(item.spare, item) });
    if (item.sparePercent > 0)
        table.add({ "spare", std::to_string(item.sparePercent) + " % of those in use" });
    if (item.suspended > 0 || item.suspendedNow > 0)
        table.add({ "suspended", countOf(item.suspended, item) + " behind those, without memory" });
    if (item.suspendedPercent > 0)
        table.add({ "suspended", std::to_string(item.suspendedPercent) + " % of those in use" });
    table.add({ "min", countOf(item.min, item) });
    table.add({ "max", countOf(item.max, item) });
    table.add({ "forecast", yesNo(item.forecast) });
    table.add({ "time zone", item.timeZone.empty() ? "(the broker's)" : item.timeZone });
    table.add({ "lock after", spanOr(item.lockAfter, "never") });
    table.add({ "disconnect after", spanOr(item.disconnectAfter, "never") });
    table.add({ "log off after", spanOr(item.logOffAfter, "never") });
    table.add({ "recycle after", spanOr(item.recycleAfter, "the log-off, at once") });
    table.add({ "memory", std::to_string(item.memoryMiB) + " MiB" });
    table.add({ "processors", std::to_string(item.vcpus) });
    table.add({ "machine", item.machine });
    table.add({ "network", item.network.empty() ? "(the broker's)" : item.network });
    table.add({ "labels", item.labels });
    table.add({ "spread", item.spread });
    table.add({ "clipboard", yesNo(item.clipboard) });
    table.add({ "enabled", yesNo(item.enabled) });
    if (item.maintenance) {
        table.add({ "maintenance", item.maintenance->reason });
        table.add({ "until", timeText(item.maintenance->until) });
    }
    table.add({ "ready",
        (isShared ? "room for " : "") + countOf(item.ready, item) + (isShared ? " more" : "") });
    if (item.suspended > 0 || item.suspendedPercent > 0 || item.suspendedNow > 0)
        table.add(
            { "suspended now", (isShared ? "room for " : "") + countOf(item.suspendedNow, item) });
    table.add({ "preparing", desktopsOf(item.preparing, item) });
    table.add({ "in use", countOf(item.inUse, item) });
    if (item.kind == "dedicated")
        table.add({ "kept", std::to_string(item.kept) + " for users who are not using them now" });
    table.add({ "quarantined", desktopsOf(item.quarantined, item) });
    table.add({ "message", messageOf(item) });
    c.printTable(table);
}

Table tableOf(const std::vector<wire::PoolItem>& items)
{
    Table table({ "NAME", "KIND", "IMAGE", "READY", "PREPARING", "IN USE", "ASIDE", "SPARE", "MAX",
        "ENABLED", "MESSAGE" });
    for (const wire::PoolItem& item : items)
        table.add({ item.name, item.kind, item.image + ':' + item.imageVersion,
            std::to_string(item.ready), std::to_string(item.preparing), std::to_string(item.inUse),
            std::to_string(item.quarantined), std::to_string(item.spare), std::to_string(item.max),
            yesNo(item.enabled), item.message });
    return table;
}

Result<void> list(Context& c, const NoOptions&)
{
    return c.print<wire::ItemList<wire::PoolItem>>(
        c.api().get(pools), [&c](const auto& answer) { c.printTable(tableOf(answer.items)); });
}

struct PoolName
{
    std::string name;
};

void definePool(CLI::App& command, PoolName& pool)
{
    command.add_option("pool", pool.name, "Name or id of the pool")->required();
}

Result<void> showPool(Context& c, const PoolName& pool)
{
    return c.print<wire::PoolItem>(
        c.api().get(pathOf(pool.name)), [&c](const auto& item) { show(c, item); });
}

Result<void> deletePool(Context& c, const PoolName& pool)
{
    return c.confirm(c.api().remove(pathOf(pool.name)), "Deleted " + printable(pool.name) + ".");
}

/// The four timers of sessions that are left alone.
template <typename Message> void defineTimers(CLI::App& command, Message& message)
{
    const auto define
        = [&command](const char* name, std::optional<std::int64_t>& seconds, const char* words) {
              command
                  .add_option_function<std::string>(
                      name,
                      [name, &seconds](const std::string& text) {
                          const auto span = readSpan(name, text);
                          if (!span)
                              throw CLI::ValidationError(span.error().detail);
                          seconds = span->count();
                      },
                      words)
                  ->type_name("TIME");
          };
    define("--lock-after", message.lockAfter,
        "Lock the screen when there was no key and no pointer so long (5min), or never");
    define("--disconnect-after", message.disconnectAfter,
        "The same: disconnect; the session goes on (30min), or never");
    define("--log-off-after", message.logOffAfter,
        "Log a session off that nobody was connected to so long (16h), or never");
    define("--recycle-after", message.recycleAfter,
        "Leave the desktop alone so long after a log-off before it is wiped (0)");
}

/// What making and changing a pool have in common.
template <typename Message> void defineElasticity(CLI::App& command, Message& message)
{
    command
        .add_option("--spare-percent", message.sparePercent,
            "Spares for each 100 desktops in use; the larger of this and --spare counts")
        ->type_name("NUMBER");
    command
        .add_option("--suspended", message.suspended,
            "Virtual machines: spares behind those, saved to the host's disk, without memory")
        ->type_name("NUMBER");
    command
        .add_option("--suspended-percent", message.suspendedPercent,
            "The same for each 100 desktops in use; the larger of the two counts")
        ->type_name("NUMBER");
    command
        .add_option("--labels", message.labels,
            "What its hosts must have: NAME=VALUE, several with commas; \"\": nothing")
        ->type_name("LABELS");
    command
        .add_option("--spread", message.spread,
            "Over the hosts: soft (evenly where there is room) or strict (never one more)")
        ->type_name("HOW");
    command
        .add_option(
            "--min", message.min, "Desktops at least, in use or ready; of a shared pool sessions")
        ->type_name("NUMBER");
    command
        .add_option("--forecast", message.forecast,
            "More spares when roster or past weeks say so: true or false")
        ->type_name("BOOL");
    command.add_option("--time-zone", message.timeZone, "Of calendar and roster, as Europe/Berlin")
        ->type_name("ZONE");
}

struct CreateOptions
{
    wire::NewPool pool;
    bool wait = false;
    int patience = 300;
};

void defineCreate(CLI::App& command, CreateOptions& options)
{
    command.add_option("name", options.pool.name, "Name of the pool")->required();
    command.add_option("--image", options.pool.image, "NAME, NAME:VERSION or id of the image")
        ->required();
    command
        .add_option("--spare", options.pool.spare,
            "Desktops kept ready beyond those in use; of a shared pool sessions")
        ->capture_default_str();
    command.add_option("--max", options.pool.max, "Desktops at most; of a shared pool sessions")
        ->capture_default_str();
    defineElasticity(command, options.pool);
    defineTimers(command, options.pool);
    command.add_option("--description", options.pool.description, "For people");
    command.add_option("--memory", options.pool.memoryMiB, "Memory of a desktop, MiB")
        ->type_name("MIB");
    command.add_option("--vcpus", options.pool.vcpus, "Virtual machines: processors (1)")
        ->type_name("NUMBER");
    command.add_option("--machine", options.pool.machine, "Virtual machines: q35 or pc (q35)")
        ->type_name("TYPE");
    command
        .add_option("--network", options.pool.network, "libvirt's network (the broker's setting)")
        ->type_name("NAME");
    command
        .add_option("--clipboard", options.pool.clipboard, "Text clipboard: true or false (false)")
        ->type_name("BOOL");
    command
        .add_option("--kind", options.pool.kind,
            "floating: made anew after each use (the default); dedicated: kept for its user; "
            "shared: "
            "several users at a time")
        ->type_name("KIND");
    command
        .add_option(
            "--seats", options.pool.seats, "Shared: sessions at a time in a desktop, 2 to 64")
        ->type_name("NUMBER");
    command.add_flag_callback(
        "--everybody", [&options] { options.pool.everybody = true; },
        "Every user may use it at once; otherwise nobody may until 'pool access add'");
    command.add_flag("--wait", options.wait, "Wait until the spare desktops are ready");
    command.add_option("--patience", options.patience, "Wait at most so long, seconds")
        ->capture_default_str();
}

/// What is still missing, in words; empty when the spare desktops are ready.
Result<std::string> missing(Context& c, const std::string& id)
{
    const auto body = c.api().get(pathOf(id));
    if (!body)
        return tl::unexpected(body.error());
    const auto item = wire::decode<wire::PoolItem>(*body);
    if (!item)
        return tl::unexpected(Context::notUnderstood(item.error()));
    // What is in use counts against the maximum, so it may stand in for a spare one.
    const std::int64_t wanted
        = std::max<std::int64_t>(0, std::min(item->spare, item->max - item->inUse - item->kept));
    if (!item->enabled || item->ready >= wanted)
        return std::string();
    std::string text = std::to_string(item->ready) + " of " + std::to_string(wanted)
        + (item->kind == "shared" ? " sessions can begin" : " desktops ready");
    if (!item->message.empty())
        text += ": " + printable(item->message);
    return text;
}

Result<void> create(Context& c, const CreateOptions& options)
{
    auto body = c.api().post(pools, wire::encode(options.pool));
    if (body && options.wait) {
        const auto item = wire::decode<wire::PoolItem>(*body);
        if (!item)
            return tl::unexpected(Context::notUnderstood(item.error()));
        const auto done = waitUntil([&] { return missing(c, item->id); },
            [&c](const std::string& line) { c.progress(line); },
            std::chrono::seconds(options.patience));
        if (!done)
            return done;
        body = c.api().get(pathOf(item->id));
    }
    return c.print<wire::PoolItem>(body, [&c, &options](const auto& item) {
        show(c, item);
        constexpr std::int64_t littleMiB = 256;
        if (item.kind == "shared" && item.memoryMiB < littleMiB * item.seats)
            c.printLine("Its " + std::to_string(item.seats) + " sessions share "
                + std::to_string(item.memoryMiB) + " MiB of memory and "
                + counted(item.vcpus, "processor") + " in each desktop: wardeskctl pool set "
                + printable(item.name) + " --memory MIB gives them more.");
        if (!options.pool.everybody)
            c.printLine("Nobody may use it yet: wardeskctl pool access add " + printable(item.name)
                + " --everybody, --group or --user lets people in.");
    });
}

struct SetOptions
{
    std::string name;
    wire::PoolChange change;
};

void defineSet(CLI::App& command, SetOptions& options)
{
    command.add_option("pool", options.name, "Name or id of the pool")->required();
    command.add_option("--image", options.change.image,
        "NAME, NAME:VERSION or id: begins a rollout; more choices: wardeskctl rollout start");
    command.add_option("--spare", options.change.spare,
        "Desktops kept ready beyond those in use; of a shared pool sessions");
    command.add_option("--max", options.change.max, "Desktops at most; of a shared pool sessions");
    defineElasticity(command, options.change);
    defineTimers(command, options.change);
    command.add_option("--description", options.change.description, "For people");
    command.add_option("--memory", options.change.memoryMiB, "Memory of a desktop, MiB")
        ->type_name("MIB");
    command.add_option("--clipboard", options.change.clipboard, "Text clipboard: true or false")
        ->type_name("BOOL");
    command.add_option("--enabled", options.change.enabled, "Give out desktops: true or false")
        ->type_name("BOOL");
}

Result<void> set(Context& c, const SetOptions& options)
{
    const std::string change = wire::encode(options.change);
    if (change == "{}")
        return failure(Errc::invalidArgument,
            "nothing to change: name at least one option (wardeskctl pool set --help)");
    return c.print<wire::PoolItem>(
        c.api().patch(pathOf(options.name), change), [&c](const auto& item) { show(c, item); });
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "pool", "Sets of like desktops");
    addCommand<NoOptions>(*group, context, "list", "List pools and how they are", noOptions, list);
    addCommand<PoolName>(*group, context, "show", "Show one pool", definePool, showPool);
    addCommand<CreateOptions>(
        *group, context, "create", "Make a pool; its desktops start at once", defineCreate, create);
    addCommand<SetOptions>(*group, context, "set", "Change what is named", defineSet, set);
    addCommand<PoolName>(*group, context, "delete",
        "Remove a pool and its desktops; refused while anybody uses one", definePool, deletePool);
    rolloutcommands::addRollbackTo(*group, context);
    accesscommands::addTo(*group, context);
    elasticitycommands::addTo(*group, context);
    poollifecommands::addTo(*group, context);
}

}
