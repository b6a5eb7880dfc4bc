// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/desktopcore.h"

#include <algorithm>

namespace wardesk::desktop {

using wire::AgentCommandKind;
using wire::AgentReport;
using wire::AgentReportKind;
using wire::SessionState;

DesktopCore::DesktopCore(DesktopSettings settings, DesktopMemory memory)
    : m_settings(std::move(settings))
    , m_memory(std::move(memory))
{
}

std::vector<Effect> DesktopCore::handle(const Event& event, MonotonicTime now)
{
    Effects effects;
    // What has run out by now is gone before anything else is looked at, however late the shell's
    // timer is.
    on(TimePassed {}, now, effects);
    if (!std::holds_alternative<TimePassed>(event))
        std::visit([&](const auto& e) { on(e, now, effects); }, event);
    return effects;
}

std::optional<MonotonicTime> DesktopCore::deadline() const
{
    std::optional<MonotonicTime> earliest;
    if (m_credential)
        earliest = m_credential->end();
    if (m_admission)
        earliest = earliest ? std::min(*earliest, m_admission->end) : m_admission->end;
    return earliest;
}

bool DesktopCore::hasSession() const
{
    return m_memory.session != SessionState::none && m_memory.session != SessionState::ended;
}

bool DesktopCore::isReady() const
{
    return hasSession() && m_certificate.has_value();
}

void DesktopCore::on(const LinkUp&, MonotonicTime, Effects& effects)
{
    auto hello = report(AgentReportKind::hello);
    hello.isReady = isReady();
    hello.certificateSha256 = m_certificate;
    hello.session = m_memory.session;
    hello.version = m_settings.version;
    hello.proof = m_settings.proof;
    hello.resumed = m_memory.resumed;
    m_reportedReady = isReady();
    m_reportedCertificate = m_certificate.value_or("");
    effects.emplace_back(SendReport { std::move(hello) });
}

void DesktopCore::on(const CommandReceived& event, MonotonicTime now, Effects& effects)
{
    const auto& command = event.command;
    if (command.epoch > m_memory.epoch) {
        // Seen is seen, also when the command is refused below; what was handed out under a lower
        // epoch is worth nothing from now on (R3).
        m_memory.epoch = command.epoch;
        m_credential.reset();
        effects.emplace_back(RememberState {});
    }
    if (const auto allowed = mayObey(command); !allowed) {
        auto refusal = answer(command);
        refusal.error = wireCode(allowed.error().code);
        refusal.message = allowed.error().detail;
        effects.emplace_back(SendReport { std::move(refusal) });
        return;
    }
    switch (command.kind) {
    case AgentCommandKind::prepare:
        prepare(event, now, effects);
        return;
    case AgentCommandKind::state: {
        auto told = answer(command);
        told.session = m_memory.session;
        effects.emplace_back(SendReport { std::move(told) });
        return;
    }
    case AgentCommandKind::lock:
        effects.emplace_back(SendReport { answer(command) });
        lock(effects);
        return;
    case AgentCommandKind::disconnect:
        effects.emplace_back(SendReport { answer(command) });
        sendAway(effects);
        return;
    case AgentCommandKind::timers:
        m_memory.timers = command.timers;
        effects.emplace_back(RememberState {});
        effects.emplace_back(SendReport { answer(command) });
        return;
    case AgentCommandKind::logoffUnused:
    case AgentCommandKind::logoff:
        if (m_memory.lease.empty() && !command.lease.empty()) {
            // Leased, but nobody came: from now on the end of the session is this lease's log-off,
            // and not one that may be tried again.
            m_memory.lease = command.lease;
            m_memory.user = command.user.value_or("");
            effects.emplace_back(RememberState {});
        }
        effects.emplace_back(SendReport { answer(command) });
        endSession(effects);
        return;
    case AgentCommandKind::brokers:
        return; // the link's, and none of the desktop's business
    }
}

Result<void> DesktopCore::mayObey(const wire::AgentCommand& command) const
{
    if (command.epoch < m_memory.epoch)
        return failure(Errc::stale,
            "epoch " + std::to_string(command.epoch) + " is lower than "
                + std::to_string(m_memory.epoch));
    if (command.kind == AgentCommandKind::prepare)
        return mayPrepare(command);
    if (command.kind == AgentCommandKind::logoffUnused && isExpected())
        return failure(Errc::conflict, "somebody is connected, or about to be");
    if (!m_memory.lease.empty() && !command.lease.empty() && command.lease != m_memory.lease)
        return failure(Errc::conflict, "this desktop serves another lease");
    return {};
}

Result<void> DesktopCore::mayPrepare(const wire::AgentCommand& command) const
{
    if (command.lease.empty())
        return failure(Errc::invalidArgument, "'lease' is wrong: the id of a lease is expected");
    if (command.credentialMs && *command.credentialMs <= 0)
        return failure(Errc::invalidArgument, "'credentialMs' is wrong: more than 0 is expected");
    if (m_memory.session == SessionState::ended)
        return failure(Errc::conflict, "the session of this incarnation has ended");
    // One incarnation, one user (R1): the broker's database says so, and the desktop does not rely
    // on it.
    if (m_memory.isUsed && command.lease != m_memory.lease)
        return failure(Errc::conflict, "this incarnation has been used under another lease");
    // A lease has one user; who names another is told so before a credential is made.
    if (m_memory.isUsed && command.user && !m_memory.user.empty() && *command.user != m_memory.user)
        return failure(Errc::conflict, "this incarnation has been used by another user");
    if (!m_settings.owner.empty() && command.user != m_settings.owner)
        return failure(Errc::conflict, "this desktop is kept for another user");
    if (m_memory.preparedEpoch == command.epoch && command.lease != m_memory.lease)
        return failure(Errc::conflict, "another lease was prepared under this epoch");
    if (!isReady())
        return failure(Errc::preparing, "the desktop is not ready yet");
    return {};
}

void DesktopCore::prepare(const CommandReceived& event, MonotonicTime now, Effects& effects)
{
    using std::chrono::milliseconds;
    const auto& command = event.command;
    const auto asked
        = command.credentialMs ? milliseconds(*command.credentialMs) : m_settings.credentialLife;
    m_credential.emplace(
        event.freshCredential.reveal(), now + std::min(asked, m_settings.credentialLife));
    if (command.lease != m_memory.lease)
        m_memory.user.clear();
    m_memory.lease = command.lease;
    m_memory.user = command.user.value_or(m_memory.user);
    m_memory.preparedEpoch = command.epoch;
    if (command.timers)
        m_memory.timers = command.timers;
    effects.emplace_back(RememberState {});
    auto obeyed = answer(command);
    obeyed.account = m_settings.account;
    obeyed.credential = std::string(event.freshCredential.reveal());
    effects.emplace_back(SendReport { std::move(obeyed) });
}

void DesktopCore::on(const CredentialOffered& event, MonotonicTime now, Effects& effects)
{
    const auto refuse = [&](std::string_view why) {
        effects.emplace_back(RefuseCredential { std::string(why) });
    };
    if (event.account != m_settings.account)
        return refuse("it is for another account");
    if (!hasSession())
        return refuse("there is no session");
    if (!m_credential)
        return refuse("none is valid");
    if (!m_credential->opens(event.credential.reveal(), now))
        return refuse("it is wrong");

    m_credential.reset(); // dead at first use
    m_admission = Admission { now + m_settings.admissionTime, m_viewers };
    m_attendedSince = now;
    m_idle = {};
    if (!m_memory.isUsed)
        effects.emplace_back(PlantMarks {});
    m_memory.isUsed = true;
    m_memory.isShown = false;
    m_memory.isLocked = false;
    // The lock goes before the client is shown anything: whoever is shown the session has passed
    // here, and a client that never comes brings the lock back when its admission ends.
    effects.emplace_back(AcceptCredential {});
    effects.emplace_back(UnlockScreen {});
    enter(SessionState::connected, effects);
}

void DesktopCore::on(const SessionStarted&, MonotonicTime, Effects& effects)
{
    if (m_memory.session != SessionState::none)
        return;
    enter(SessionState::prepared, effects);
    reportReadiness(effects);
}

void DesktopCore::on(const SessionGone&, MonotonicTime, Effects& effects)
{
    if (m_memory.session == SessionState::ended)
        return;
    m_credential.reset();
    m_admission.reset();
    m_memory.isLocked = false;
    if (m_memory.lease.empty() && m_starts < m_settings.sessionStarts) {
        // Nobody has had this desktop: a session that failed by itself is no log-off (R6), and may
        // be tried again.
        ++m_starts;
        enter(SessionState::none, effects);
        reportReadiness(effects);
        effects.emplace_back(StartSession {});
        return;
    }
    enter(m_memory.lease.empty() ? SessionState::none : SessionState::ended, effects);
    reportReadiness(effects);
}

void DesktopCore::on(const ViewersSeen& event, MonotonicTime now, Effects& effects)
{
    m_viewers = event.viewers;
    if (!hasSession())
        return;
    const bool isConnected = m_memory.session == SessionState::connected;
    if (isConnected && !m_memory.isShown && !m_admission) // the agent was started again in between
        m_admission = Admission { now + m_settings.admissionTime, {} };
    if (m_admission) {
        const auto isNew
            = [&](std::uint64_t viewer) { return m_admission->before.count(viewer) == 0; };
        if (std::any_of(m_viewers.begin(), m_viewers.end(), isNew)) {
            m_admission.reset(); // the expected client has arrived
            m_memory.isShown = true;
            effects.emplace_back(RememberState {});
        }
        return;
    }
    if (isConnected && m_viewers.empty())
        loseViewers(effects);
    if (!isConnected && !m_viewers.empty()) {
        // Somebody looks at the session without a credential that we accepted: this must not be, so
        // it ends.
        lock(effects);
        effects.emplace_back(CutViewers {});
    }
}

void DesktopCore::on(const RdpAnswered& event, MonotonicTime, Effects& effects)
{
    m_certificate = event.certificateSha256;
    reportReadiness(effects);
}

void DesktopCore::on(const RdpSilent&, MonotonicTime, Effects& effects)
{
    m_certificate.reset();
    reportReadiness(effects);
}

void DesktopCore::on(const IdleMeasured& event, MonotonicTime now, Effects& effects)
{
    using std::chrono::milliseconds;
    if (m_memory.session != SessionState::connected)
        return;
    if (!m_attendedSince) // an earlier agent let them in
        m_attendedSince = now;
    m_idle = std::min(event.idle, std::chrono::duration_cast<milliseconds>(now - *m_attendedSince));
    auto idle = report(AgentReportKind::idle);
    idle.idleMs = m_idle.count();
    effects.emplace_back(SendReport { std::move(idle) });
    const auto isOver
        = [this](std::int64_t after) { return after > 0 && m_idle >= milliseconds(after); };
    const auto timers = m_memory.timers.value_or(wire::SessionTimers {});
    if (m_admission)
        return; // who was let in a moment ago is not idle
    if (isOver(timers.disconnectMs))
        sendAway(effects);
    else if (isOver(timers.lockMs) && !m_memory.isLocked)
        lock(effects);
}

/// What was ready before says nothing: the RDP server has to answer once more. Nothing is told on
/// the old connection, which nobody has at the other end.
void DesktopCore::on(const Woken& event, MonotonicTime, Effects& effects)
{
    m_memory.resumed = event.resumed;
    if (event.proof)
        m_settings.proof = event.proof;
    m_certificate.reset();
    m_reportedReady = false;
    m_credential.reset();
    effects.emplace_back(RememberState {});
}

std::chrono::milliseconds DesktopCore::idleLook() const
{
    using std::chrono::milliseconds;
    constexpr milliseconds usual { 30'000 };
    constexpr milliseconds least { 200 };
    milliseconds next = usual;
    const auto timers = m_memory.timers.value_or(wire::SessionTimers {});
    for (const milliseconds after :
        { milliseconds(timers.lockMs), milliseconds(timers.disconnectMs) }) {
        if (after > m_idle)
            next = std::min(next, after - m_idle);
    }
    return std::max(next, least);
}

/// Somebody is connected, which whoever is being let in is already, or has been promised to be.
bool DesktopCore::isExpected() const
{
    return m_memory.session == SessionState::connected || m_credential;
}

void DesktopCore::sendAway(Effects& effects)
{
    m_credential.reset();
    m_admission.reset();
    effects.emplace_back(CutViewers {});
    if (m_memory.session == SessionState::connected)
        loseViewers(effects);
}

void DesktopCore::on(const TimePassed&, MonotonicTime now, Effects& effects)
{
    if (m_credential && now >= m_credential->end())
        m_credential.reset();
    if (m_admission && now >= m_admission->end) {
        m_admission.reset();
        m_memory.isShown = !m_viewers.empty(); // the earlier client of a takeover that never came
        if (!m_memory.isShown)
            loseViewers(effects);
    }
}

void DesktopCore::endSession(Effects& effects)
{
    m_credential.reset();
    if (m_admission)
        m_memory.isShown = true; // nobody is waited for any more: the next look at no client locks
    m_admission.reset();
    if (hasSession()) {
        effects.emplace_back(EndSession {}); // SessionGone follows
        return;
    }
    // Nothing runs; what is being started must not become a session any more.
    effects.emplace_back(EndSession {});
    enter(SessionState::ended, effects);
}

void DesktopCore::enter(SessionState session, Effects& effects)
{
    m_memory.session = session;
    effects.emplace_back(RememberState {});
    auto changed = report(AgentReportKind::session);
    changed.session = session;
    effects.emplace_back(SendReport { std::move(changed) });
}

void DesktopCore::lock(Effects& effects)
{
    if (!hasSession())
        return;
    m_memory.isLocked = true;
    effects.emplace_back(LockScreen {}); // doing it twice does no harm
    effects.emplace_back(RememberState {});
}

void DesktopCore::loseViewers(Effects& effects)
{
    m_memory.isShown = false;
    lock(effects); // before anybody is told (S7)
    enter(SessionState::disconnected, effects);
}

void DesktopCore::reportReadiness(Effects& effects)
{
    const std::string certificate = m_certificate.value_or("");
    if (isReady() == m_reportedReady && (!isReady() || certificate == m_reportedCertificate))
        return;
    m_reportedReady = isReady();
    m_reportedCertificate = certificate;
    auto ready = report(AgentReportKind::ready);
    ready.isReady = isReady();
    ready.certificateSha256 = m_certificate;
    ready.session = m_memory.session;
    ready.proof = m_settings.proof;
    ready.resumed = m_memory.resumed;
    effects.emplace_back(SendReport { std::move(ready) });
}

AgentReport DesktopCore::report(AgentReportKind kind) const
{
    AgentReport report;
    report.kind = kind;
    report.epoch = m_memory.epoch;
    if (!m_memory.lease.empty())
        report.lease = m_memory.lease;
    if (!m_memory.user.empty())
        report.user = m_memory.user;
    return report;
}

AgentReport DesktopCore::answer(const wire::AgentCommand& command) const
{
    auto answer = report(AgentReportKind::answer);
    answer.id = command.id;
    return answer;
}

}
