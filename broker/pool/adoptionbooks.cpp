// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adoptionbooks.h"

#include "broker/domain/seats.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// The database's open lease is not closed by this very plan.
bool staysOpen(const AdoptionCase& one, const Lease& lease)
{
    return one.host == AdoptionHost::contradictory
        || (one.host == AdoptionHost::same && !hasEnded(one, lease));
}

}

bool hasEnded(const AdoptionCase& one, const Lease& lease)
{
    if (one.host != AdoptionHost::same || one.word == nullptr
        || lease.incarnation != one.word->incarnation)
        return false;
    if (lease.seat == 0)
        return one.word->session == SessionSeen::ended
            && (one.word->lease.isEmpty() || one.word->lease == lease.id);
    const std::vector<SeatWord>& seats = one.word->seats;
    return std::any_of(seats.begin(), seats.end(), [&lease](const SeatWord& said) {
        return said.seat == lease.seat && said.lease == lease.id
            && said.session == SessionSeen::ended;
    });
}

AdoptionBooks::AdoptionBooks(
    const AdoptionView& view, const std::map<DesktopId, AdoptionCase>& cases)
    : m_view(view)
{
    for (const auto& [id, one] : cases) {
        if (one.row == nullptr)
            continue;
        for (const Lease* lease : leasesOf(*one.row)) {
            m_leases.insert(lease->id);
            if (!lease->closedAt && staysOpen(one, *lease))
                m_held.emplace(std::pair(lease->user, one.row->desktop.pool), &one);
        }
    }
}

const AdoptionCase* AdoptionBooks::holderOf(const UserId& user, const PoolId& pool) const
{
    const auto held = m_held.find(std::pair(user, pool));
    return held == m_held.end() ? nullptr : held->second;
}

bool AdoptionBooks::isAwaited(const AdoptionCase& one) const
{
    return one.word == nullptr && !m_view.settled.contains(one.id) && !m_view.late;
}

void AdoptionBooks::enter(const AdoptionCase& one, const Lease& made)
{
    m_leases.insert(made.id);
    if (!made.closedAt)
        m_held[std::pair(made.user, made.pool)] = &one;
}

}
