// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/adopt.h"

#include <map>

namespace wardesk::broker {

/// One desktop, as far as anybody knows of it. Points into the view.
struct AdoptionCase
{
    DesktopId id;
    const DesktopRow* row = nullptr;
    std::vector<const ObservedDomain*> domains;
    const ObservedDomain* domain = nullptr; ///< the one that counts
    const AgentWord* word = nullptr; ///< of that one's incarnation
    AdoptionHost host = AdoptionHost::missing;
    std::string trouble; ///< of contradictory and foreign

    [[nodiscard]] bool isOpen() const
    {
        return row != nullptr && row->lease && !row->lease->closedAt;
    }
};

[[nodiscard]] std::map<DesktopId, AdoptionCase> casesOf(const AdoptionView& view);
[[nodiscard]] AdoptionWord wordOf(const AgentWord* word, bool late);
[[nodiscard]] AdoptionRow rowPhaseOf(const DesktopRow& row);

}
