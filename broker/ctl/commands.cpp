// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/commands.h"

#include "broker/ctl/context.h"

#include <CLI/CLI.hpp>

namespace wardesk::ctl {

void addCommands(CLI::App& app, Context& context)
{
    app.description("Administers a Wardesk broker over its public API.");
    app.name("wardeskctl");
    app.footer("Exit codes: 0 good, 2 usage, 3 sign-in, 4 not allowed, 5 not found, 6 conflict,\n"
               "7 not available now, 1 the rest. More: man wardeskctl");
    app.fallthrough(); // --json and the like may also come after the command
    app.require_subcommand(1);
    app.add_option("--url", context.settings.url,
           "The broker, https://HOST:PORT; several with commas (or WARDESK_URL)")
        ->type_name("URL")
        ->join(',');
    app.add_option("--ca", context.settings.authority,
           "Certificate of the authority to trust, PEM (or WARDESK_CA)")
        ->type_name("FILE");
    app.add_option("--token-file", context.settings.tokenFile,
           "Where the sign-in is kept (~/.config/wardesk/token)")
        ->type_name("FILE");
    app.add_flag("--json", context.settings.json, "Print the broker's answer as it is");
    signincommands::addTo(app, context);
    poolcommands::addTo(app, context);
    imagecommands::addTo(app, context);
    rolloutcommands::addTo(app, context);
    desktopcommands::addTo(app, context);
    usercommands::addTo(app, context);
    groupcommands::addTo(app, context);
    sessioncommands::addTo(app, context);
    auditcommands::addTo(app, context);
    hostcommands::addTo(app, context);
    brokercommands::addTo(app, context);
}

CLI::App* addGroup(CLI::App& app, const std::string& name, const std::string& description)
{
    CLI::App* group = app.add_subcommand(name, description);
    group->require_subcommand(1);
    return group;
}

}
