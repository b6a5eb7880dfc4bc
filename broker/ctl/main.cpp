// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/commands.h"
#include "broker/ctl/context.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <clocale>
#include <iostream>
#include <string>
#include <vector>

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

int report(const wardesk::Error& error)
{
    std::cerr << "error: " << wardesk::ctl::printable(error.detail) << '\n';
    return wardesk::exitCode(error.code);
}

}

int main(int argc, char* argv[])
{
    const QCoreApplication application(argc, argv);
    if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
        std::setlocale(LC_CTYPE, "C.UTF-8"); // the broker's names are UTF-8
    wardesk::ctl::Context context;
    CLI::App app;
    wardesk::ctl::addCommands(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const std::string unknown = unknownCommand(app);
        if (error.get_exit_code() != 0 && !unknown.empty())
            return report({ wardesk::Errc::invalidArgument,
                "there is no command '" + unknown + "'; run with --help for those there are" });
        const int code = app.exit(error); // prints the help that was asked for, or what is wrong
        return code == 0 ? 0 : wardesk::exitCode(wardesk::Errc::invalidArgument);
    }
    const auto done = context.chosen();
    std::cout.flush();
    return done ? 0 : report(done.error());
}
