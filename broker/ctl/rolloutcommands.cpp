// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/waiting.h"
#include "protocols/wire/adminmessages.h"

#include <ctime>

namespace wardesk::ctl::rolloutcommands {

namespace {

std::string pathOf(const std::string& pool, const char* act = "/rollout")
{
    return "/api/v1/admin/pools/" + pathStep(pool) + act;
}

void show(const Context& c, const wire::RolloutItem& item)
{
    for (const std::string& line : item.explanation)
        c.printLine(printable(line));
    if (item.desktops.empty())
        return;
    c.printLine("");
    Table table({ "DESKTOP", "VERSION", "STATUS", "STILL OLD BECAUSE" });
    for (const wire::RolloutDesktop& desktop : item.desktops)
        table.add({ desktop.name, desktop.version, desktop.status, desktop.why });
    c.printTable(table);
}

Result<void> printItem(Context& c, const Result<std::string>& body)
{
    return c.print<wire::RolloutItem>(body, [&c](const auto& item) { show(c, item); });
}

struct PoolName
{
    std::string name;
};

void definePool(CLI::App& command, PoolName& pool)
{
    command.add_option("pool", pool.name, "Name or id of the pool")->required();
}

struct ReasonOptions
{
    std::string pool;
    wire::RolloutReason why;
};

void defineReason(CLI::App& command, ReasonOptions& options)
{
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command.add_option("--reason", options.why.reason, "For the audit");
}

/// A command that sends a reason there.
std::function<Result<void>(Context&, const ReasonOptions&)> sending(const char* act)
{
    return [act](Context& c, const ReasonOptions& options) {
        return printItem(c, c.api().post(pathOf(options.pool, act), wire::encode(options.why)));
    };
}

struct StartOptions
{
    std::string pool;
    wire::NewRollout rollout;
    std::string at;
    bool force = false;
    bool wait = false;
    int patience = 600;
};

void defineStart(CLI::App& command, StartOptions& options)
{
    wire::NewRollout& rollout = options.rollout;
    command.add_option("pool", options.pool, "Name or id of the pool")->required();
    command
        .add_option(
            "image", rollout.image, "NAME:VERSION, id, or NAME for its newest published version")
        ->required();
    command.add_option("--at", options.at,
        "Not before: 22:00 (the next time it is that late) or '2026-12-24 22:00', local time");
    CLI::Option* force = command.add_flag(
        "--force", options.force, "Warn users, and end their sessions when the countdown is over");
    command
        .add_option(
            "--countdown", rollout.countdownMinutes, "With --force: so long are they warned (15)")
        ->type_name("MINUTES")
        ->needs(force);
    command
        .add_option("--canary", rollout.canaryPercent,
            "Share of the desktops that go first; the others follow when they are ready (10)")
        ->type_name("PERCENT");
    command.add_option("--wave", rollout.wavePercent, "Share that follows at a time (25)")
        ->type_name("PERCENT");
    command.add_option("--note", rollout.note, "Why, for people");
    command.add_flag("--wait", options.wait, "Wait until it is done, or stopped");
    command.add_option("--patience", options.patience, "Wait at most so long, seconds")
        ->capture_default_str();
}

/// Local time, in milliseconds since 1970.
Result<std::int64_t> momentOf(const std::string& text)
{
    const std::time_t now = std::time(nullptr);
    std::tm time {};
    localtime_r(&now, &time);
    const bool isTimeOfDay = text.find('-') == std::string::npos;
    const char* const end
        = ::strptime(text.c_str(), isTimeOfDay ? "%H:%M" : "%Y-%m-%d %H:%M", &time);
    if (end == nullptr || *end != '\0')
        return failure(Errc::invalidArgument,
            "--at '" + text + "' is no time: 22:00 or '2026-12-24 22:00' is expected");
    time.tm_sec = 0;
    time.tm_isdst = -1;
    std::time_t moment = std::mktime(&time);
    if (isTimeOfDay && moment <= now) {
        ++time.tm_mday;
        time.tm_isdst = -1;
        moment = std::mktime(&time);
    }
    if (moment <= now)
        return failure(Errc::invalidArgument, "--at '" + text + "' is over already");
    return std::int64_t { moment } * 1000;
}

/// What is still to come, in words; empty when it is done. An error when it has stopped.
Result<std::string> missing(Context& c, const std::string& pool)
{
    const auto body = c.api().get(pathOf(pool));
    if (!body)
        return tl::unexpected(body.error());
    const auto item = wire::decode<wire::RolloutItem>(*body);
    if (!item)
        return tl::unexpected(Context::notUnderstood(item.error()));
    if (item->state == "done")
        return std::string();
    if (item->state != "running" && item->state != "scheduled")
        return failure(Errc::conflict,
            "the rollout is " + item->state + ": " + item->reason
                + ". See: wardeskctl rollout show " + item->pool);
    return item->state + ": " + std::to_string(item->renewed) + " of " + std::to_string(item->total)
        + " desktops have " + item->to + ", " + std::to_string(item->waitingForUsers)
        + " wait for their users";
}

Result<void> start(Context& c, const StartOptions& options)
{
    wire::NewRollout request = options.rollout;
    if (options.force)
        request.mode = "force";
    if (!options.at.empty()) {
        const auto at = momentOf(options.at);
        if (!at)
            return tl::unexpected(at.error());
        request.startAt = *at;
    }
    auto body = c.api().post(pathOf(options.pool), wire::encode(request));
    if (body && options.wait) {
        const auto done = waitUntil([&] { return missing(c, options.pool); },
            [&c](const std::string& line) { c.progress(printable(line)); },
            std::chrono::seconds(options.patience));
        if (!done)
            return done;
        body = c.api().get(pathOf(options.pool));
    }
    return printItem(c, body);
}

struct ListOptions
{
    std::string pool;
};

Result<void> list(Context& c, const ListOptions& options)
{
    const std::string query = options.pool.empty() ? "" : "?pool=" + pathStep(options.pool);
    return c.print<wire::ItemList<wire::RolloutItem>>(
        c.api().get("/api/v1/admin/rollouts" + query), [&c](const auto& answer) {
            Table table({ "POOL", "FROM", "TO", "STATE", "SINCE", "BY", "REASON", "NOTE" });
            for (const wire::RolloutItem& item : answer.items)
                table.add({ item.pool, item.from, item.to,
                    item.isRollback ? "rollback, " + item.state : item.state,
                    shortTimeText(item.changedAt), item.startedBy, item.reason, item.note });
            c.printTable(table);
        });
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "rollout", "Take a pool to another version of its image");
    addCommand<StartOptions>(*group, context, "start",
        "Renew a pool's desktops, in waves, as they become free", defineStart, start);
    addCommand<PoolName>(*group, context, "show",
        "Say what a pool's rollout does, what will happen and what can be done", definePool,
        [](Context& c, const PoolName& pool) {
            return printItem(c, c.api().get(pathOf(pool.name)));
        });
    addCommand<ListOptions>(
        *group, context, "list", "List rollouts, the newest first",
        [](CLI::App& command, ListOptions& options) {
            command.add_option("--pool", options.pool, "Only of this pool (name or id)");
        },
        list);
    addCommand<ReasonOptions>(*group, context, "stop",
        "Renew no more; what starts meanwhile has the old version", defineReason,
        sending("/rollout/stop"));
    addCommand<ReasonOptions>(*group, context, "resume", "Go on with one that was stopped",
        defineReason, sending("/rollout/resume"));
    addCommand<ReasonOptions>(*group, context, "cancel", "Call one off that has not begun",
        defineReason, sending("/rollout/cancel"));
}

void addRollbackTo(CLI::App& pools, Context& context)
{
    addCommand<ReasonOptions>(pools, context, "rollback",
        "Back to the version that the pool had before its last rollout", defineReason,
        sending("/rollback"));
}

}
