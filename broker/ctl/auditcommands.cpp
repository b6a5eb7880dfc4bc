// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl::auditcommands {

namespace {

struct AuditOptions
{
    std::int64_t after = 0;
    int limit = 100;
    bool verify = false;
};

Result<void> verify(Context& c)
{
    const auto body = c.api().get("/api/v1/admin/audit/verification");
    if (!body)
        return tl::unexpected(body.error());
    const auto answer = wire::decode<wire::AuditVerification>(*body);
    if (!answer)
        return tl::unexpected(Context::notUnderstood(answer.error()));
    if (c.settings.json)
        c.printLine(*body);
    if (!answer->whole)
        return failure(Errc::internal,
            "the audit was tampered with or damaged: record " + std::to_string(answer->firstBroken)
                + " does not fit the one before it");
    if (!c.settings.json)
        c.printLine("The chain of audit records is whole.");
    return {};
}

Result<void> list(Context& c, const AuditOptions& options)
{
    if (options.verify)
        return verify(c);
    const std::string path = "/api/v1/admin/audit?after=" + std::to_string(options.after)
        + "&limit=" + std::to_string(options.limit);
    return c.print<wire::ItemList<wire::AuditItem>>(c.api().get(path), [&c](const auto& answer) {
        Table table({ "NUMBER", "TIME", "ACTOR", "ACTION", "OBJECT", "OUTCOME", "DETAIL" });
        for (const wire::AuditItem& item : answer.items)
            table.add({ std::to_string(item.number), shortTimeText(item.at), item.actor,
                item.action, item.object, item.outcome, item.detail });
        c.printTable(table);
    });
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "audit", "Who did what");
    addCommand<AuditOptions>(
        *group, context, "list", "List audit records, oldest first",
        [](CLI::App& command, AuditOptions& options) {
            command.add_option("--after", options.after, "Only records with a higher number");
            command.add_option("--limit", options.limit, "At most so many, the newest")
                ->capture_default_str();
            command.add_flag(
                "--verify", options.verify, "Check the chain of hashes instead of listing");
        },
        list);
}

}
