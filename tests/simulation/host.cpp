// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/host.h"

#include <algorithm>

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

constexpr Span deadline = 10s; // R12

}

Life* Machine::at(const std::string& address)
{
    for (auto& [uuid, domain] : m_domains) {
        if (domain.life->isRunning && domain.life->address == address)
            return domain.life;
    }
    return nullptr;
}

Result<void> Machine::start(const DomainSpec& spec, bool late)
{
    if (m_domains.contains(spec.uuid))
        return {};
    const bool nameTaken = std::any_of(m_domains.begin(), m_domains.end(),
        [&spec](const auto& entry) { return entry.second.seen.name == spec.name; });
    if (nameTaken)
        return failure(Errc::conflict, "another domain is named '" + spec.name + "'");
    if (!spec.owner.isEmpty() && !m_disks.contains(spec.keptDisk))
        return failure(Errc::notFound, "the disk that is kept for somebody is not there");
    if (spec.owner.isEmpty() && m_disks.contains(spec.keptDisk))
        return failure(Errc::conflict, "the disk was made before");
    Life& life = m_observer.lifeOf(spec);
    if (!spec.keptDisk.isEmpty()) {
        auto& disk = m_disks[spec.keptDisk];
        if (!disk)
            disk = std::make_shared<KeptDisk>();
        life.disk = disk;
    }
    m_domains.emplace(spec.uuid,
        Domain { { .uuid = spec.uuid,
                     .name = spec.name,
                     .state = DomainState::running,
                     .desktop = spec.desktop,
                     .pool = spec.pool,
                     .incarnation = spec.incarnation,
                     .epoch = spec.epoch,
                     .keptDisk = spec.keptDisk,
                     .owner = spec.owner },
            &life });
    m_observer.started(life, id);
    life.isDefined = life.isRunning = true;
    life.startedLate = life.startedLate || late;
    m_trace.tell("host", [&] {
        return "starts " + spec.name + " incarnation " + std::to_string(spec.incarnation.value());
    });
    onBoot(life, spec);
    return {};
}

void Machine::destroy(const DomainUuid& uuid, bool byUs)
{
    const auto found = m_domains.find(uuid);
    if (found == m_domains.end())
        return;
    Life& life = *found->second.life;
    m_trace.tell("host", [&] {
        return (byUs ? "destroys " : "loses ") + found->second.seen.name + " incarnation "
            + std::to_string(life.number.value());
    });
    if (byUs)
        m_observer.destroyed(life);
    else
        life.wasLost = true;
    m_domains.erase(found);
    life.isDefined = false;
    const bool wasRunning = std::exchange(life.isRunning, false);
    if (std::exchange(life.isSuspended, false) || wasRunning)
        onHalt(life, byUs);
    if (!byUs)
        tell();
}

Result<void> Machine::suspend(const DomainUuid& uuid, bool late)
{
    const auto found = m_domains.find(uuid);
    if (found == m_domains.end())
        return failure(Errc::notFound, "there is no such domain");
    Domain& domain = found->second;
    if (domain.seen.state == DomainState::suspended)
        return {};
    if (domain.seen.state != DomainState::running)
        return failure(Errc::notFound, "it does not run");
    if (late && !domain.maySave) {
        domain.maySave = true;
        return {};
    }
    domain.maySave = true;
    Life& life = *domain.life;
    m_observer.suspended(life);
    m_trace.tell("host", [&] { return "saves " + domain.seen.name; });
    domain.seen.state = DomainState::suspended;
    life.isRunning = false;
    life.isSuspended = true;
    onFreeze(life);
    return {};
}

Result<void> Machine::resume(const DomainUuid& uuid)
{
    const auto found = m_domains.find(uuid);
    if (found == m_domains.end())
        return failure(Errc::notFound, "there is no such domain");
    Domain& domain = found->second;
    if (domain.seen.state == DomainState::shutOff || domain.seen.state == DomainState::crashed)
        return failure(Errc::notFound, "its memory is gone");
    domain.maySave = false;
    if (domain.seen.state != DomainState::suspended)
        return {};
    m_trace.tell("host", [&] { return "resumes " + domain.seen.name; });
    Life& life = *domain.life;
    domain.seen.state = DomainState::running;
    life.isSuspended = false;
    life.isRunning = life.mustWake = true;
    onThaw(life);
    return {};
}

void Machine::removeDisk(const DomainUuid& keptDisk)
{
    m_trace.tell("host", [&] { return "removes the disk " + keptDisk.value().substr(0, 8); });
    m_disks.erase(keptDisk);
}

void Machine::setState(const DomainUuid& uuid, DomainState state)
{
    Domain& domain = m_domains.at(uuid);
    domain.seen.state = state;
    m_trace.tell("host", [&] {
        return domain.seen.name + " is now in state " + std::to_string(static_cast<int>(state));
    });
    if ((state == DomainState::shutOff || state == DomainState::crashed)
        && (std::exchange(domain.life->isSuspended, false)
            || std::exchange(domain.life->isRunning, false))) {
        domain.life->wasLost = true;
        onHalt(*domain.life, false);
    }
    tell();
}

void Machine::losePower()
{
    hasPower = false;
    // What is on the disk is there afterwards, unless the machine is gone with it.
    std::vector<DomainUuid> lost;
    for (const auto& [uuid, domain] : m_domains) {
        if (isGone || domain.seen.state != DomainState::suspended)
            lost.push_back(uuid);
    }
    for (const DomainUuid& uuid : lost)
        destroy(uuid, false);
}

void Machine::getPower()
{
    if (isGone)
        return;
    hasPower = true;
    tell();
}

std::optional<Span> Machine::wellSince() const
{
    const bool isWell
        = hasPower && !isDown && !isHanging && failing == 0 && losing == 0 && slowness == 0ms;
    return isWell ? std::optional(m_troubledAt) : std::nullopt;
}

void Machine::tell()
{
    if (losesEvents || !hasPower)
        return;
    for (HostConnection* connection : m_connections)
        connection->changed();
}

HostConnection::HostConnection(Machine& host, WorkerLane& lane, Process process, DeathTrap& trap)
    : m_host(host)
    , m_lane(lane)
    , m_process(process)
    , m_trap(trap)
{
    m_host.attach(this);
}

HostConnection::~HostConnection()
{
    m_host.detach(this);
}

void HostConnection::changed()
{
    m_host.m_scheduler.after(m_host.m_random.between(1ms, 50ms), m_process, [this] {
        if (m_callback)
            m_callback();
    });
}

std::optional<Error> HostConnection::before(Kind kind, const Job& late)
{
    Random& random = m_host.m_random;
    m_lane.pause(random.between(1ms, 10ms) + random.between(0ms, m_host.slowness));
    if (!m_host.hasPower) {
        m_lane.pause(deadline);
        return Error { Errc::timeout, "the host did not answer in time" };
    }
    if (m_host.isDown)
        return Error { Errc::unavailable, "libvirt on the host cannot be reached" };
    if (m_host.isHanging) {
        if (kind == Kind::act && random.chance(0.5))
            m_host.m_scheduler.after(random.spread(1s, 60s), nature, [&host = m_host, late] {
                if (host.hasPower)
                    late();
            });
        m_lane.pause(deadline);
        return Error { Errc::timeout, "the host did not answer in time" };
    }
    if (m_host.failing > 0 && random.chance(m_host.failing))
        return Error { Errc::internal, "the host refused" };
    m_dies = kind == Kind::act && m_trap.isSprung();
    if (m_dies && !m_trap.afterEffect) {
        m_trap.spring();
        m_lane.stall();
    }
    return std::nullopt;
}

std::optional<Error> HostConnection::after(Kind kind)
{
    if (m_dies) {
        m_trap.spring();
        m_lane.stall();
    }
    Random& random = m_host.m_random;
    m_lane.pause(kind == Kind::act ? random.between(20ms, 150ms) : random.between(1ms, 10ms));
    if (m_host.losing > 0 && random.chance(m_host.losing))
        return Error { Errc::timeout, "the host's answer was lost" };
    return std::nullopt;
}

Result<void> HostConnection::start(const DomainSpec& spec)
{
    if (auto error
        = before(Kind::act, [&host = m_host, spec] { std::ignore = host.start(spec, true); }))
        return tl::unexpected(std::move(*error));
    m_host.m_observer.startCalled(spec);
    const auto started = m_host.start(spec);
    if (auto error = after(Kind::act))
        return tl::unexpected(std::move(*error));
    return started;
}

Result<void> HostConnection::suspend(const DomainUuid& uuid)
{
    if (auto error
        = before(Kind::act, [&host = m_host, uuid] { std::ignore = host.suspend(uuid, true); }))
        return tl::unexpected(std::move(*error));
    const auto saved = m_host.suspend(uuid);
    if (auto error = after(Kind::act))
        return tl::unexpected(std::move(*error));
    return saved;
}

Result<void> HostConnection::resume(const DomainUuid& uuid, std::int64_t token)
{
    if (auto error = before(Kind::act, [&host = m_host, uuid] { std::ignore = host.resume(uuid); }))
        return tl::unexpected(std::move(*error));
    const auto runs = m_host.resume(uuid);
    if (runs)
        tellAwake(uuid, token, m_host.m_random.between(20ms, 500ms), 300);
    if (auto error = after(Kind::act))
        return tl::unexpected(std::move(*error));
    return runs;
}

/// As the real one: by this process, again and again until somebody has heard it.
void HostConnection::tellAwake(const DomainUuid& uuid, std::int64_t token, Span pause, int tries)
{
    m_host.m_scheduler.after(pause, m_process, [this, uuid, token, tries] {
        const bool isHeard = m_host.hasPower && m_host.onWake(uuid, token);
        if (!isHeard && tries > 0)
            tellAwake(uuid, token, 2s, tries - 1);
    });
}

Result<void> HostConnection::destroy(const DomainUuid& uuid)
{
    m_host.m_observer.destroyCalled(uuid);
    if (auto error = before(Kind::act, [&host = m_host, uuid] { host.destroy(uuid, true); }))
        return tl::unexpected(std::move(*error));
    m_host.destroy(uuid, true);
    if (auto error = after(Kind::act))
        return tl::unexpected(std::move(*error));
    return {};
}

Result<void> HostConnection::removeDisk(const DomainUuid& keptDisk)
{
    if (auto error = before(Kind::act, [&host = m_host, keptDisk] { host.removeDisk(keptDisk); }))
        return tl::unexpected(std::move(*error));
    m_host.removeDisk(keptDisk);
    if (auto error = after(Kind::act))
        return tl::unexpected(std::move(*error));
    return {};
}

Result<std::vector<ObservedDomain>> HostConnection::list()
{
    if (auto error = before(Kind::look, {}))
        return tl::unexpected(std::move(*error));
    std::vector<ObservedDomain> observed;
    for (const auto& [uuid, domain] : m_host.m_domains)
        observed.push_back(domain.seen);
    if (auto error = after(Kind::look))
        return tl::unexpected(std::move(*error));
    return observed;
}

Result<std::string> HostConnection::probe()
{
    if (auto error = before(Kind::look, {}))
        return tl::unexpected(std::move(*error));
    return std::string("a simulated host");
}

}
