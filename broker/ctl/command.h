// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/ctl/context.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace wardesk::ctl {

/// Adds a command with options of its own: `define` binds them, `run` does it when this command was
/// chosen. The options live as long as the command line does.
template <typename Options>
CLI::App* addCommand(CLI::App& app, Context& context, const std::string& name,
    const std::string& description, const std::function<void(CLI::App&, Options&)>& define,
    const std::function<Result<void>(Context&, const Options&)>& run,
    Context::SignedIn signedIn = Context::SignedIn::yes)
{
    CLI::App* command = app.add_subcommand(name, description);
    const auto options = std::make_shared<Options>();
    define(*command, *options);
    command->callback([&context, options, run, signedIn] {
        context.chosen = [&context, options, run, signedIn]() -> Result<void> {
            if (const auto opened = context.open(signedIn); !opened)
                return opened;
            return run(context, *options);
        };
    });
    return command;
}

struct NoOptions
{
};
inline void noOptions(CLI::App&, NoOptions&) { }

}
