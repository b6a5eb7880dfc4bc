// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adoptioncase.h"

#include "broker/pool/verdict.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

using On = AdoptionHost;

struct Seen
{
    AdoptionHost host;
    std::string trouble;
};

bool runs(const ObservedDomain& domain)
{
    return domain.state == DomainState::running || domain.state == DomainState::paused;
}

/// What a domain lacks to be entered as a desktop; empty when it can be.
std::string lackingIn(const ObservedDomain& domain, const std::vector<Pool>& pools)
{
    const auto pool = std::find_if(pools.begin(), pools.end(),
        [&domain](const Pool& candidate) { return candidate.id == domain.pool; });
    if (pool == pools.end())
        return "its pool is not known to the database";
    if (pool->organisation != domain.organisation)
        return "it belongs to another organisation than its pool";
    if (domain.desktop.isEmpty() || domain.incarnation < Incarnation(1) || domain.hostName.empty()
        || domain.address.empty() || domain.bootstrapHash.isEmpty())
        return "its domain does not say what it is";
    return {};
}

Seen seenWithoutRow(
    const ObservedDomain& domain, std::size_t running, const std::vector<Pool>& pools)
{
    if (std::string lacking = lackingIn(domain, pools); !lacking.empty())
        return { On::foreign, std::move(lacking) };
    if (running > 1)
        return { On::foreign, "several running domains claim to be it" };
    return { running == 1 ? On::unknown : On::off, {} };
}

Seen seenWithRow(const ObservedDomain& domain, std::size_t running, const Desktop& desktop)
{
    if (running > 1)
        return { On::contradictory, "several running domains claim to be it" };
    if (domain.pool != desktop.pool)
        return { On::contradictory, "its domain says that it belongs to another pool" };
    const bool sameUuid = domain.uuid == desktop.incarnation.domain;
    if (domain.incarnation == desktop.incarnation.number) {
        if (!sameUuid)
            return { On::contradictory,
                "another domain than the database's claims to be this incarnation" };
        return { running == 1 ? On::same : On::off, {} };
    }
    if (domain.incarnation < desktop.incarnation.number || sameUuid)
        return { On::contradictory,
            "its domain claims to be incarnation " + std::to_string(domain.incarnation.value())
                + ", the database knows " + std::to_string(desktop.incarnation.number.value()) };
    return { running == 1 ? On::newer : On::off, {} };
}

void look(AdoptionCase& one, const AdoptionView& view)
{
    std::vector<const ObservedDomain*> running;
    for (const ObservedDomain* domain : one.domains) {
        if (runs(*domain))
            running.push_back(domain);
    }
    if (one.domains.empty())
        return; // missing
    one.domain = running.empty() ? one.domains.front() : running.front();
    Seen seen = one.row == nullptr ? seenWithoutRow(*one.domain, running.size(), view.pools)
                                   : seenWithRow(*one.domain, running.size(), one.row->desktop);
    one.host = seen.host;
    one.trouble = std::move(seen.trouble);
}

}

std::map<DesktopId, AdoptionCase> casesOf(const AdoptionView& view)
{
    std::map<DesktopId, AdoptionCase> cases;
    for (const DesktopRow& row : view.desktops)
        cases[row.desktop.id].row = &row;
    for (const ObservedDomain& domain : view.domains)
        cases[domain.desktop].domains.push_back(&domain);
    for (auto& [id, one] : cases) {
        one.id = id;
        look(one, view);
    }
    for (const AgentWord& word : view.words) {
        const auto found = cases.find(word.desktop);
        if (found != cases.end() && found->second.domain != nullptr
            && found->second.domain->incarnation == word.incarnation)
            found->second.word = &word;
    }
    return cases;
}

AdoptionWord wordOf(const AgentWord* word, bool late)
{
    if (word == nullptr)
        return late ? AdoptionWord::late : AdoptionWord::silent;
    switch (word->session) {
    case SessionSeen::ended:
        return AdoptionWord::ended;
    case SessionSeen::connected:
    case SessionSeen::disconnected:
        return AdoptionWord::used;
    case SessionSeen::none:
    case SessionSeen::prepared:
        break;
    }
    return word->lease.isEmpty() ? AdoptionWord::unused : AdoptionWord::held;
}

AdoptionRow rowPhaseOf(const DesktopRow& row)
{
    const IncarnationPhase phase = phaseOf(row.desktop.incarnation);
    if (phase == IncarnationPhase::ending || phase == IncarnationPhase::ended)
        return AdoptionRow::over;
    switch (phaseOf(row.lease)) {
    case LeasePhase::none:
        return AdoptionRow::unleased;
    case LeasePhase::unconnected:
    case LeasePhase::used:
        return AdoptionRow::open;
    case LeasePhase::closed:
        break;
    }
    return AdoptionRow::closed;
}

}
