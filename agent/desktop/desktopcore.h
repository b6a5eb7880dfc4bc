// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopevents.h"
#include "agent/desktop/onetimecredential.h"
#include "protocols/base/error.h"

#include <boost/describe.hpp>
#include <optional>
#include <vector>

namespace wardesk::desktop {

/// What an agent that is started again inside the same incarnation must still know. No credential
/// in it.
struct DesktopMemory
{
    std::int64_t epoch = 0; ///< the highest seen (R3)
    std::string lease; ///< of the last prepare that was obeyed
    std::string user; ///< whose lease it is, for a broker whose database has lost it (R11)
    std::int64_t preparedEpoch = -1; ///< of that prepare
    bool isUsed = false; ///< a credential was accepted: this incarnation has its user (R1)
    wire::SessionState session = wire::SessionState::none;
    bool isShown = false; ///< connected: the client that the credential was for has been seen
    bool isLocked = false;
    std::optional<wire::SessionTimers> timers; ///< of the pool, as the broker said last
    std::optional<std::int64_t> resumed {}; ///< the last time that the machine was
};
BOOST_DESCRIBE_STRUCT(DesktopMemory, (),
    (epoch, lease, user, preparedEpoch, isUsed, session, isShown, isLocked, timers, resumed))

struct DesktopSettings
{
    std::string account = "clinician";
    std::string version;
    std::optional<wire::ResetProof> proof; ///< that this incarnation is a fresh one
    std::string owner; ///< id of the only user it is for (dedicated pools), if that is known
    std::chrono::milliseconds credentialLife { 60'000 }; ///< default and upper bound (S5)
    /// From the accepted credential to the picture: xrdp needs 0.3 s; a machine under load may need
    /// much more.
    std::chrono::milliseconds admissionTime { 30'000 };
    int sessionStarts
        = 3; ///< how often a session that died before anyone had a lease is started again
};

/// Decides everything the desktop agent does: epochs, the one-time credential, session states, the
/// screen lock. A value without clock, randomness or I/O: events and the time go in, effects come
/// out. One thread.
class DesktopCore
{
public:
    DesktopCore(DesktopSettings settings, DesktopMemory memory);

    [[nodiscard]] std::vector<Effect> handle(const Event& event, MonotonicTime now);
    /// When handle(TimePassed) is due at the latest; nothing when time alone changes nothing.
    [[nodiscard]] std::optional<MonotonicTime> deadline() const;

    /// As it is known by now; before the desktop is ready.
    void show(wire::ResetProof proof) { m_settings.proof = std::move(proof); }
    [[nodiscard]] const DesktopMemory& memory() const { return m_memory; }
    [[nodiscard]] bool isReady() const;
    [[nodiscard]] bool hasSession() const;
    [[nodiscard]] bool isAdmitting() const { return m_admission.has_value(); }
    /// After which time IdleMeasured is due, so that no timer of an idle session is missed.
    [[nodiscard]] std::chrono::milliseconds idleLook() const;

private:
    using Effects = std::vector<Effect>;

    /// Between an accepted credential and the first look at the client it belongs to.
    struct Admission
    {
        MonotonicTime end;
        Viewers before; ///< those who were there already; the one who is expected is none of them
    };

    void on(const LinkUp&, MonotonicTime now, Effects& effects);
    void on(const CommandReceived& event, MonotonicTime now, Effects& effects);
    void on(const CredentialOffered& event, MonotonicTime now, Effects& effects);
    void on(const SessionStarted&, MonotonicTime now, Effects& effects);
    void on(const SessionGone&, MonotonicTime now, Effects& effects);
    void on(const ViewersSeen& event, MonotonicTime now, Effects& effects);
    void on(const RdpAnswered& event, MonotonicTime now, Effects& effects);
    void on(const RdpSilent&, MonotonicTime now, Effects& effects);
    void on(const IdleMeasured& event, MonotonicTime now, Effects& effects);
    void on(const Woken& event, MonotonicTime now, Effects& effects);
    void on(const TimePassed&, MonotonicTime now, Effects& effects);

    [[nodiscard]] Result<void> mayObey(const wire::AgentCommand& command) const;
    [[nodiscard]] Result<void> mayPrepare(const wire::AgentCommand& command) const;
    void prepare(const CommandReceived& event, MonotonicTime now, Effects& effects);
    void endSession(Effects& effects);
    void enter(wire::SessionState session, Effects& effects);
    void lock(Effects& effects);
    void loseViewers(Effects& effects);
    void sendAway(Effects& effects);
    [[nodiscard]] bool isExpected() const;
    void reportReadiness(Effects& effects);
    [[nodiscard]] wire::AgentReport report(wire::AgentReportKind kind) const;
    [[nodiscard]] wire::AgentReport answer(const wire::AgentCommand& command) const;

    DesktopSettings m_settings;
    DesktopMemory m_memory;
    std::optional<OneTimeCredential> m_credential;
    std::optional<Admission> m_admission;
    /// Idleness counts from the moment the user came: the X server has been idle for longer.
    std::optional<MonotonicTime> m_attendedSince;
    std::chrono::milliseconds m_idle {};
    Viewers m_viewers;
    std::optional<std::string> m_certificate; ///< while port 3389 answers with it
    bool m_reportedReady = false;
    std::string m_reportedCertificate;
    int m_starts = 0;
};

}
