// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/store/adoptionrules.h"
#include "broker/store/hostrules.h"
#include "broker/store/memorystore.h"

#include <algorithm>

namespace wardesk::broker {

Result<void> MemoryStore::checkNotAdopting() const
{
    if (m_adoption)
        return tl::unexpected(rules::adoptingError());
    return {};
}

Result<Epoch> MemoryStore::takeEpoch()
{
    const Epoch next(m_epoch + 1);
    m_wentBack = m_wentBack || next <= m_seen;
    if (m_wentBack)
        return tl::unexpected(rules::wentBackError(next, m_seen));
    m_epoch = next.value();
    if (!m_before)
        m_seen = next;
    return next;
}

Result<AdoptionRecord> MemoryStore::beginAdoption(
    const AdoptionRecord& wanted, Epoch atLeast, std::chrono::milliseconds life, AdoptionStart how)
{
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    const WallTime now = m_clock.wall();
    Result<AdoptionRecord> record = rules::beginAdoption(
        m_adoption, m_adoption && m_adoptionSeenAt > now - life, wanted, how, now);
    if (!record)
        return record;
    if (!m_adoption || how == AdoptionStart::afresh) {
        m_words.clear();
        m_settled.clear();
    }
    m_adoption = *record;
    m_adoptionSeenAt = now;
    m_epoch = std::max(m_epoch, atLeast.value());
    m_wentBack = false;
    return record;
}

Result<void> MemoryStore::noteAdoption(
    const BrokerId& broker, std::int64_t total, std::int64_t settled)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_adoption || m_adoption->broker != broker)
        return tl::unexpected(rules::adoptionLostError());
    m_adoption->total = total;
    m_adoption->settled = settled;
    m_adoptionSeenAt = m_clock.wall();
    return {};
}

Result<void> MemoryStore::endAdoption(const BrokerId& broker)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (!m_adoption || m_adoption->broker != broker)
        return tl::unexpected(rules::adoptionLostError());
    m_adoption.reset();
    m_words.clear();
    m_settled.clear();
    return {};
}

Result<bool> MemoryStore::recordWord(const AgentWord& word)
{
    if (!m_adoption || m_settled.contains(word.desktop))
        return false;
    if (Result<void> writable = checkWritable(); !writable)
        return tl::unexpected(writable.error());
    const auto [known, isNew] = m_words.try_emplace(word.desktop, word);
    if (!isNew && word.incarnation >= known->second.incarnation)
        known->second = word;
    return true;
}

Result<std::vector<AgentWord>> MemoryStore::listWords()
{
    std::vector<AgentWord> words;
    for (const auto& [desktop, word] : m_words)
        words.push_back(word);
    return words;
}

Result<std::vector<DesktopId>> MemoryStore::listSettled()
{
    return std::vector<DesktopId>(m_settled.begin(), m_settled.end());
}

Result<void> MemoryStore::checkAdoptable(const DesktopRow& row) const
{
    const HostId& host = row.desktop.host;
    if (!host.isEmpty() && !m_hosts.contains(host) && !m_desktops.contains(row.desktop.id))
        return tl::unexpected(rules::goneHostError());
    const Desktop& desktop = row.desktop;
    for (const auto& [id, other] : m_desktops) {
        if (id != desktop.id && (other.name == desktop.name || other.address == desktop.address))
            return failure(Errc::conflict, "its name or address belongs to " + other.name);
        if (id != desktop.id && !desktop.owner.isEmpty() && other.owner == desktop.owner
            && other.pool == desktop.pool)
            return failure(Errc::conflict, "its user has " + other.name + " already");
    }
    const auto known = m_desktops.find(desktop.id);
    if (known != m_desktops.end()) {
        const IncarnationFacts& facts = known->second.incarnation;
        if (facts.number > desktop.incarnation.number
            || (facts.number == desktop.incarnation.number
                && facts.domain != desktop.incarnation.domain))
            return failure(Errc::conflict, "the database knows a later incarnation of it");
    }
    const std::map<LeaseId, Lease> after = leasesAfter(row, {});
    for (const Lease* lease : leasesOf(row)) {
        if (Result<void> good = checkAdoptable(*lease, after); !good)
            return good;
    }
    return {};
}

/// As they are once the row is adopted, good or not.
std::map<LeaseId, Lease> MemoryStore::leasesAfter(const DesktopRow& row, WallTime now) const
{
    std::map<LeaseId, Lease> leases = m_leases;
    for (auto& [id, lease] : leases) {
        if (lease.desktop == row.desktop.id && !lease.closedAt
            && (!row.lease || row.lease->id != id)
            && !(lease.seat > 0 && lease.incarnation == rules::goesOnInside(row))) {
            lease.closedAt = now;
            lease.closeReason = CloseReason::desktopLost;
            lease.connectedAt.reset();
        }
    }
    for (const Lease* lease : leasesOf(row)) {
        const auto known = m_leases.find(lease->id);
        if (known == m_leases.end() || !known->second.closedAt)
            leases[lease->id] = *lease;
    }
    return leases;
}

Result<void> MemoryStore::checkAdoptable(
    const Lease& lease, const std::map<LeaseId, Lease>& after) const
{
    if (!m_users.contains(lease.user))
        return failure(Errc::conflict, "its user is not known");
    const auto known = m_leases.find(lease.id);
    if (known != m_leases.end()
        && (known->second.desktop != lease.desktop || known->second.incarnation != lease.incarnation
            || known->second.user != lease.user))
        return failure(Errc::conflict, "its lease belongs to another desktop");
    for (const auto& [id, other] : after) {
        if (id == lease.id)
            continue;
        const bool sameSeat = other.desktop == lease.desktop
            && other.incarnation == lease.incarnation && other.seat == lease.seat;
        const bool sameUser = other.user == lease.user && other.pool == lease.pool
            && !other.closedAt && !after.at(lease.id).closedAt;
        if (sameSeat || sameUser || other.epoch == lease.epoch)
            return failure(Errc::conflict, "its user, incarnation or epoch has another lease");
    }
    return {};
}

Result<void> MemoryStore::adoptDesktop(const AdoptedDesktop& adopted)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (adopted.row) {
        const DesktopRow& row = *adopted.row;
        if (Result<void> good = checkAdoptable(row); !good)
            return good;
        m_leases = leasesAfter(row, adopted.now);
        m_desktops[adopted.desktop] = row.desktop;
        m_domains.emplace(row.desktop.incarnation.domain, row.desktop.id);
        if (adopted.removed)
            m_desktops.erase(adopted.desktop);
    }
    if (adopted.settles)
        m_settled.insert(adopted.desktop);
    return {};
}

}
