// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/elasticityrules.h"
#include "broker/store/memorystore.h"

#include <algorithm>
#include <tuple>

namespace wardesk::broker {

Result<PoolCalendar> MemoryStore::findCalendar(const PoolId& pool)
{
    const auto found = m_calendars.find(pool);
    return found == m_calendars.end() ? PoolCalendar {} : found->second;
}

Result<void> MemoryStore::replaceCalendar(
    const OrganisationId& organisation, const PoolId& pool, const PoolCalendar& calendar)
{
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (const Result<Pool> known = findPool(organisation, pool); !known)
        return tl::unexpected(known.error());
    PoolCalendar kept = calendar;
    std::sort(kept.holidays.begin(), kept.holidays.end(),
        [](const Holiday& a, const Holiday& b) { return a.day < b.day; });
    m_calendars[pool] = std::move(kept);
    return {};
}

Result<std::vector<RosterShift>> MemoryStore::listShifts(const PoolId& pool, const TimeSpan& span)
{
    std::vector<RosterShift> shifts;
    const auto found = m_shifts.find(pool);
    if (found == m_shifts.end())
        return shifts;
    for (const RosterShift& shift : found->second) {
        if (shift.start >= span.from && shift.start < span.until)
            shifts.push_back(shift);
    }
    return shifts;
}

Result<void> MemoryStore::replaceShifts(const OrganisationId& organisation, const PoolId& pool,
    const TimeSpan& span, const std::vector<RosterShift>& shifts)
{
    if (Result<void> good = rules::checkShifts(span, shifts); !good)
        return good;
    if (Result<void> writable = checkWritable(); !writable)
        return writable;
    if (const Result<Pool> known = findPool(organisation, pool); !known)
        return tl::unexpected(known.error());
    std::vector<RosterShift>& kept = m_shifts[pool];
    std::erase_if(kept, [&span](const RosterShift& shift) {
        return shift.start >= span.from && shift.start < span.until;
    });
    kept.insert(kept.end(), shifts.begin(), shifts.end());
    std::sort(kept.begin(), kept.end(), [](const RosterShift& a, const RosterShift& b) {
        return std::tie(a.start, a.ward) < std::tie(b.start, b.ward);
    });
    return {};
}

Result<std::vector<SignInCount>> MemoryStore::countSignIns(
    const PoolId& pool, const TimeSpan& span, std::chrono::milliseconds slot)
{
    std::map<std::int64_t, std::int64_t> counts;
    for (const auto& [id, lease] : m_leases) {
        if (lease.pool == pool && lease.grantedAt >= span.from && lease.grantedAt < span.until)
            ++counts[lease.grantedAt.time_since_epoch() / slot];
    }
    std::vector<SignInCount> result;
    for (const auto& [index, count] : counts)
        result.push_back({ WallTime(slot * index), count });
    return result;
}

Result<std::vector<std::chrono::milliseconds>> MemoryStore::listBootTimes(
    const PoolId& pool, int newest)
{
    std::vector<std::chrono::milliseconds> times;
    const auto found = m_boots.find(pool);
    if (found == m_boots.end())
        return times;
    for (auto boot = found->second.rbegin();
         boot != found->second.rend() && std::ssize(times) < newest; ++boot)
        times.push_back(*boot);
    return times;
}

Result<std::vector<std::string>> MemoryStore::listAddresses()
{
    std::vector<std::string> addresses;
    for (const auto& [id, desktop] : m_desktops)
        addresses.push_back(desktop.address);
    return addresses;
}

void MemoryStore::noteBoot(const Desktop& desktop)
{
    constexpr std::size_t most = 100;
    const IncarnationFacts& facts = desktop.incarnation;
    if (!facts.startedAt || !facts.readyAt || *facts.readyAt < *facts.startedAt || facts.resumingAt)
        return;
    auto& boots = m_boots[desktop.pool];
    boots.push_back(*facts.readyAt - *facts.startedAt);
    if (boots.size() > most)
        boots.erase(boots.begin());
}

}
