// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/adoptioncase.h"

#include <map>
#include <set>
#include <utility>

namespace wardesk::broker {

/// The word of the incarnation that runs that the session of this lease is over, if there is one.
[[nodiscard]] std::optional<SeatWord> endOf(const AdoptionCase& one, const Lease& lease);

/// Who has what, while a plan is made: what the database has and the plan leaves, and what the plan
/// has made again so far. Points into the cases.
class AdoptionBooks
{
public:
    AdoptionBooks(const AdoptionView& view, const std::map<DesktopId, AdoptionCase>& cases);

    /// R2: one open lease of a user in a pool.
    [[nodiscard]] const AdoptionCase* holderOf(const UserId& user, const PoolId& pool) const;
    /// Its agent may still come and say that its user has left.
    [[nodiscard]] bool isAwaited(const AdoptionCase& one) const;
    [[nodiscard]] bool hasLease(const LeaseId& lease) const { return m_leases.contains(lease); }
    void enter(const AdoptionCase& one, const Lease& made);

private:
    const AdoptionView& m_view;
    std::map<std::pair<UserId, PoolId>, const AdoptionCase*> m_held;
    std::set<LeaseId> m_leases;
};

}
