// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/commandline.h"

#include "broker/ctl/commands.h"
#include "broker/ctl/context.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

namespace wardesk::ctl {

namespace {

/// The word that stands where a command should; CLI11 says only that one is missing.
std::string unknownCommand(const CLI::App& app)
{
    const CLI::App* deepest = &app;
    while (!deepest->get_subcommands().empty())
        deepest = deepest->get_subcommands().front();
    const std::vector<std::string> rest = app.remaining(true);
    return deepest->get_require_subcommand_min() > 0 && !rest.empty() ? rest.front()
                                                                      : std::string();
}

int report(const Error& error)
{
    std::cerr << "error: " << printable(error.detail) << '\n';
    return exitCode(error.code);
}

}

int runCommandLine(int argc, const char* const* argv)
{
    Context context;
    CLI::App app;
    addCommands(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const std::string unknown = unknownCommand(app);
        if (error.get_exit_code() != 0 && !unknown.empty())
            return report({ Errc::invalidArgument,
                "there is no command '" + unknown + "'; run with --help for those there are" });
        const int code = app.exit(error); // prints the help that was asked for, or what is wrong
        return code == 0 ? 0 : exitCode(Errc::invalidArgument);
    }
    const auto done = context.chosen();
    std::cout.flush();
    return done ? 0 : report(done.error());
}

}
