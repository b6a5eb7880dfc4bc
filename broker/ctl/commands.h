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

// As all files have functions of the same names (list, show), each has a namespace of its own.
namespace accesscommands {
/// Of pools: the group is theirs.
void addTo(CLI::App& pools, Context& context);
}
namespace auditcommands {
void addTo(CLI::App& app, Context& context);
}
namespace brokercommands {
void addTo(CLI::App& app, Context& context);
}
namespace desktopcommands {
void addTo(CLI::App& app, Context& context);
}
namespace elasticitycommands {
/// Of pools as well.
void addTo(CLI::App& pools, Context& context);
}
namespace groupcommands {
/// Of users and of terminals, and the limits of sessions.
void addTo(CLI::App& app, Context& context);
}
namespace hostcommands {
void addTo(CLI::App& app, Context& context);
}
namespace imagecommands {
void addTo(CLI::App& app, Context& context);
}
namespace poolcommands {
void addTo(CLI::App& app, Context& context);
}
namespace poollifecommands {
/// Of pools as well.
void addTo(CLI::App& pools, Context& context);
}
namespace rolloutcommands {
void addTo(CLI::App& app, Context& context);
/// Of a pool: `pool rollback`.
void addRollbackTo(CLI::App& pools, Context& context);
}
namespace sessioncommands {
void addTo(CLI::App& app, Context& context);
}
namespace signincommands {
void addTo(CLI::App& app, Context& context);
}
namespace usercommands {
void addTo(CLI::App& app, Context& context);
}

/// A command that has commands.
CLI::App* addGroup(CLI::App& app, const std::string& name, const std::string& description);

}
