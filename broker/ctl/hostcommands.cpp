// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/waiting.h"
#include "protocols/base/counted.h"
#include "protocols/base/span.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl::hostcommands {

namespace {

const std::string hosts = "/api/v1/admin/hosts";

std::string pathOf(const std::string& host)
{
    return hosts + '/' + pathStep(host);
}

/// "5 of 96 GiB", where what may be promised is counted.
std::string shareOf(
    std::int64_t promised, std::int64_t has, std::int64_t percent, std::int64_t unit)
{
    const auto text = [unit](std::int64_t value) {
        const std::int64_t tenths = (value * 10 + unit / 2) / unit;
        return std::to_string(tenths / 10)
            + (tenths % 10 != 0 ? '.' + std::to_string(tenths % 10) : std::string());
    };
    if (has == 0)
        return text(promised) + " of ?";
    return text(promised) + (percent == 0 ? " (no limit)" : " of " + text(has * percent / 100));
}

std::string sinceOf(const wire::HostItem& item)
{
    return shortTimeText(item.deadAt ? *item.deadAt : item.modeAt);
}

void show(const Context& c, const wire::HostItem& item)
{
    Table table({ "HOST", printable(item.name) });
    table.add({ "id", item.id });
    table.add({ "uri", item.uri });
    table.add({ "runs", item.kind == "qemu" ? "virtual machines" : "containers" });
    table.add({ "state", item.state });
    table.add({ "message", item.message.empty() ? "all is well" : item.message });
    table.add({ "mode", item.mode + " since " + timeText(item.modeAt) + ", by " + item.modeBy });
    if (item.drainBy)
        table.add({ "sessions end", timeText(item.drainBy) });
    if (item.deadAt)
        table.add({ "dead since", timeText(item.deadAt) });
    table.add({ "libvirt", item.description });
    table.add({ "labels", item.labels });
    table.add({ "memory", std::to_string(item.memoryMiB) + " MiB" });
    table.add({ "memory promised, GiB",
        shareOf(item.memoryPromisedMiB, item.memoryMiB, item.memoryPercent, 1024) });
    table.add({ "processors", std::to_string(item.processors) });
    table.add({ "processors promised",
        shareOf(item.processorsPromised, item.processors, item.processorPercent, 1) });
    table.add({ "desktops", std::to_string(item.desktops) });
    table.add({ "in use", std::to_string(item.inUse) });
    c.printTable(table);
}

Result<void> list(Context& c, const NoOptions&)
{
    return c.print<wire::ItemList<wire::HostItem>>(c.api().get(hosts), [&c](const auto& answer) {
        Table table({ "NAME", "STATE", "SINCE", "RUNS", "MEMORY GiB", "CPUS", "DESKTOPS", "IN USE",
            "LABELS", "MESSAGE" });
        for (const wire::HostItem& item : answer.items)
            table.add({ item.name, item.state, sinceOf(item), item.kind,
                shareOf(item.memoryPromisedMiB, item.memoryMiB, item.memoryPercent, 1024),
                shareOf(item.processorsPromised, item.processors, item.processorPercent, 1),
                std::to_string(item.desktops), std::to_string(item.inUse), item.labels,
                item.message });
        c.printTable(table);
    });
}

struct HostName
{
    std::string name;
};

void defineHost(CLI::App& command, HostName& host)
{
    command.add_option("host", host.name, "Name or id of the host")->required();
}

Result<void> showHost(Context& c, const HostName& host)
{
    return c.print<wire::HostItem>(
        c.api().get(pathOf(host.name)), [&c](const auto& item) { show(c, item); });
}

/// What adding and changing a host have in common.
template <typename Message> void defineSettings(CLI::App& command, Message& message)
{
    command
        .add_option("--labels", message.labels,
            "What it has, for pools that ask for it: NAME=VALUE, several with commas")
        ->type_name("LABELS");
    command
        .add_option("--memory-percent", message.memoryPercent,
            "How much of its memory is promised (containers 400, virtual machines 100); 0: no "
            "limit")
        ->type_name("NUMBER");
    command
        .add_option("--processor-percent", message.processorPercent,
            "The same of its processors (0: no limit)")
        ->type_name("NUMBER");
}

void defineAdd(CLI::App& command, wire::NewHost& host)
{
    command.add_option("name", host.name, "Name of the host")->required();
    command
        .add_option(
            "uri", host.uri, "libvirt's address of it, as qemu+tls://north/system or lxc:///system")
        ->required();
    defineSettings(command, host);
}

Result<void> add(Context& c, const wire::NewHost& host)
{
    return c.print<wire::HostItem>(
        c.api().post(hosts, wire::encode(host)), [&c](const auto& item) { show(c, item); });
}

struct SetOptions
{
    std::string name;
    wire::HostChange change;
};

void defineSet(CLI::App& command, SetOptions& options)
{
    command.add_option("host", options.name, "Name or id of the host")->required();
    command.add_option("--name", options.change.name, "Another name for it");
    defineSettings(command, options.change);
}

Result<void> set(Context& c, const SetOptions& options)
{
    const std::string change = wire::encode(options.change);
    if (change == "{}")
        return failure(Errc::invalidArgument,
            "nothing to change: name at least one option (wardeskctl host set --help)");
    return c.print<wire::HostItem>(
        c.api().patch(pathOf(options.name), change), [&c](const auto& item) { show(c, item); });
}

struct DrainOptions
{
    std::string name;
    std::optional<std::string> within;
    bool wait = false;
    int patience = 3600;
};

void defineDrain(CLI::App& command, DrainOptions& options)
{
    command.add_option("host", options.name, "Name or id of the host")->required();
    command
        .add_option("--within", options.within,
            "End sessions that still run then; their users are warned until it is so far")
        ->type_name("TIME");
    command.add_flag("--wait", options.wait, "Wait until no desktop is left there");
    command.add_option("--patience", options.patience, "Wait at most so long, seconds")
        ->capture_default_str();
}

Result<std::string> leftOn(Context& c, const std::string& id)
{
    const auto body = c.api().get(pathOf(id));
    if (!body)
        return tl::unexpected(body.error());
    const auto item = wire::decode<wire::HostItem>(*body);
    if (!item)
        return tl::unexpected(Context::notUnderstood(item.error()));
    if (item->desktops == 0 || item->mode == "maintenance")
        return std::string();
    if (item->mode == "active")
        return failure(Errc::conflict, "somebody has taken the host back (host resume)");
    return std::to_string(item->desktops) + " desktops are left, " + std::to_string(item->inUse)
        + " in use" + (item->state == "draining" ? "" : "; " + printable(item->message));
}

Result<void> drain(Context& c, const DrainOptions& options)
{
    wire::HostDrain wish;
    if (options.within) {
        const auto span = readSpan("--within", *options.within);
        if (!span)
            return tl::unexpected(span.error());
        wish.withinMinutes = std::chrono::ceil<std::chrono::minutes>(*span).count();
    }
    auto body = c.api().post(pathOf(options.name) + "/drain", wire::encode(wish));
    if (body && options.wait) {
        const auto item = wire::decode<wire::HostItem>(*body);
        if (!item)
            return tl::unexpected(Context::notUnderstood(item.error()));
        const auto done = waitUntil([&] { return leftOn(c, item->id); },
            [&c](const std::string& line) { c.progress(line); },
            std::chrono::seconds(options.patience));
        if (!done)
            return done;
        body = c.api().get(pathOf(item->id));
    }
    return c.print<wire::HostItem>(body, [&c](const auto& item) { show(c, item); });
}

Result<void> resume(Context& c, const HostName& host)
{
    return c.print<wire::HostItem>(
        c.api().post(pathOf(host.name) + "/resume", {}), [&c](const auto& item) { show(c, item); });
}

struct RemoveOptions
{
    std::string name;
    bool lost = false;
};

void defineRemove(CLI::App& command, RemoveOptions& options)
{
    command.add_option("host", options.name, "Name or id of the host")->required();
    command.add_flag("--lost", options.lost,
        "It never comes back: its desktops go with it, and who had one gets another. Refused "
        "while libvirt or a desktop on it answers");
}

Result<void> writeOff(Context& c, const RemoveOptions& host)
{
    return c.print<wire::HostLoss>(
        c.api().post(pathOf(host.name) + "/write-off", {}), [&c](const auto& loss) {
            c.printLine("Wardesk uses " + printable(loss.name) + " no more. With it went "
                + counted(loss.desktops, "desktop") + " and "
                + counted(std::ssize(loss.users), "session")
                + (loss.users.empty() ? "." : ", of:"));
            for (const std::string& user : loss.users)
                c.printLine("  " + printable(user));
            c.printLine("If broker.toml names it, take it out there: it would come back with the "
                        "next start. Should the machine ever run again, wipe it before Wardesk "
                        "may use it: what those users left is still on it.");
        });
}

Result<void> remove(Context& c, const RemoveOptions& host)
{
    if (host.lost)
        return writeOff(c, host);
    return c.confirm(c.api().remove(pathOf(host.name)),
        "Wardesk uses " + printable(host.name)
            + " no more. If broker.toml names it, take it out "
              "there: it would come back with the next start.");
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "host", "Machines that desktops run on");
    addCommand<NoOptions>(*group, context, "list",
        "How they are, what they have and what is promised", noOptions, list);
    addCommand<HostName>(*group, context, "show", "Show one host", defineHost, showHost);
    addCommand<wire::NewHost>(*group, context, "add", "Use another libvirt host", defineAdd, add);
    addCommand<SetOptions>(*group, context, "set", "Change what is named", defineSet, set);
    addCommand<DrainOptions>(*group, context, "drain",
        "Give out nothing new there; free desktops are made anew elsewhere, sessions go on",
        defineDrain, drain);
    addCommand<HostName>(*group, context, "resume", "Take a drained host back", defineHost, resume);
    addCommand<RemoveOptions>(*group, context, "remove",
        "Use it no more; refused while desktops are on it", defineRemove, remove);
}

}
