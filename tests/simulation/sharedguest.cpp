// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What the agent of a shared desktop does round its cores: as agent/desktop/sharedseats.cpp.
#include "tests/simulation/agentconnection.h"
#include "tests/simulation/guest.h"

#include <algorithm>

namespace wardesk::broker::simulation {

desktop::Seats Guest::seats() const
{
    desktop::Seats seats;
    for (const auto& [number, seat] : m_seats)
        seats.emplace(number, seat.memory);
    return seats;
}

void Guest::warmNext()
{
    if (m_neverBoots)
        return;
    if (const std::int64_t next = desktop::nextWarm(seats(), m_limits); next > 0)
        reviveSeat(addSeat(next));
}

bool Guest::isSharedReady() const
{
    return std::any_of(m_seats.begin(), m_seats.end(),
        [](const auto& one) { return one.second.core && one.second.core->isReady(); });
}

wire::AgentReport Guest::sharedReport(wire::AgentReportKind kind) const
{
    const desktop::Seats all = seats();
    wire::AgentReport report;
    report.kind = kind;
    report.epoch = desktop::highestEpoch(all, m_leastEpoch);
    report.sessions = desktop::reportsOf(all);
    report.proof.emplace();
    report.proof->places = { "/tmp" };
    report.proof->rdpKeySha256 = m_certificate;
    return report;
}

void Guest::tellShared(Seat& seat, const wire::AgentReport& report)
{
    if (report.kind == wire::AgentReportKind::answer) {
        send(report);
        if (report.error == wireCode(Errc::preparing)) {
            m_life.wasUnready = true; // the broker takes that for the word of all of it
            m_saidReady.reset();
        }
    } else if (report.kind == wire::AgentReportKind::session) {
        seat.memory = seat.core->memory();
        send(sharedReport(wire::AgentReportKind::session));
    } else if (report.kind == wire::AgentReportKind::ready) {
        look();
    }
}

void Guest::look()
{
    if (!isShared() || !m_agentLives || m_halted || m_frozenAt)
        return;
    warmNext();
    const bool isReady = isSharedReady();
    if (m_saidReady == isReady)
        return;
    m_saidReady = isReady;
    auto report = sharedReport(wire::AgentReportKind::ready);
    report.isReady = isReady;
    if (m_rdpAnswers)
        report.certificateSha256 = m_certificate;
    report.resumed = m_resumed;
    send(report);
}

void Guest::refuse(const wire::AgentCommand& command, const Error& error)
{
    wire::AgentReport answer;
    answer.kind = wire::AgentReportKind::answer;
    answer.epoch = m_leastEpoch;
    answer.id = command.id;
    answer.error = wireCode(error.code);
    answer.message = error.detail;
    send(answer);
}

}
