// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/store/hostrules.h"
#include "broker/store/memorystore.h"
#include "protocols/base/mutation.h"

#include <algorithm>

namespace wardesk::broker {

Result<std::vector<Host>> MemoryStore::listHosts()
{
    std::vector<Host> hosts;
    for (const auto& [id, host] : m_hosts)
        hosts.push_back(host);
    std::sort(
        hosts.begin(), hosts.end(), [](const Host& a, const Host& b) { return a.name < b.name; });
    return hosts;
}

Result<void> MemoryStore::insertHost(const Host& host)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const bool isTaken = std::any_of(m_hosts.begin(), m_hosts.end(), [&host](const auto& one) {
        return one.first == host.id || one.second.name == host.name || one.second.uri == host.uri;
    });
    if (isTaken)
        return failure(Errc::conflict, "there is a host of that name or URI already");
    m_hosts[host.id] = host;
    return {};
}

Result<void> MemoryStore::ensureHosts(const std::vector<Host>& configured)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    for (const Host& host : configured) {
        const auto sameUri = std::find_if(m_hosts.begin(), m_hosts.end(),
            [&host](const auto& one) { return one.second.uri == host.uri; });
        HostId id = host.id;
        if (sameUri == m_hosts.end())
            m_hosts[host.id] = rules::freelyNamed(host, listHosts().value());
        else
            id = sameUri->first;
        for (auto& [desktopId, desktop] : m_desktops) {
            const IncarnationFacts& facts = desktop.incarnation;
            const auto image = m_images.find(facts.image);
            if (desktop.host.isEmpty() && !facts.endedAt && image != m_images.end()
                && image->second.kind == host.kind)
                desktop.host = id;
        }
    }
    return {};
}

Result<void> MemoryStore::updateHost(const Host& host)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto known = m_hosts.find(host.id);
    if (known == m_hosts.end() || known->second.version != host.version)
        return tl::unexpected(rules::changedHostError());
    const bool isTaken = std::any_of(m_hosts.begin(), m_hosts.end(),
        [&host](const auto& one) { return one.first != host.id && one.second.name == host.name; });
    if (isTaken)
        return failure(Errc::conflict, "there is a host of that name already");
    Host next = host;
    next.uri = known->second.uri;
    next.kind = known->second.kind;
    next.memoryMiB = known->second.memoryMiB;
    next.processors = known->second.processors;
    next.deadAt = known->second.deadAt;
    ++next.version;
    known->second = next;
    return {};
}

Result<void> MemoryStore::recordHostCapacity(const HostId& id, const HostCapacity& capacity)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto host = m_hosts.find(id);
    if (host == m_hosts.end())
        return failure(Errc::notFound, "there is no such host");
    host->second.memoryMiB = capacity.memoryMiB;
    host->second.processors = capacity.processors;
    return {};
}

Result<void> MemoryStore::setHostDead(const HostId& id, const std::optional<WallTime>& since)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto host = m_hosts.find(id);
    if (host == m_hosts.end())
        return failure(Errc::notFound, "there is no such host");
    host->second.deadAt = since;
    return {};
}

Result<void> MemoryStore::removeHost(const HostId& id)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto desktops = std::count_if(m_desktops.begin(), m_desktops.end(),
        [&id](const auto& one) { return one.second.host == id; });
    if (desktops > 0)
        return tl::unexpected(rules::usedHostError(desktops));
    return m_hosts.erase(id) == 0 ? failure(Errc::notFound, "there is no such host")
                                  : Result<void>();
}

Result<std::vector<DesktopRow>> MemoryStore::writeOffHost(const Host& seen, WallTime now)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    const auto host = m_hosts.find(seen.id);
    if (host == m_hosts.end())
        return failure(Errc::notFound, "there is no such host");
    if (Result<void> same = rules::checkUnchanged(seen, host->second); !same)
        return tl::unexpected(same.error());
    std::vector<DesktopRow> lost = rules::desktopsOn(seen.id, listDesktops().value());
    for (const DesktopRow& row : lost) {
        DesktopRow over = row;
        rules::writeOff(over, now);
        for (const Lease* lease : leasesOf(over))
            m_leases[lease->id] = *lease;
        m_desktops.erase(row.desktop.id);
    }
    m_hosts.erase(host);
    return lost;
}

/// A desktop as it is read: with what is known of its host now.
Desktop MemoryStore::asRead(const Desktop& desktop) const
{
    Desktop read = desktop;
    const auto host = m_hosts.find(desktop.host);
    read.hostDeadAt = host == m_hosts.end() ? std::nullopt : host->second.deadAt;
    return read;
}

bool MemoryStore::givesOut(const HostId& id) const
{
    const auto host = m_hosts.find(id);
    if (host == m_hosts.end())
        return true;
    const bool isActive = host->second.mode == HostMode::active || WARDESK_MUTATED(drainIgnored);
    return isActive && !host->second.deadAt;
}

Result<SiteLoad> MemoryStore::siteLoad(const PoolId& pool)
{
    SiteLoad load;
    for (const auto& [id, desktop] : m_desktops) {
        const IncarnationFacts& facts = desktop.incarnation;
        HostLoad& host = load.hosts[desktop.host];
        ++load.desktops;
        ++host.desktops;
        const bool isSaved = facts.suspendedAt && !facts.resumingAt && !facts.endedAt;
        if (const auto of = m_pools.find(desktop.pool); of != m_pools.end() && !isSaved) {
            host.memoryMiB += of->second.memoryMiB;
            host.processors += of->second.vcpus;
        }
        if (desktop.pool != pool && facts.startedAt && !facts.readyAt && !facts.unreadyAt
            && !facts.endingAt && !facts.endedAt && !desktop.quarantinedAt && !isSaved)
            ++host.booting;
    }
    return load;
}

}
