// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adopt.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

std::optional<std::string> findLoss(Epoch database, Epoch seenByThisBroker,
    const std::vector<DesktopRow>& desktops, const std::vector<ObservedDomain>& domains)
{
    if (seenByThisBroker > database)
        return "this broker has seen epoch " + std::to_string(seenByThisBroker.value())
            + ", the database has come to " + std::to_string(database.value()) + " only";
    std::map<DesktopId, Incarnation> newest;
    for (const DesktopRow& row : desktops) {
        if (!row.desktop.quarantinedAt) // that is known already, and nobody could set it right
            newest.emplace(row.desktop.id, row.desktop.incarnation.number);
    }
    for (const ObservedDomain& domain : domains) {
        if (domain.epoch > database)
            return "the domain " + domain.name + " was started under epoch "
                + std::to_string(domain.epoch.value()) + ", the database has come to "
                + std::to_string(database.value()) + " only";
        const auto known = newest.find(domain.desktop);
        if (known != newest.end() && domain.incarnation > known->second)
            return "the domain " + domain.name + " is its desktop's incarnation "
                + std::to_string(domain.incarnation.value()) + ", the database knows "
                + std::to_string(known->second.value()) + " as the newest";
    }
    return std::nullopt;
}

Epoch safeEpoch(Epoch database, Epoch seenByThisBroker, const std::vector<ObservedDomain>& domains,
    const std::vector<AgentWord>& words)
{
    // More than any hospital signs in between two backups: what the lost database gave out after
    // the last trace of it stays below, too.
    constexpr long long margin = 1'000'000;
    Epoch highest = std::max(database, seenByThisBroker);
    for (const ObservedDomain& domain : domains)
        highest = std::max(highest, domain.epoch);
    const long long ceiling = highest.value() + epochsAhead;
    for (const AgentWord& word : words) {
        if (word.epoch.value() <= ceiling)
            highest = std::max(highest, word.epoch);
    }
    return Epoch(highest.value() + margin);
}

}
