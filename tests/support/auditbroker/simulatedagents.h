// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/http/routes.h"
#include "tests/support/auditbroker/sharedhost.h"

namespace wardesk::broker::test {

/// The agents of the shared host's desktops. They prove themselves with their bootstrap secret and
/// report as real ones do, but live in a broker's process; when it dies, the next one has them, as
/// agents that connect to another broker. Main lane only, but for what `host` calls.
class SimulatedAgents
{
public:
    explicit SimulatedAgents(SharedHost& host);
    void begin(Shell& shell, Services& services);

private:
    void boot(const SharedDomain& domain);
    void lookForOrphans();

    SharedHost& m_host;
    Shell* m_shell = nullptr;
    Services* m_services = nullptr;
};

}
