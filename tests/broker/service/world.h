// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/fake/fakehypervisor.h"
#include "broker/service/accessadministration.h"
#include "broker/service/adoption.h"
#include "broker/service/agentreports.h"
#include "broker/service/connections.h"
#include "broker/service/desktopadministration.h"
#include "broker/service/groupadministration.h"
#include "broker/service/healthwatch.h"
#include "broker/service/imageadministration.h"
#include "broker/service/pooladministration.h"
#include "broker/service/poolelasticity.h"
#include "broker/service/poolkeeper.h"
#include "broker/service/poollife.h"
#include "broker/service/poolrollouts.h"
#include "broker/service/sessioncontrol.h"
#include "broker/service/signins.h"
#include "broker/service/useradministration.h"
#include "broker/store/memorystore.h"
#include "tests/broker/service/failingstore.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace wardesk::broker::test {

class ManualClock final : public Clock
{
public:
    [[nodiscard]] WallTime wall() const override { return m_wall; }
    [[nodiscard]] MonotonicTime monotonic() const override { return m_monotonic; }
    void advance(std::chrono::milliseconds step)
    {
        m_wall += step;
        m_monotonic += step;
    }

private:
    WallTime m_wall { std::chrono::milliseconds(1'700'000'000'000) };
    MonotonicTime m_monotonic { std::chrono::hours(1) };
};

class ManualTimers final : public Timers
{
public:
    explicit ManualTimers(ManualClock& clock)
        : m_clock(clock)
    {
    }
    Id after(std::chrono::milliseconds delay, std::function<void()> job) override;
    void cancel(Id id) override { m_jobs.erase(id); }
    /// The time of the next one, if it is not after `limit`.
    [[nodiscard]] std::optional<MonotonicTime> next(MonotonicTime limit) const;
    void runDue();

private:
    struct Entry
    {
        MonotonicTime at;
        std::function<void()> job;
    };
    ManualClock& m_clock;
    std::map<Id, Entry> m_jobs;
    Id m_last = 0;
};

/// Jobs wait until the world runs them, in the order of their posting.
class QueueLane final : public Lane
{
public:
    [[nodiscard]] bool post(Urgency urgency, std::function<void()> job) override;
    bool runOne();
    bool refusing = false; ///< as a full queue does
    bool hangs = false; ///< what is in it, or comes, gets no further

private:
    std::deque<std::function<void()>> m_jobs;
};

class FakeHasher final : public PasswordHasher
{
public:
    [[nodiscard]] Result<std::string> hash(const Secret& password) const override
    {
        return "hash of " + std::string(password.reveal());
    }
    [[nodiscard]] bool verify(const std::string& hash, const Secret& password) const override
    {
        ++verified;
        return hash == "hash of " + std::string(password.reveal());
    }
    mutable int verified = 0;
};

class MemoryWatermark final : public Watermark
{
public:
    [[nodiscard]] std::optional<Epoch> read() const override { return value; }
    void note(Epoch epoch) override { value = epoch; }
    std::optional<Epoch> value;
};

class World;

/// The agent of one life of a desktop.
class FakeAgent final : public AgentChannel
{
public:
    FakeAgent(World& world, AgentIdentity identity)
        : m_world(world)
        , m_identity(std::move(identity))
    {
    }
    void send(const wire::AgentCommand& command) override;
    void close(const std::string& why) override { closedBecause = why; }
    void report(const wire::AgentReport& report);
    void session(wire::SessionState newState);
    /// Of a shared desktop: what one session is now.
    void seat(std::int64_t number, wire::SessionState newState);
    [[nodiscard]] const AgentIdentity& identity() const { return m_identity; }

    bool silent = false; ///< takes commands and answers nothing
    bool unready = false; ///< lets nobody in
    std::string closedBecause;
    std::vector<wire::AgentCommand> commands;
    std::int64_t epoch = 0; ///< the highest seen, as a real one keeps it (R3)
    std::string lease;
    std::string user;
    std::string credentials; ///< what it proves itself with
    std::string certificate;
    std::optional<std::int64_t> resumed; ///< what its machine was told when it was resumed
    wire::SessionState state = wire::SessionState::prepared;
    bool isShared = false;
    std::map<std::int64_t, wire::SeatReport> seats; ///< that were given out

private:
    void obeySeat(const wire::AgentCommand& command, wire::AgentReport& answer);
    void tellSeats();
    World& m_world;
    AgentIdentity m_identity;
};

/// A whole broker without network, threads and time.
class World
{
public:
    World();
    /// Everything that can be done without time passing.
    void settle();
    void advance(std::chrono::milliseconds step);
    /// A user and his principal, as the gate would make it.
    Principal addUser(const std::string& name, Role role = Role::clinician);
    Pool addPool(const std::string& name, std::int64_t spare, std::int64_t max,
        PoolKind kind = PoolKind::floating, std::int64_t seats = 1);
    /// A virtualisation host with a row. From the first one on the world has these, and not the one
    /// that it began with.
    void addHost(const std::string& name, const Labels& labels = {});
    struct OneHost
    {
        HostId id;
        FakeHypervisor* fake = nullptr;
        QueueLane* lane = nullptr;
    };
    OneHost& hostOf(const std::string& name) { return many.at(name); }
    /// Its machine loses its power: neither libvirt nor any agent says anything more.
    void kill(const std::string& hostName);
    /// Connects the agent of every desktop that runs and has none, and reports readiness.
    void bootDesktops();
    /// R11: this broker's database becomes that backup, and what runs is what ran in the other
    /// world.
    void restore(World& before, const MemoryTables& backup, std::optional<Epoch> mark);
    /// The agents of the other world find this broker. The number of those that it lets in.
    int agentsReturn(World& before);
    /// One of them, or nothing when it is not let in.
    std::shared_ptr<FakeAgent> agentReturns(const FakeAgent& earlier);
    std::shared_ptr<FakeAgent> agentOf(const std::string& desktopName);
    std::vector<DesktopRow> rows();
    DesktopRow row(const std::string& desktopName);
    std::vector<AuditRecord> audit();
    std::size_t countAudit(const std::string& action);

    Result<wire::Connection> connect(
        const Principal& who, const Pool& pool, const std::string& key);
    Result<wire::OneTimeCredential> redeem(const Principal& who, const std::string& ticket);

    /// Runs something that answers by a callback until it has answered.
    template <typename T, typename Start> Result<T> await(Start start)
    {
        std::optional<Result<T>> answer;
        start(Done<T>([&answer](Result<T> result) { answer = std::move(result); }));
        settle();
        for (int tries = 0; !answer && tries < 40; ++tries)
            advance(std::chrono::milliseconds(500));
        if (!answer)
            return failure(Errc::internal, "no answer came");
        return std::move(*answer);
    }

    /// What the agents of incarnations show as the proof of their reset; nothing: they cannot.
    std::function<std::optional<wire::ResetProof>(const AgentIdentity&)> proofOf;
    bool hasOlderAgents = false; ///< which know no seats

    ManualClock clock;
    ManualTimers timers { clock };
    QueueLane main;
    QueueLane storeLane;
    QueueLane hashLane;
    QueueLane hostLane;
    MemoryStore store { clock };
    FailingStore failing { store }; ///< what the service has; a test looks into the real one
    FakeHypervisor host;
    FakeHasher hasher;
    HostState hostState;
    OrganisationId organisation { "org" };
    Shell shell { main, storeLane, hashLane, timers, clock, failing, hasher, organisation };
    AgentLinks agents { shell };
    EventHub events { shell };
    Hosts hosts { shell, agents, events, hostState };
    PoolKeeper keeper;
    MemoryWatermark watermark;
    Adoption adoption;
    SessionControl sessions { shell, keeper, agents, events };
    SignIns signIns { shell, events };
    Connections connections { shell, keeper, agents, events, hostState };
    AgentReports reports { shell, keeper, agents, events, sessions };
    PoolAdministration pools { shell, keeper };
    PoolElasticity elasticity { shell, keeper };
    PoolLife life { shell, keeper, events };
    ImageAdministration images { shell };
    PoolRollouts rollouts { shell, keeper };
    DesktopAdministration desktops { shell, keeper, sessions };
    UserAdministration users { shell, events, sessions };
    AccessAdministration access { shell, events };
    GroupAdministration groups { shell, events };
    std::map<std::string, OneHost> many;
    std::map<std::string, std::shared_ptr<FakeAgent>> connected; ///< by name of the desktop
    Image image;
};

class FakeEvents final : public EventChannel
{
public:
    void send(const wire::Event& event) override { events.push_back(event); }
    void close(const std::string&) override { closed = true; }
    [[nodiscard]] std::size_t count(wire::EventKind kind) const;
    std::vector<wire::Event> events;
    bool closed = false;
};

}
