// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/observe.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace wardesk::broker {

namespace {

DomainSeen seenAs(DomainState state)
{
    switch (state) {
    case DomainState::running:
    case DomainState::paused:
        return DomainSeen::running;
    case DomainState::suspended:
        return DomainSeen::suspended;
    case DomainState::shutOff:
    case DomainState::crashed:
        return DomainSeen::off;
    }
    return DomainSeen::contradictory; // not reached: the enum is closed
}

std::string labelOf(const ObservedDomain& domain)
{
    return "domain " + domain.name + " (" + domain.uuid.value() + ")";
}

std::string numberOf(Incarnation incarnation)
{
    return std::to_string(incarnation.value());
}

}

Observations observe(const Pool& pool, const std::vector<DesktopRow>& desktops,
    const std::vector<ObservedDomain>& domains)
{
    Observations result;
    result.desktops.resize(desktops.size());
    std::unordered_map<std::string_view, std::size_t> rows;
    rows.reserve(desktops.size());
    for (std::size_t i = 0; i < desktops.size(); ++i)
        rows.emplace(desktops[i].desktop.id.value(), i);

    for (const ObservedDomain& domain : domains) {
        if (domain.pool != pool.id)
            continue;
        const auto found = rows.find(domain.desktop.value());
        if (found == rows.end()) {
            result.strays.emplace_back(ReportUnknown { domain.uuid,
                labelOf(domain) + " says that it is a desktop of the pool " + pool.name
                    + ", but no such desktop is known; it was left alone",
                domain.desktop, domain.host });
            continue;
        }
        const DesktopRow* row = &desktops[found->second];
        const IncarnationFacts& facts = row->desktop.incarnation;
        Observation& observation = result.desktops[found->second];
        const bool sameNumber = domain.incarnation == facts.number;
        const bool sameUuid = domain.uuid == facts.domain;
        if (sameUuid && domain.host != row->desktop.host) {
            observation.domain = DomainSeen::contradictory;
            observation.contradiction
                = labelOf(domain) + " runs on another host than the desktop belongs to";
        } else if (sameNumber && sameUuid) {
            if (observation.domain != DomainSeen::contradictory)
                observation.domain = seenAs(domain.state);
        } else if (domain.incarnation < facts.number && !sameUuid) {
            // A next incarnation begins only when the one before has ended. What is set aside is
            // not touched at all, not even this.
            if (!row->desktop.quarantinedAt)
                result.strays.emplace_back(DestroyStray { domain.uuid, domain.host });
        } else {
            observation.domain = DomainSeen::contradictory;
            observation.contradiction = domain.incarnation > facts.number
                ? labelOf(domain) + " is its incarnation " + numberOf(domain.incarnation)
                    + ", but the database knows " + numberOf(facts.number)
                    + " as the newest; was an older database restored?"
                : labelOf(domain) + " says that it is its incarnation "
                    + numberOf(domain.incarnation) + ", but that one's domain is another";
        }
    }
    return result;
}

std::vector<Action> reportUnknownPools(
    const std::vector<Pool>& pools, const std::vector<ObservedDomain>& domains)
{
    std::vector<Action> reports;
    for (const ObservedDomain& domain : domains) {
        const bool known = std::any_of(pools.begin(), pools.end(),
            [&domain](const Pool& pool) { return pool.id == domain.pool; });
        if (!known) {
            reports.emplace_back(ReportUnknown { domain.uuid,
                labelOf(domain) + " belongs to a pool that is not known; it was left alone" });
        }
    }
    return reports;
}

}
