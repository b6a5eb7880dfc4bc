// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/auditbroker/simulatedagents.h"

#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

namespace wardesk::broker::test {

namespace {

constexpr std::chrono::milliseconds orphansEvery { 200 };

/// The broker's side of one simulated agent: it obeys at once, and no epoch below the highest (R3).
class SimulatedAgent final : public AgentChannel
{
public:
    SimulatedAgent(Shell& shell, Services& services, AgentIdentity identity, std::int64_t epoch)
        : m_shell(shell)
        , m_services(services)
        , m_identity(std::move(identity))
        , m_epoch(epoch)
    {
    }
    void send(const wire::AgentCommand& command) override
    {
        wire::AgentReport answer;
        answer.kind = wire::AgentReportKind::answer;
        answer.id = command.id;
        if (command.epoch < m_epoch) {
            answer.error = "stale";
            answer.message = "an older epoch";
        } else {
            m_epoch = command.epoch;
            m_lease = command.lease;
            if (command.kind == wire::AgentCommandKind::prepare) {
                answer.account = "clinician";
                answer.credential = "one-time-" + std::to_string(command.epoch);
            }
        }
        answer.epoch = m_epoch;
        report(answer);
        if (!answer.error && command.kind == wire::AgentCommandKind::prepare)
            session(wire::SessionState::connected);
        if (!answer.error && command.kind == wire::AgentCommandKind::logoff)
            session(wire::SessionState::ended);
        if (!answer.error && command.kind == wire::AgentCommandKind::disconnect)
            session(wire::SessionState::disconnected);
    }
    void close(const std::string&) override { }
    void report(const wire::AgentReport& said)
    {
        std::ignore = m_shell.main.post(
            Urgency::usual, [&services = m_services, identity = m_identity, said] {
                services.reports->receive(identity, said, [] {});
            });
    }

private:
    void session(wire::SessionState state)
    {
        wire::AgentReport told;
        told.kind = wire::AgentReportKind::session;
        told.session = state;
        told.epoch = m_epoch;
        if (!m_lease.empty())
            told.lease = m_lease;
        report(told);
    }

    Shell& m_shell;
    Services& m_services;
    AgentIdentity m_identity;
    std::int64_t m_epoch;
    std::string m_lease;
};

}

SimulatedAgents::SimulatedAgents(SharedHost& host)
    : m_host(host)
{
}

void SimulatedAgents::begin(Shell& shell, Services& services)
{
    m_shell = &shell;
    m_services = &services;
    m_host.onStarted = [this](const SharedDomain& domain) {
        std::ignore = m_shell->main.post(Urgency::usual, [this, domain] { boot(domain); });
    };
    lookForOrphans();
}

void SimulatedAgents::lookForOrphans()
{
    for (const SharedDomain& orphan : m_host.takeOrphans())
        boot(orphan);
    m_shell->timers.after(orphansEvery, [this] { lookForOrphans(); });
}

void SimulatedAgents::boot(const SharedDomain& domain)
{
    const auto json = fromBase64(domain.bootstrap.reveal());
    const auto bootstrap = wire::decode<wire::AgentBootstrap>(json.value_or(""));
    if (!bootstrap)
        return;
    m_services->reports->authenticate(
        bootstrap->desktop + '.' + std::to_string(bootstrap->incarnation) + '.' + bootstrap->secret,
        [this, bootstrap = *bootstrap](Result<AgentIdentity> identity) {
            if (!identity)
                return; // its life is over already
            auto agent = std::make_shared<SimulatedAgent>(
                *m_shell, *m_services, *identity, bootstrap.epoch);
            m_services->agents->attach(*identity, agent);
            wire::AgentReport hello;
            hello.epoch = bootstrap.epoch;
            hello.isReady = true;
            hello.session = wire::SessionState::prepared;
            // Another one for every incarnation, as real desktops have.
            hello.certificateSha256 = sha256Hex(bootstrap.secret);
            agent->report(hello);
        });
}

}
