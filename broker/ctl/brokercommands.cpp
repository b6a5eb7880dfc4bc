// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl::brokercommands {

namespace {

std::string adoptionWords(const wire::AdoptionStatus& adoption)
{
    std::string words = adoption.state + ": " + adoption.message;
    if (adoption.waiting > 0)
        words += ", " + std::to_string(adoption.waiting) + " wait for their agent";
    return words;
}

Result<void> adopt(Context& c, const NoOptions&)
{
    return c.print<wire::AdoptionStatus>(c.api().post("/api/v1/admin/system/adoption", {}),
        [&c](const wire::AdoptionStatus& answer) {
            c.printLine("The broker sets its database right by what runs (" + adoptionWords(answer)
                + "). Watch it with: wardeskctl system status");
        });
}

Result<void> health(Context& c, const NoOptions&)
{
    const auto body = c.api().get("/api/v1/health");
    if (!body)
        return tl::unexpected(body.error());
    const auto answer = wire::decode<wire::Health>(*body);
    if (!answer)
        return tl::unexpected(Context::notUnderstood(answer.error()));
    if (c.settings.json) {
        c.printLine(*body);
    } else {
        Table table({ "BROKER", printable(answer->status) });
        table.add({ "version", answer->version });
        table.add({ "database", answer->database });
        table.add({ "hypervisor", answer->hypervisor });
        if (answer->adoption)
            table.add({ "adoption", adoptionWords(*answer->adoption) });
        c.printTable(table);
    }
    if (answer->status != "good") // monitoring looks at the exit code
        return failure(Errc::unavailable, "the broker is " + printable(answer->status));
    return {};
}

Result<void> listBrokers(Context& c, const NoOptions&)
{
    return c.print<wire::ItemList<wire::BrokerItem>>(
        c.api().get("/api/v1/admin/brokers"), [&c](const auto& list) {
            Table table({ "NAME", "STATE", "POOLS", "AGENTS", "CLIENTS", "ADDRESS" });
            for (const wire::BrokerItem& broker : list.items) {
                std::string pools;
                for (const std::string& pool : broker.pools)
                    pools += (pools.empty() ? "" : ", ") + pool;
                table.add({ broker.name,
                    !broker.alive          ? "away"
                        : broker.answering ? "alive, answers"
                                           : "alive",
                    pools, std::to_string(broker.agents), std::to_string(broker.clients),
                    broker.peerAddress.empty() ? broker.agentAddress : broker.peerAddress });
            }
            c.printTable(table);
        });
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "broker", "The brokers that share the database");
    addCommand<NoOptions>(*group, context, "list",
        "All of them: alive or away, whose pools they work on, who is connected", noOptions,
        listBrokers);
    addCommand<NoOptions>(app, context, "health",
        "How the broker is; no sign-in needed, exit 7 when not good", noOptions, health,
        Context::SignedIn::no);
    CLI::App* system = addGroup(app, "system", "The whole installation");
    addCommand<NoOptions>(*system, context, "status",
        "The same as health, with the progress of an adoption", noOptions, health,
        Context::SignedIn::no);
    addCommand<NoOptions>(*system, context, "adopt",
        "Set the database right by what runs, as after restoring a backup; nothing new is given "
        "out "
        "until that is done",
        noOptions, adopt);
}

}
