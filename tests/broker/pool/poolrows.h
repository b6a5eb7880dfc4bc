// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/reconcile.h"
#include "broker/pool/verdict.h"

/// Rows and domains for tests of the pool, by phase.
namespace wardesk::broker::test {

[[nodiscard]] WallTime at(std::chrono::milliseconds sinceStart);
[[nodiscard]] Pool ward(std::int64_t spare, std::int64_t max);
/// A desktop in this phase; each fact one second after the one before it, from `since` on.
[[nodiscard]] DesktopRow row(const std::string& name, IncarnationPhase phase,
    LeasePhase lease = LeasePhase::none, WallTime since = at({}));
/// The domain that the row's incarnation has when it runs.
[[nodiscard]] ObservedDomain domainOf(
    const DesktopRow& row, DomainState state = DomainState::running);
/// With all that an adoption reads (R11).
[[nodiscard]] ObservedDomain described(const DesktopRow& row);
/// The rows with a running domain for each that should have one.
[[nodiscard]] PoolView healthy(const Pool& pool, std::vector<DesktopRow> rows);

template <typename What> std::vector<What> allOf(const Plan& plan)
{
    std::vector<What> found;
    for (const Action& action : plan.actions) {
        if (const What* what = std::get_if<What>(&action))
            found.push_back(*what);
    }
    return found;
}

}
