// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/fake/fakehypervisor.h"

#include "broker/hypervisor/domainspec.h"

#include <algorithm>
#include <utility>

namespace wardesk::broker {

std::optional<Error> FakeHypervisor::nextError(Mishap& mishap)
{
    if (m_outage)
        return m_outage;
    if (mishap.left == 0)
        return std::nullopt;
    --mishap.left;
    return mishap.error;
}

Result<void> FakeHypervisor::start(const DomainSpec& spec)
{
    const std::lock_guard lock(m_mutex);
    ++m_startCalls;
    m_listCallsAtStart = m_listCalls;
    if (auto error = nextError(m_starts))
        return tl::unexpected(std::move(*error));
    if (const auto good = checkSpec(spec); !good)
        return good;
    const bool nameTaken = std::any_of(m_domains.begin(), m_domains.end(), [&](const auto& item) {
        return item.first != spec.uuid && item.second.domain.name == spec.name;
    });
    if (nameTaken)
        return failure(Errc::conflict, "another domain is named '" + spec.name + "'");
    if (m_domains.contains(spec.uuid))
        return {};
    if (!spec.owner.isEmpty() && !m_keptDisks.contains(spec.keptDisk))
        return tl::unexpected(lostDiskError(spec));
    if (spec.owner.isEmpty() && !spec.keptDisk.isEmpty()
        && !m_keptDisks.insert(spec.keptDisk).second)
        return tl::unexpected(usedDiskError(spec));
    m_domains.try_emplace(spec.uuid,
        Entry { .domain = { .uuid = spec.uuid,
                    .name = spec.name,
                    .state = DomainState::running,
                    .desktop = spec.desktop,
                    .pool = spec.pool,
                    .incarnation = spec.incarnation,
                    .epoch = spec.epoch,
                    .organisation = spec.organisation,
                    .hostName = spec.hostName,
                    .address = spec.address,
                    .image = spec.image,
                    .bootstrapHash = spec.bootstrapHash,
                    .keptDisk = spec.keptDisk,
                    .owner = spec.owner },
            .spec = spec,
            .token = 0 });
    if (auto error = nextError(m_lateStarts))
        return tl::unexpected(std::move(*error));
    return {};
}

Result<void> FakeHypervisor::destroy(const DomainUuid& uuid)
{
    const std::lock_guard lock(m_mutex);
    ++m_destroyCalls;
    if (auto error = nextError(m_destroys))
        return tl::unexpected(std::move(*error));
    m_domains.erase(uuid);
    return {};
}

Result<void> FakeHypervisor::removeDisk(const DomainUuid& keptDisk)
{
    const std::lock_guard lock(m_mutex);
    if (auto error = nextError(m_destroys))
        return tl::unexpected(std::move(*error));
    m_keptDisks.erase(keptDisk);
    return {};
}

Result<void> FakeHypervisor::suspend(const DomainUuid& uuid)
{
    const std::lock_guard lock(m_mutex);
    if (auto error = nextError(m_suspends))
        return tl::unexpected(std::move(*error));
    const auto found = m_domains.find(uuid);
    if (found == m_domains.end())
        return tl::unexpected(goneError(uuid));
    DomainState& state = found->second.domain.state;
    if (state != DomainState::running && state != DomainState::suspended)
        return failure(Errc::conflict, "the domain does not run, so it cannot be saved");
    state = DomainState::suspended;
    return {};
}

Result<void> FakeHypervisor::resume(const DomainUuid& uuid, std::int64_t token)
{
    const std::lock_guard lock(m_mutex);
    ++m_resumeCalls;
    if (auto error = nextError(m_resumes))
        return tl::unexpected(std::move(*error));
    const auto found = m_domains.find(uuid);
    if (found == m_domains.end())
        return tl::unexpected(goneError(uuid));
    DomainState& state = found->second.domain.state;
    if (state == DomainState::shutOff || state == DomainState::crashed)
        return tl::unexpected(goneError(uuid));
    state = DomainState::running;
    found->second.token = token;
    return {};
}

bool FakeHypervisor::keepsDisk(const DomainUuid& keptDisk) const
{
    const std::lock_guard lock(m_mutex);
    return m_keptDisks.contains(keptDisk);
}

Result<std::vector<ObservedDomain>> FakeHypervisor::list()
{
    const std::lock_guard lock(m_mutex);
    ++m_listCalls;
    if (auto error = nextError(m_lists))
        return tl::unexpected(std::move(*error));
    std::vector<ObservedDomain> observed;
    for (const auto& [uuid, entry] : m_domains)
        observed.push_back(entry.domain);
    return observed;
}

Result<std::string> FakeHypervisor::probe()
{
    const std::lock_guard lock(m_mutex);
    if (m_outage)
        return tl::unexpected(*m_outage);
    return std::string("a host in memory");
}

void FakeHypervisor::onChange(std::function<void()> callback)
{
    const std::lock_guard lock(m_mutex);
    m_callback = std::move(callback);
}

void FakeHypervisor::failNextStarts(int count, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_starts = { .left = count, .error = std::move(error) };
}

void FakeHypervisor::failNextDestroys(int count, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_destroys = { .left = count, .error = std::move(error) };
}

void FakeHypervisor::failNextLists(int count, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_lists = { .left = count, .error = std::move(error) };
}

void FakeHypervisor::failNextSuspends(int count, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_suspends = { .left = count, .error = std::move(error) };
}

void FakeHypervisor::failNextResumes(int count, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_resumes = { .left = count, .error = std::move(error) };
}

void FakeHypervisor::startButFailNext(int count, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_lateStarts = { .left = count, .error = std::move(error) };
}

void FakeHypervisor::hang()
{
    const std::lock_guard lock(m_mutex);
    m_outage = Error { Errc::timeout, "the host did not answer in time" };
}

void FakeHypervisor::disconnect()
{
    const std::lock_guard lock(m_mutex);
    m_outage = Error { Errc::unavailable, "libvirt on the host cannot be reached" };
}

void FakeHypervisor::recover()
{
    {
        const std::lock_guard lock(m_mutex);
        m_outage.reset();
    }
    tell();
}

void FakeHypervisor::lose(const DomainUuid& uuid)
{
    {
        const std::lock_guard lock(m_mutex);
        m_domains.erase(uuid);
    }
    tell();
}

void FakeHypervisor::setState(const DomainUuid& uuid, DomainState state)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_domains.find(uuid);
        if (found == m_domains.end())
            return;
        found->second.domain.state = state;
    }
    tell();
}

void FakeHypervisor::put(const ObservedDomain& domain)
{
    const std::lock_guard lock(m_mutex);
    m_domains[domain.uuid] = Entry { .domain = domain, .spec = std::nullopt, .token = 0 };
}

int FakeHypervisor::startCalls() const
{
    const std::lock_guard lock(m_mutex);
    return m_startCalls;
}

int FakeHypervisor::destroyCalls() const
{
    const std::lock_guard lock(m_mutex);
    return m_destroyCalls;
}

int FakeHypervisor::listCallsBeforeLastStart() const
{
    const std::lock_guard lock(m_mutex);
    return m_listCallsAtStart;
}

int FakeHypervisor::resumeCalls() const
{
    const std::lock_guard lock(m_mutex);
    return m_resumeCalls;
}

std::int64_t FakeHypervisor::tokenOf(const DomainUuid& uuid) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_domains.find(uuid);
    return found == m_domains.end() ? 0 : found->second.token;
}

int FakeHypervisor::listCalls() const
{
    const std::lock_guard lock(m_mutex);
    return m_listCalls;
}

bool FakeHypervisor::has(const DomainUuid& uuid) const
{
    const std::lock_guard lock(m_mutex);
    return m_domains.contains(uuid);
}

std::optional<DomainSpec> FakeHypervisor::specOf(const DomainUuid& uuid) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_domains.find(uuid);
    return found == m_domains.end() ? std::nullopt : found->second.spec;
}

void FakeHypervisor::tell()
{
    std::function<void()> callback;
    {
        const std::lock_guard lock(m_mutex);
        callback = m_callback;
    }
    if (callback)
        callback();
}

}
