// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/adoption.h"
#include "broker/service/hoststate.h"
#include "broker/service/shell.h"
#include "protocols/wire/adminmessages.h"

#include <optional>
#include <string>

namespace wardesk::broker {

/// Answers GET /api/v1/health from what was seen last, so that asking often costs nothing.
class HealthWatch
{
public:
    HealthWatch(Shell& shell, const HostState& host, std::string version);
    void showAdoption(const Adoption& adoption) { m_adoption = &adoption; } ///< outlives this
    void start();
    [[nodiscard]] wire::Health health() const;

private:
    void look();

    Shell& m_shell;
    const HostState& m_host;
    const Adoption* m_adoption = nullptr;
    std::string m_version;
    bool m_looked = false;
    std::optional<Error> m_databaseProblem;
};

}
