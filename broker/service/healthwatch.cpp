// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/healthwatch.h"

#include "broker/service/log.h"
#include "broker/service/publicwords.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds lookEvery { 5 };

}

HealthWatch::HealthWatch(Shell& shell, const HostState& host, std::string version)
    : m_shell(shell)
    , m_host(host)
    , m_version(std::move(version))
{
}

void HealthWatch::start()
{
    look();
}

void HealthWatch::look()
{
    onStore(
        m_shell, Urgency::usual, [](Store& store) { return store.probe(); },
        [this](const Result<std::string>& probed) {
            const auto problem = probed ? std::nullopt : std::optional(probed.error());
            const auto textOf = [](const auto& one) { return one ? one->detail : std::string(); };
            if (textOf(problem) != textOf(m_databaseProblem))
                logEvent(problem ? LogLevel::alarm : LogLevel::info,
                    problem ? "database.problem" : "database.good", { { "why", textOf(problem) } });
            m_looked = true;
            m_databaseProblem = problem;
            m_shell.timers.after(lookEvery, [this] { look(); });
        });
}

wire::Health HealthWatch::health() const
{
    wire::Health health;
    health.version = m_version;
    health.database = !m_looked ? "not looked at yet"
        : !m_databaseProblem    ? "good"
                                : databaseWords(*m_databaseProblem);
    // Anybody may ask this; administrators read the rest in the list of hosts.
    health.hypervisor = !m_host.known ? "not looked at yet"
        : m_host.publicly.empty()     ? "good"
                                      : m_host.publicly;
    health.adoption = m_adoption != nullptr ? m_adoption->status() : std::nullopt;
    const bool good = m_looked && !m_databaseProblem && m_host.publicly.empty()
        && (!health.adoption || health.adoption->state == "checking");
    health.status = good || !m_looked ? "good" : "degraded";
    return health;
}

}
