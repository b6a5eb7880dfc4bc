// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/waiting.h"
#include "protocols/wire/adminmessages.h"

#include <sstream>

namespace wardesk::ctl::desktopcommands {

namespace {

const std::string desktops = "/api/v1/admin/desktops";

std::string pathOf(const std::string& desktop)
{
    return desktops + '/' + pathStep(desktop);
}

struct ListOptions
{
    std::string pool;
};

/// "3 of 8", of a desktop that several users are in.
std::string sessionsOf(const wire::DesktopItem& item)
{
    return std::to_string(item.sessions.value_or(0)) + " of " + std::to_string(*item.seats);
}

Result<void> list(Context& c, const ListOptions& options)
{
    const std::string query = options.pool.empty() ? "" : "?pool=" + pathStep(options.pool);
    return c.print<wire::ItemList<wire::DesktopItem>>(
        c.api().get(desktops + query), [&c](const auto& answer) {
            Table table({ "NAME", "POOL", "LIFE", "VERSION", "STATUS", "USER", "KEPT FOR",
                "ADDRESS", "SINCE", "MESSAGE" });
            for (const wire::DesktopItem& item : answer.items)
                table.add({ item.name, item.pool, std::to_string(item.incarnation), item.image,
                    item.status, item.seats ? sessionsOf(item) : item.user.value_or(""),
                    item.owner.value_or(""), item.address, shortTimeText(item.since),
                    item.outdated.empty() ? item.message : "Old version: " + item.outdated });
            c.printTable(table);
        });
}

void show(const Context& c, const wire::DesktopItem& item)
{
    Table table({ "DESKTOP", printable(item.name) });
    table.add({ "id", item.id });
    table.add({ "pool", item.pool });
    table.add({ "host", item.host });
    table.add({ "incarnation", std::to_string(item.incarnation) });
    table.add({ "status", item.status });
    table.add({ "since", timeText(item.since) });
    if (item.seats) {
        table.add({ "sessions", sessionsOf(item) + ": wardeskctl session list" });
        table.add({ "accounts left", std::to_string(item.accountsLeft.value_or(0)) });
        table.add({ "draining", yesNo(item.draining.value_or(false)) });
    } else {
        table.add({ "user", item.user.value_or("") });
        table.add({ "lease", item.lease.value_or("") });
    }
    if (item.owner)
        table.add({ "kept for", *item.owner });
    table.add({ "image", item.image });
    if (!item.outdated.empty())
        table.add({ "old because", item.outdated });
    table.add({ "address", item.address });
    table.add({ "domain", item.domain });
    table.add({ "certificate", item.certificateSha256 });
    table.add({ "message", item.message });
    if (item.proof)
        table.add({ "reset",
            item.proof->marks.empty() ? "proved: nothing of an earlier user in "
                    + std::to_string(item.proof->places.size()) + " places, keys are new"
                                      : "not proved: " + item.proof->marks.front() });
    c.printTable(table);
    if (!item.evidence || item.evidence->empty())
        return;
    c.printLine("Evidence, the newest first:");
    for (const wire::EvidenceItem& one : *item.evidence) {
        c.printLine("  " + timeText(one.at) + ", incarnation " + std::to_string(one.incarnation)
            + ", " + printable(one.kind) + " by " + printable(one.by) + ": "
            + printable(one.reason));
        std::istringstream lines(one.seen);
        for (std::string line; std::getline(lines, line);)
            c.printLine("      " + printable(line));
    }
}

Result<wire::DesktopItem> fetch(Context& c, const std::string& desktop)
{
    const auto body = c.api().get(pathOf(desktop));
    if (!body)
        return tl::unexpected(body.error());
    auto item = wire::decode<wire::DesktopItem>(*body);
    if (!item)
        return tl::unexpected(Context::notUnderstood(item.error()));
    return item;
}

struct DesktopName
{
    std::string name;
};

void define(CLI::App& command, DesktopName& options)
{
    command.add_option("desktop", options.name, "Name or id of the desktop")->required();
}

struct RecycleOptions
{
    std::string name;
    bool wait = false;
    int patience = 300;
};

Result<void> recycle(Context& c, const RecycleOptions& options)
{
    const auto before = fetch(c, options.name);
    if (!before)
        return tl::unexpected(before.error());
    auto body = c.api().post(pathOf(before->id) + "/recycle");
    if (body && options.wait) {
        const auto look = [&]() -> Result<std::string> {
            const auto now = fetch(c, before->id);
            if (!now && now.error().code == Errc::notFound)
                return std::string(); // the pool had one too many
            if (!now)
                return tl::unexpected(now.error());
            const bool isNew = now->incarnation > before->incarnation;
            if (isNew && now->status != "preparing" && now->status != "recycling")
                return std::string();
            return now->status + ": " + printable(now->message);
        };
        const auto done = waitUntil(
            look, [&c](const std::string& line) { c.progress(line); },
            std::chrono::seconds(options.patience));
        if (!done)
            return done;
        body = c.api().get(pathOf(before->id));
        if (!body && body.error().code == Errc::notFound)
            return c.confirm(std::string(), "Wiped; the pool needs no desktop in its place.");
    }
    return c.print<wire::DesktopItem>(body, [&c](const auto& item) { show(c, item); });
}

struct ReleaseOptions
{
    std::string name;
    wire::QuarantineRelease why;
};

struct AssignOptions
{
    std::string name;
    wire::Assignment to;
};

struct UnassignOptions
{
    std::string name;
    bool isMeant = false;
};

Result<void> unassign(Context& c, const UnassignOptions& options)
{
    const auto before = fetch(c, options.name);
    if (!before)
        return tl::unexpected(before.error());
    if (!before->owner)
        return failure(Errc::conflict, printable(before->name) + " is kept for nobody");
    if (!options.isMeant)
        return failure(Errc::invalidArgument,
            "what " + printable(*before->owner) + " has on the disk of " + printable(before->name)
                + " would be lost; say that it is meant, by --lose-disk");
    // Whose disk is lost is what was looked at just now, not whose it is by then.
    return c.print<wire::DesktopItem>(c.api().post(pathOf(before->id) + "/unassign",
                                          wire::encode(wire::Assignment { *before->owner })),
        [&c](const auto& item) { show(c, item); });
}

struct QuarantineOptions
{
    std::string name;
    wire::Quarantine why;
};

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "desktop", "Single desktops");
    addCommand<ListOptions>(
        *group, context, "list", "List desktops",
        [](CLI::App& command, ListOptions& options) {
            command.add_option("--pool", options.pool, "Only of this pool (name or id)");
        },
        list);
    addCommand<DesktopName>(*group, context, "show", "Show one desktop", define,
        [](Context& c, const DesktopName& options) {
            return c.print<wire::DesktopItem>(
                c.api().get(pathOf(options.name)), [&c](const auto& item) { show(c, item); });
        });
    addCommand<RecycleOptions>(
        *group, context, "recycle", "Wipe a desktop; ends the sessions on it",
        [](CLI::App& command, RecycleOptions& options) {
            command.add_option("desktop", options.name, "Name or id of the desktop")->required();
            command.add_flag("--wait", options.wait, "Wait until it is ready again");
            command.add_option("--patience", options.patience, "Wait at most so long, seconds")
                ->capture_default_str();
        },
        recycle);
    addCommand<DesktopName>(*group, context, "drain",
        "Let nobody new into a shared desktop; it is made anew after its last session", define,
        [](Context& c, const DesktopName& options) {
            return c.print<wire::DesktopItem>(c.api().post(pathOf(options.name) + "/drain"),
                [&c](const auto& item) { show(c, item); });
        });
    addCommand<QuarantineOptions>(
        *group, context, "quarantine", "Set a desktop aside: nobody gets it, nothing is removed",
        [](CLI::App& command, QuarantineOptions& options) {
            command.add_option("desktop", options.name, "Name or id of the desktop")->required();
            command.add_option("--reason", options.why.reason, "For the audit")->required();
        },
        [](Context& c, const QuarantineOptions& options) {
            return c.print<wire::DesktopItem>(
                c.api().post(pathOf(options.name) + "/quarantine", wire::encode(options.why)),
                [&c](const auto& item) { show(c, item); });
        });
    addCommand<ReleaseOptions>(
        *group, context, "release", "End a quarantine; a desktop without a session is wiped first",
        [](CLI::App& command, ReleaseOptions& options) {
            command.add_option("desktop", options.name, "Name or id of the desktop")->required();
            command.add_option("--reason", options.why.reason, "What was found; it is kept")
                ->required();
            command.add_flag_callback(
                "--lose-disk", [&options] { options.why.loseDisk = true; },
                "Nobody misses what is on the disk that a restored backup does not know");
        },
        [](Context& c, const ReleaseOptions& options) {
            return c.print<wire::DesktopItem>(
                c.api().post(pathOf(options.name) + "/release", wire::encode(options.why)),
                [&c](const auto& item) { show(c, item); });
        });
    addCommand<AssignOptions>(
        *group, context, "assign", "Keep a desktop of a dedicated pool for a user",
        [](CLI::App& command, AssignOptions& options) {
            command.add_option("desktop", options.name, "Name or id of a desktop nobody has had")
                ->required();
            command.add_option("user", options.to.user, "Name or id of the user")->required();
        },
        [](Context& c, const AssignOptions& options) {
            return c.print<wire::DesktopItem>(
                c.api().post(pathOf(options.name) + "/assign", wire::encode(options.to)),
                [&c](const auto& item) { show(c, item); });
        });
    addCommand<UnassignOptions>(
        *group, context, "unassign", "Take a kept desktop away from its user and wipe its disk",
        [](CLI::App& command, UnassignOptions& options) {
            command.add_option("desktop", options.name, "Name or id of the desktop")->required();
            command.add_flag(
                "--lose-disk", options.isMeant, "What the user has on the disk is removed");
        },
        unassign);
}

}
