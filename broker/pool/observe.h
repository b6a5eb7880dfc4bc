// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/reconcile.h"

#include <vector>

namespace wardesk::broker {

/// What the hypervisor shows for the newest incarnation of a desktop.
enum class DomainSeen {
    running, ///< or paused: QEMU shows that for a moment while a domain starts
    suspended, ///< saved to the host's disk
    off, ///< shut off or crashed
    missing,
    contradictory ///< what runs does not fit the row: nothing may be concluded from it
};

struct Observation
{
    DomainSeen domain = DomainSeen::missing;
    std::string contradiction; ///< in plain words, with `contradictory`
};

struct Observations
{
    std::vector<Observation> desktops; ///< one for each row, in their order
    std::vector<Action> strays; ///< DestroyStray and ReportUnknown
};

/// Matches the pool's domains with the rows by UUID and by the metadata.
[[nodiscard]] Observations observe(const Pool& pool, const std::vector<DesktopRow>& desktops,
    const std::vector<ObservedDomain>& domains);

}
