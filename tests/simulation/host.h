// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "tests/simulation/database.h"

#include <map>
#include <memory>

namespace wardesk::broker::simulation {

class HostConnection;

/// A virtualisation host: its domains, and what is wrong with it.
class Machine
{
public:
    using Boot = std::function<void(Life&, const DomainSpec&)>;
    using Halt = std::function<void(Life&, bool byUs)>;

    Machine(
        HostId theId, Scheduler& scheduler, Random& random, Observer& observer, const Trace& trace)
        : id(std::move(theId))
        , m_scheduler(scheduler)
        , m_random(random)
        , m_observer(observer)
        , m_trace(trace)
    {
    }
    const HostId id; ///< empty: the only one, without a row
    Boot onBoot; ///< a domain runs
    Halt onHalt; ///< it does not any more; `byUs`: a call of the broker
    std::function<void(Life&)> onFreeze; ///< it is saved to the disk
    std::function<void(Life&)> onThaw;
    /// The machine is told that it was resumed; false: nobody in it listens yet.
    std::function<bool(const DomainUuid&, std::int64_t token)> onWake;

    // what is wrong
    bool isDown = false; ///< libvirt is not running: refused at once
    bool isHanging = false; ///< calls come back at their deadline; what they asked may happen later
    double failing = 0; ///< share of calls that fail before their effect
    double losing = 0; ///< share of calls that fail after it
    bool losesEvents = false;
    bool hasPower = true;
    bool isGone = false; ///< it never has power again
    Span slowness { 0 };
    /// All that ran is gone, and nobody is told; calls come back at their deadline, undone.
    void losePower();
    void getPower();
    void troubleEnds() { m_troubledAt = m_scheduler.now(); }
    /// Since when nothing has been wrong with it; nothing while something is.
    [[nodiscard]] std::optional<Span> wellSince() const;

    struct Domain
    {
        ObservedDomain seen;
        Life* life;
        bool maySave = false; ///< persistent: only such a domain is ever saved
    };
    [[nodiscard]] const std::map<DomainUuid, Domain>& domains() const { return m_domains; }
    /// The domain that answers at this address, or null.
    [[nodiscard]] Life* at(const std::string& address);
    [[nodiscard]] std::string name() const { return id.isEmpty() ? "host" : id.value(); }

    [[nodiscard]] Result<void> start(const DomainSpec& spec, bool late = false);
    /// `late`: its caller has given it up, so that one step of it happens at most.
    [[nodiscard]] Result<void> suspend(const DomainUuid& uuid, bool late = false);
    [[nodiscard]] Result<void> resume(const DomainUuid& uuid);
    void destroy(const DomainUuid& uuid, bool byUs);
    void removeDisk(const DomainUuid& keptDisk);
    void setState(const DomainUuid& uuid, DomainState state);
    /// Tells all who listen, unless events get lost.
    void tell();

    void attach(HostConnection* connection) { m_connections.push_back(connection); }
    void detach(HostConnection* connection) { std::erase(m_connections, connection); }

private:
    friend class HostConnection;
    Scheduler& m_scheduler;
    Random& m_random;
    Observer& m_observer;
    const Trace& m_trace;
    std::map<DomainUuid, Domain> m_domains;
    std::map<DomainUuid, std::shared_ptr<KeptDisk>> m_disks;
    std::vector<HostConnection*> m_connections;
    Span m_troubledAt { 0 };
};

/// One process's connection to a host.
class HostConnection final : public Hypervisor
{
public:
    HostConnection(Machine& host, WorkerLane& lane, Process process, DeathTrap& trap);
    ~HostConnection() override;
    Result<void> start(const DomainSpec& spec) override;
    Result<void> suspend(const DomainUuid& uuid) override;
    Result<void> resume(const DomainUuid& uuid, std::int64_t token) override;
    Result<void> destroy(const DomainUuid& uuid) override;
    Result<void> removeDisk(const DomainUuid& keptDisk) override;
    Result<std::vector<ObservedDomain>> list() override;
    Result<std::string> probe() override;
    void onChange(std::function<void()> callback) override { m_callback = std::move(callback); }
    void changed();

private:
    enum class Kind { look, act };
    void tellAwake(const DomainUuid& uuid, std::int64_t token, Span pause, int tries);
    [[nodiscard]] std::optional<Error> before(Kind kind, const Job& late);
    [[nodiscard]] std::optional<Error> after(Kind kind);

    Machine& m_host;
    WorkerLane& m_lane;
    const Process m_process;
    DeathTrap& m_trap;
    bool m_dies = false;
    std::function<void()> m_callback;
};

}
