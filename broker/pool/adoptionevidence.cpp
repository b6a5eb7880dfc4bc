// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adopt.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

std::optional<std::string> findNewerLife(
    const std::vector<DesktopRow>& desktops, const std::vector<ObservedDomain>& domains)
{
    std::map<DesktopId, Incarnation> newest;
    for (const DesktopRow& row : desktops) {
        if (!row.desktop.quarantinedAt) // that is known already, and nobody could set it right
            newest.emplace(row.desktop.id, row.desktop.incarnation.number);
    }
    for (const ObservedDomain& domain : domains) {
        const auto known = newest.find(domain.desktop);
        if (known != newest.end() && domain.incarnation > known->second)
            return "the domain " + domain.name + " is its desktop's incarnation "
                + std::to_string(domain.incarnation.value()) + ", the database knows "
                + std::to_string(known->second.value()) + " as the newest";
    }
    return std::nullopt;
}

std::optional<std::string> findLoss(Epoch database, Epoch seenByThisBroker,
    const std::vector<DesktopRow>& desktops, const std::vector<ObservedDomain>& domains)
{
    if (seenByThisBroker > database)
        return "this broker has seen epoch " + std::to_string(seenByThisBroker.value())
            + ", the database has come to " + std::to_string(database.value()) + " only";
    for (const ObservedDomain& domain : domains) {
        if (domain.epoch > database && isBelievable(domain.epoch, database))
            return "the domain " + domain.name + " was started under epoch "
                + std::to_string(domain.epoch.value()) + ", the database has come to "
                + std::to_string(database.value()) + " only";
    }
    return findNewerLife(desktops, domains);
}

Epoch namedEpoch(
    Epoch database, const std::vector<ObservedDomain>& domains, const std::vector<AgentWord>& words)
{
    Epoch highest;
    const auto raise = [&](Epoch named) {
        if (isBelievable(named, database))
            highest = std::max(highest, named);
    };
    for (const ObservedDomain& domain : domains)
        raise(domain.epoch);
    for (const AgentWord& word : words) {
        raise(word.epoch);
        for (const SeatWord& seat : word.seats)
            raise(seat.epoch);
    }
    return highest;
}

Epoch safeEpoch(Epoch atLeast)
{
    // More than any hospital signs in between two backups: what the lost database gave out after
    // the last trace of it stays below, too.
    constexpr long long margin = 1'000'000;
    return Epoch(atLeast.value() + margin);
}

}
