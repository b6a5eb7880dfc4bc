// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/pool/adopt.h"
#include "broker/service/adoptionwatch.h"
#include "broker/service/agentlinks.h"
#include "broker/service/eventhub.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/principal.h"
#include "broker/service/shell.h"
#include "broker/service/watermark.h"
#include "protocols/wire/adminmessages.h"

#include <map>
#include <optional>
#include <string>

namespace wardesk::broker {

struct AdoptionSettings
{
    BrokerId broker { "broker" }; ///< names this one among those of the database
    /// For silent agents: so long without a first word of any. On a machine that is busy with all
    /// of them coming back at once, the last ones are not dead.
    std::chrono::milliseconds patience = std::chrono::seconds(20);
    std::chrono::milliseconds mostPatience = std::chrono::minutes(5); ///< in all
    /// Other brokers that gave a sign within this time vouch for the database.
    std::chrono::milliseconds aliveWithin = std::chrono::seconds(10);
};

/// R11: looks, before anything is given out, whether the database is older than what runs, and sets
/// it right if it is. The decisions are in broker/pool (adopt, findLoss); the page is its
/// DESIGN.md. Main lane only.
///
/// One broker of a database does it, the others wait. A broker that dies in the middle is replaced:
/// what was settled and what agents said is in the database.
class Adoption final : public AdoptionWatch
{
public:
    Adoption(Shell& shell, Hosts& hosts, AgentLinks& agents, EventHub& events, PoolKeeper& keeper,
        Watermark& watermark, AdoptionSettings settings);

    /// Looks now; the pools are reconciled from when all is well. `ordered`: adopt in any case.
    void start(const std::string& ordered = {});
    /// An administrator's wish, answered when the mode has begun.
    void order(const Principal& who, Done<wire::AdoptionStatus> done);

    [[nodiscard]] std::optional<Error> refusal() const override;
    [[nodiscard]] std::optional<Error> refusalOfAll() const override;
    [[nodiscard]] Epoch seen() const override { return m_seen; }
    void noteEpoch(Epoch epoch) override;
    void recheck() override;
    void suspect(const std::string& reason) override;
    [[nodiscard]] bool believesAgents() const override { return !m_proven && !m_adopted; }
    void heard() override { work(); }
    void authenticate(const DesktopId& desktop, Incarnation incarnation, const SecretHash& hash,
        Done<AgentIdentity> done) override;

    /// For everybody: a host's or the database's own words are in the log.
    [[nodiscard]] std::optional<wire::AdoptionStatus> status() const;

private:
    enum class State {
        checking, ///< nobody knows yet
        open, ///< all is well
        claiming, ///< evidence was found; asking the database to be the one
        following, ///< another broker does it
        listing, ///< the host is asked what runs
        settling
    };
    struct Look;
    struct Glance;
    struct Progress;

    void ask(Done<Look> then);
    void look(HostsSeen hosts, Done<Look> then);
    void first(const Result<Look>& seen);
    void again(const Result<Look>& seen);
    void watch();
    void enter(const std::string& reason, AdoptionStart how = AdoptionStart::afresh);
    void claim();
    void follow();
    void list();
    void work();
    void settled(const Result<Progress>& progress);
    void finish();
    [[nodiscard]] static bool isNew(const Look& look);
    /// What the database has lost of what was `seen` of it, in words.
    [[nodiscard]] static std::optional<std::string> lossIn(const Look& look, Epoch seen);
    void waitForWords();
    void open();
    void later(std::chrono::milliseconds pause, std::function<void()> what);
    void findAgain(const DesktopId& desktop, Incarnation incarnation, const SecretHash& hash,
        const Done<AgentIdentity>& done);
    [[nodiscard]] std::optional<AgentIdentity> known(
        const DesktopId& desktop, Incarnation incarnation, const SecretHash& hash) const;

    Shell& m_shell;
    Hosts& m_hosts;
    AgentLinks& m_agents;
    EventHub& m_events;
    PoolKeeper& m_keeper;
    Watermark& m_watermark;
    const AdoptionSettings m_settings;

    State m_state = State::checking;
    std::string m_ordered;
    std::string m_reason;
    AdoptionStart m_how = AdoptionStart::afresh;
    std::string m_problem; ///< what it waits for, in words for everybody
    bool m_rechecking = false;
    bool m_proven = false; ///< the watermark said exactly what the database says
    bool m_adopted = false; ///< once: nobody can make this broker do it again by a lie
    Epoch m_seen; ///< the highest that this process has seen
    std::vector<ObservedDomain> m_domains;
    MonotonicTime m_listedAt {}; ///< the last look at the host
    MonotonicTime m_settlingSince {};
    bool m_askedAgain = false; ///< the agents, whose desktop it is
    bool m_late = false;
    std::size_t m_words = 0; ///< of different agents
    bool m_working = false;
    bool m_workAgain = false;
    WallTime m_since {};
    std::int64_t m_total = 0;
    std::int64_t m_settled = 0;
    std::int64_t m_waiting = 0;
    Timers::Id m_timer = 0;
    Timers::Id m_lateTimer = 0;
};

}
