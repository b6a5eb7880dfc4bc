// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl::sessioncommands {

namespace {

const std::string sessions = "/api/v1/admin/sessions";

Result<void> list(Context& c, const NoOptions&)
{
    return c.print<
        wire::ItemList<wire::SessionItem>>(c.api().get(sessions), [&c](const auto& answer) {
        Table table({ "USER", "POOL", "DESKTOP", "SEAT", "STATUS", "SINCE", "TERMINAL", "LEASE" });
        for (const wire::SessionItem& item : answer.items) {
            const auto since = item.connectedAt ? item.connectedAt
                : item.disconnectedAt           ? item.disconnectedAt
                                                : std::optional(item.grantedAt);
            table.add(
                { item.user, item.pool, item.desktop, item.seat ? std::to_string(*item.seat) : "",
                    item.status, shortTimeText(since), item.terminal.value_or(""), item.lease });
        }
        c.printTable(table);
    });
}

struct SessionName
{
    std::string name;
};

void define(CLI::App& command, SessionName& options)
{
    command.add_option("session", options.name, "Lease, or the one session of a user or desktop")
        ->required();
}

/// People know users and desktops, not leases.
Result<std::string> leaseOf(Context& c, const std::string& name)
{
    const auto body = c.api().get(sessions);
    if (!body)
        return tl::unexpected(body.error());
    const auto all = wire::decode<wire::ItemList<wire::SessionItem>>(*body);
    if (!all)
        return tl::unexpected(Context::notUnderstood(all.error()));
    std::string lease;
    for (const wire::SessionItem& item : all->items) {
        if (item.lease == name)
            return item.lease;
        if (item.user != name && item.desktop != name)
            continue;
        if (!lease.empty())
            return failure(Errc::conflict,
                "'" + name + "' has several sessions: name the lease (wardeskctl session list)");
        lease = item.lease;
    }
    if (lease.empty())
        return failure(Errc::notFound, "there is no session of '" + name + "'");
    return lease;
}

std::function<Result<void>(Context&, const SessionName&)> acting(
    const std::string& verb, const std::string& said)
{
    return [verb, said](Context& c, const SessionName& options) -> Result<void> {
        const auto lease = leaseOf(c, options.name);
        if (!lease)
            return tl::unexpected(lease.error());
        return c.confirm(c.api().post(sessions + '/' + pathStep(*lease) + '/' + verb), said);
    };
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "session", "Who uses what");
    addCommand<NoOptions>(*group, context, "list", "List sessions", noOptions, list);
    addCommand<SessionName>(*group, context, "disconnect",
        "End the connection; the session goes on, locked", define,
        acting("disconnect", "Disconnected; the session goes on."));
    addCommand<SessionName>(*group, context, "logoff", "End the session; unsaved work is lost",
        define, acting("logoff", "Logged off; what it leaves behind is being wiped."));
}

}
