// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/lease/leasemachine.h"
#include "broker/store/addresses.h"
#include "broker/store/hostrules.h"
#include "broker/store/incarnationrules.h"
#include "broker/store/memorystore.h"
#include "broker/store/memorytables.h"
#include "broker/store/ownershiprules.h"
#include "broker/store/storerules.h"
#include "protocols/base/mutation.h"

namespace wardesk::broker {

Result<Desktop> MemoryStore::addDesktop(
    const Desktop& withoutAddress, const std::string& firstAddress, const std::string& lastAddress)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    if (Result<void> good = checkNotAdopting(); !good)
        return tl::unexpected(good.error());
    if (withoutAddress.incarnation.number != Incarnation(1))
        return failure(Errc::invalidArgument, "the first incarnation of a desktop is number 1");
    if (!findPool(withoutAddress.organisation, withoutAddress.pool))
        return failure(Errc::notFound, "there is no such pool");
    std::set<std::string> taken;
    for (const auto& [id, desktop] : m_desktops)
        taken.insert(desktop.address);
    Result<std::string> address = lowestFreeAddress(firstAddress, lastAddress, taken);
    if (!address)
        return tl::unexpected(address.error());
    const bool exists = anyOf(m_desktops, [&withoutAddress](const Desktop& other) {
        return other.name == withoutAddress.name || other.id == withoutAddress.id;
    });
    if (exists || !m_domains.emplace(withoutAddress.incarnation.domain, withoutAddress.id).second)
        return failure(Errc::conflict, "there is a desktop of that name already");
    if (const auto host = m_hosts.find(withoutAddress.host); !withoutAddress.host.isEmpty()
        && (host == m_hosts.end() || host->second.mode != HostMode::active))
        return tl::unexpected(rules::closedHostError());
    Desktop desktop = withoutAddress;
    desktop.address = *address;
    m_desktops[desktop.id] = desktop;
    return desktop;
}

Result<Desktop> MemoryStore::beginIncarnation(const NewIncarnation& incarnation)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    if (Result<void> good = checkNotAdopting(); !good)
        return tl::unexpected(good.error());
    const auto desktop = m_desktops.find(incarnation.desktop);
    if (desktop == m_desktops.end())
        return failure(Errc::notFound, "there is no such desktop");
    Result<IncarnationFacts> facts = rules::next(desktop->second, incarnation);
    if (!facts)
        return tl::unexpected(facts.error());
    if (!m_domains.emplace(incarnation.domain, incarnation.desktop).second)
        return failure(Errc::conflict, "that domain belonged to another incarnation");
    desktop->second.incarnation = *facts;
    return desktop->second;
}

template <typename Change>
Result<void> MemoryStore::changeDesktop(const DesktopId& id, const Change& change)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto desktop = m_desktops.find(id);
    if (desktop == m_desktops.end())
        return failure(Errc::notFound, "there is no such desktop");
    DesktopRow row = rowOf(desktop->second);
    if (Result<void> changed = change(row); !changed)
        return changed;
    desktop->second = row.desktop;
    return {};
}

Result<void> MemoryStore::recordStarted(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeDesktop(id, [number, now](DesktopRow& row) {
        return rules::start(row.desktop.incarnation, number, now);
    });
}

Result<void> MemoryStore::recordStartFailure(
    const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
{
    return changeDesktop(id, [number, &error, now](DesktopRow& row) {
        return rules::failStart(row.desktop.incarnation, number, error, now);
    });
}

Result<void> MemoryStore::recordReady(
    const DesktopId& id, Incarnation number, const std::string& certificateSha256, WallTime now)
{
    return changeDesktop(id, [this, number, &certificateSha256, now](DesktopRow& row) {
        const bool wasReady = row.desktop.incarnation.readyAt.has_value();
        Result<void> made
            = rules::makeReady(row.desktop.incarnation, number, certificateSha256, now);
        if (made && !wasReady)
            noteBoot(row.desktop);
        return made;
    });
}

Result<void> MemoryStore::recordUnready(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeDesktop(id, [number, now](DesktopRow& row) {
        return rules::makeUnready(row.desktop.incarnation, number, now);
    });
}

Result<void> MemoryStore::beginSuspending(const DesktopId& id, Incarnation number, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(
        id, [number, now](DesktopRow& row) { return rules::beginSuspending(row, number, now); });
}

Result<void> MemoryStore::recordSuspended(const DesktopId& id, Incarnation number, WallTime now)
{
    return changeDesktop(id, [number, now](DesktopRow& row) {
        return rules::suspend(row.desktop.incarnation, number, now);
    });
}

Result<void> MemoryStore::beginResuming(
    const DesktopId& id, Incarnation number, const std::string& why, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [number, &why, now](DesktopRow& row) {
        return rules::beginResuming(row.desktop.incarnation, number, why, now);
    });
}

Result<void> MemoryStore::recordResumeFailure(
    const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
{
    return changeDesktop(id, [number, &error, now](DesktopRow& row) {
        return rules::failResume(row.desktop.incarnation, number, error, now);
    });
}

Result<void> MemoryStore::beginDraining(const DesktopId& id, Incarnation number, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [this, number, now](DesktopRow& row) {
        return rules::drain(row.desktop.incarnation, m_pools.at(row.desktop.pool), number, now);
    });
}

Result<void> MemoryStore::beginEnding(
    const DesktopId& id, Incarnation number, EndReason reason, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [number, reason, now](DesktopRow& row) {
        return rules::beginEnding(row, number, reason, now);
    });
}

Result<void> MemoryStore::recordEnded(
    const DesktopId& id, Incarnation number, DiskFate disk, WallTime now)
{
    return changeDesktop(id, [number, disk, now](DesktopRow& row) {
        return rules::end(row.desktop, number, disk, now);
    });
}

Result<void> MemoryStore::removeDesktop(const DesktopId& id)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    const auto desktop = m_desktops.find(id);
    if (desktop == m_desktops.end())
        return failure(Errc::notFound, "there is no such desktop");
    if (!desktop->second.incarnation.endedAt)
        return failure(Errc::conflict, "the desktop has not ended yet");
    m_desktops.erase(desktop);
    return {};
}

Result<bool> MemoryStore::isRemoved(const DesktopId& id, const DomainUuid& domain)
{
    const auto found = m_domains.find(domain);
    return found != m_domains.end() && found->second == id && !m_desktops.contains(id);
}

Result<void> MemoryStore::quarantine(const DesktopId& id, const std::string& reason, WallTime now)
{
    return changeDesktop(id, [&reason, now](DesktopRow& row) {
        if (!row.desktop.quarantinedAt) {
            row.desktop.quarantinedAt = now;
            row.desktop.quarantineReason = reason;
        }
        return Result<void> {};
    });
}

Result<void> MemoryStore::releaseQuarantine(const DesktopId& id)
{
    return changeDesktop(id, [](DesktopRow& row) {
        row.desktop.quarantinedAt.reset();
        row.desktop.quarantineReason.clear();
        return Result<void> {};
    });
}

DesktopRow MemoryStore::rowOf(const Desktop& desktop) const
{
    DesktopRow row { asRead(desktop), {} };
    for (const auto& [id, lease] : m_leases) {
        if (lease.desktop == desktop.id && lease.incarnation == desktop.incarnation.number)
            addLease(row, lease);
    }
    return row;
}

Result<DesktopRow> MemoryStore::findDesktop(const DesktopId& id)
{
    return found(m_desktops, id, "desktop").map([this](const Desktop& desktop) {
        return rowOf(desktop);
    });
}

Result<std::vector<DesktopRow>> MemoryStore::listDesktops(const PoolId& pool)
{
    std::vector<Desktop> desktops
        = valuesWhere(m_desktops, [&pool](const Desktop& desktop) { return desktop.pool == pool; });
    sortByName(desktops);
    std::vector<DesktopRow> rows;
    for (const Desktop& desktop : desktops)
        rows.push_back(rowOf(desktop));
    return rows;
}

Result<std::vector<DesktopRow>> MemoryStore::listDesktops()
{
    std::vector<Desktop> desktops = valuesWhere(m_desktops, [](const Desktop&) { return true; });
    sortByName(desktops);
    std::vector<DesktopRow> rows;
    for (const Desktop& desktop : desktops)
        rows.push_back(rowOf(desktop));
    return rows;
}

Result<DesktopRow> MemoryStore::findByBootstrap(
    const DesktopId& id, Incarnation number, const SecretHash& hash)
{
    const auto desktop = m_desktops.find(id);
    if (desktop != m_desktops.end()) {
        const IncarnationFacts& facts = desktop->second.incarnation;
        if (facts.number == number && facts.bootstrapHash == hash && !facts.endedAt)
            return rowOf(desktop->second);
    }
    return failure(Errc::notFound, "no living desktop has this bootstrap secret");
}

const Desktop* MemoryStore::desktopOf(const UserId& owner, const PoolId& pool) const
{
    for (const auto& [id, desktop] : m_desktops) {
        if (desktop.owner == owner && desktop.pool == pool)
            return &desktop;
    }
    return nullptr;
}

Result<void> MemoryStore::assignDesktop(const DesktopId& id, const UserId& user)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    if (!m_users.contains(user))
        return failure(Errc::notFound, "there is no such user");
    return changeDesktop(id, [&](DesktopRow& row) -> Result<void> {
        const Desktop* other = desktopOf(user, row.desktop.pool);
        if (other != nullptr && other->id != id)
            return tl::unexpected(rules::secondDesktopError());
        return rules::assign(row, m_pools.at(row.desktop.pool), user);
    });
}

Result<void> MemoryStore::unassignDesktop(
    const DesktopId& id, const UserId& expectedOwner, WallTime now)
{
    if (Result<void> good = checkNotAdopting(); !good)
        return good;
    return changeDesktop(id, [&expectedOwner, now](DesktopRow& row) {
        return rules::unassign(row, expectedOwner, now);
    });
}

}
