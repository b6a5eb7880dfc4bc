// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adoptionbooks.h"

#include "broker/domain/seats.h"
#include "broker/pool/adoptedrow.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

/// The database's open lease is not closed by this very plan.
bool staysOpen(const AdoptionCase& one, const Lease& lease)
{
    return one.host == AdoptionHost::contradictory
        || (one.host == AdoptionHost::same && !endOf(one, lease));
}

}

std::optional<SeatWord> endOf(const AdoptionCase& one, const Lease& lease)
{
    if (one.host != AdoptionHost::same || one.word == nullptr
        || lease.incarnation != one.word->incarnation)
        return std::nullopt;
    const std::vector<SeatWord> said
        = lease.seat == 0 ? std::vector { sessionOf(*one.word) } : one.word->seats;
    for (const SeatWord& word : said) {
        // An agent of an older image does not name the lease of a desktop that is one user's.
        const bool isIts = word.seat == lease.seat
            && (word.lease == lease.id || (lease.seat == 0 && word.lease.isEmpty()));
        if (isIts && word.session == SessionSeen::ended)
            return word;
    }
    return std::nullopt;
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
