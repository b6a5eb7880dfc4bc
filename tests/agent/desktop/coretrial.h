// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopcore.h"

#include <algorithm>
#include <string>
#include <vector>

namespace wardesk::desktop {

/// A core with a clock of its own and a memory of what came out of it.
class CoreTrial
{
public:
    explicit CoreTrial(DesktopMemory memory = {}, DesktopSettings settings = { .version = "9" })
        : core(std::move(settings), std::move(memory))
    {
    }

    /// Ready: the RDP server answers and the session runs.
    static CoreTrial ready()
    {
        CoreTrial trial;
        trial.feed(RdpAnswered { "c0ffee" });
        trial.feed(SessionStarted {});
        return trial;
    }

    std::vector<Effect>& feed(const Event& event)
    {
        effects = core.handle(event, now);
        return effects;
    }
    void advance(long long ms) { now += std::chrono::milliseconds(ms); }

    /// The answer.
    wire::AgentReport command(wire::AgentCommandKind kind, std::int64_t epoch,
        const std::string& lease, const std::string& credential = "secret",
        std::optional<std::int64_t> credentialMs = {})
    {
        feed(CommandReceived {
            { ++lastId, kind, epoch, lease, credentialMs, user, {}, timers }, Secret(credential) });
        return reportOf(wire::AgentReportKind::answer).value_or(wire::AgentReport {});
    }
    wire::AgentReport prepare(std::int64_t epoch, const std::string& lease,
        const std::string& credential = "secret", std::optional<std::int64_t> credentialMs = {})
    {
        return command(wire::AgentCommandKind::prepare, epoch, lease, credential, credentialMs);
    }
    bool offer(const std::string& credential, const std::string& account = "clinician")
    {
        feed(CredentialOffered { account, Secret(credential) });
        return has<AcceptCredential>();
    }
    /// From a credential to a client that is shown the session.
    void connect(std::int64_t epoch, const std::string& lease, std::uint64_t viewer)
    {
        prepare(epoch, lease, "pass");
        offer("pass");
        feed(ViewersSeen { { viewer } });
    }

    template <typename E> [[nodiscard]] bool has() const { return indexOf<E>() < effects.size(); }
    template <typename E> [[nodiscard]] std::size_t indexOf() const
    {
        const auto found = std::find_if(effects.begin(), effects.end(),
            [](const Effect& effect) { return std::holds_alternative<E>(effect); });
        return static_cast<std::size_t>(found - effects.begin());
    }
    [[nodiscard]] std::optional<wire::AgentReport> reportOf(wire::AgentReportKind kind) const
    {
        for (const auto& effect : effects) {
            const auto* send = std::get_if<SendReport>(&effect);
            if (send != nullptr && send->report.kind == kind)
                return send->report;
        }
        return std::nullopt;
    }
    [[nodiscard]] wire::SessionState session() const { return core.memory().session; }
    [[nodiscard]] bool isLocked() const { return core.memory().isLocked; }

    DesktopCore core;
    MonotonicTime now { std::chrono::milliseconds(1'000'000) };
    std::vector<Effect> effects;
    std::int64_t lastId = 0;
    std::optional<std::string> user; ///< named in every command
    std::optional<wire::SessionTimers> timers; ///< the same
};

}
