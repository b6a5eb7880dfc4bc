// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

/// The commands, each of a file with the name of what it is about. Parsing only notes in the
/// context what is to be done; main() does it.
namespace wardesk::ctl {

class Context;

void addCommands(CLI::App& app, Context& context);

void addAuditCommands(CLI::App& app, Context& context);
void addBrokerCommands(CLI::App& app, Context& context);
void addDesktopCommands(CLI::App& app, Context& context);
/// Of pools: the group is theirs.
void addElasticityCommands(CLI::App& pools, Context& context);
/// Of users and of terminals, and the limits of sessions.
void addGroupCommands(CLI::App& app, Context& context);
void addHostCommands(CLI::App& app, Context& context);
void addImageCommands(CLI::App& app, Context& context);
/// These two as well.
void addPoolAccessCommands(CLI::App& pools, Context& context);
void addPoolLifeCommands(CLI::App& pools, Context& context);
void addRolloutCommands(CLI::App& app, Context& context);
/// Of a pool: `pool rollback`.
void addRollbackCommand(CLI::App& pools, Context& context);
void addPoolCommands(CLI::App& app, Context& context);
void addSessionCommands(CLI::App& app, Context& context);
void addSignInCommands(CLI::App& app, Context& context);
void addUserCommands(CLI::App& app, Context& context);

/// A command that has commands.
CLI::App* addGroup(CLI::App& app, const std::string& name, const std::string& description);

}
