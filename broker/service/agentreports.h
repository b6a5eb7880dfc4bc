// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/adoptionwatch.h"
#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/poolwatch.h"
#include "broker/service/sessioncontrol.h"
#include "broker/service/shell.h"

#include <map>
#include <string>
#include <utility>

namespace wardesk::broker {

/// Writes down what agents report, and lets agents in. Main lane only.
///
/// Reports are states, not changes: the same one twice is harmless, and after a restart of the
/// broker the `hello` of each agent tells what happened meanwhile (R11).
class AgentReports
{
public:
    AgentReports(Shell& shell, PoolWatch& pools, AgentLinks& agents, EventHub& events,
        SessionControl& sessions);
    void useAdoption(AdoptionWatch& adoption) { m_adoption = &adoption; } ///< outlives this
    /// "Bootstrap <desktop id>.<incarnation>.<secret>" of the newest incarnation, or
    /// `unauthenticated`.
    void authenticate(const std::string& credentials, Done<AgentIdentity> done);
    /// `next` is called when the agent may send its next report.
    void receive(
        const AgentIdentity& from, const wire::AgentReport& report, std::function<void()> next);
    /// Its connection ended. Often that is the first sign of a domain that stopped.
    void left(const AgentIdentity& from, const AgentChannel* channel);

private:
    struct Effects;
    struct Told;
    static Result<Effects> write(Store& store, const Told& told, WallTime now);
    static Result<bool> checkEpoch(
        Store& store, const DesktopRow& row, const Told& told, WallTime now, Effects& effects);
    static Result<void> writeReadiness(Store& store, const DesktopRow& row,
        const wire::AgentReport& report, WallTime now, Effects& effects);
    static Result<void> writeSession(Store& store, const DesktopRow& row,
        const wire::AgentReport& report, WallTime now, Effects& effects);
    // of a shared desktop
    static Result<Effects> writeShared(Store& store, const DesktopRow& row, const Pool& pool,
        const wire::AgentReport& report, WallTime now, Effects effects);
    static Result<void> writeSeat(Store& store, const DesktopRow& row, const wire::SeatReport& seat,
        const wire::AgentReport& report, WallTime now, Effects& effects);
    void record(
        const AgentIdentity& from, const wire::AgentReport& report, std::function<void()> next);
    void act(const AgentIdentity& from, const Effects& effects);
    const wire::AgentReport& remember(const AgentIdentity& from, const wire::AgentReport& report);
    void submit(const AgentIdentity& from, const wire::AgentReport& report, const AgentWord& word,
        std::function<void()> next);
    void keepForLater(const AgentIdentity& from, const wire::AgentReport& report);
    void retry();

    Shell& m_shell;
    PoolWatch& m_pools;
    AgentLinks& m_agents;
    EventHub& m_events;
    SessionControl& m_sessions;
    AdoptionWatch m_noAdoption;
    AdoptionWatch* m_adoption = &m_noAdoption;
    /// What a connected agent has said of itself, all reports in one (R11).
    struct Heard
    {
        Incarnation incarnation;
        wire::AgentReport said;
    };
    std::map<DesktopId, Heard> m_heard;
    /// R14: what the database would not take.
    std::map<DesktopId, std::pair<AgentIdentity, wire::AgentReport>> m_unwritten;
    bool m_retryScheduled = false;
};

}
