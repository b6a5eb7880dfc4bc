// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/shrink.h"

namespace wardesk::broker::simulation {

Shrunk shrink(WorldSettings settings, const Violation& violation)
{
    settings.isTold = false;
    Shrunk shrunk { settings.faults, {}, violation };
    const Outcome whole = simulate(settings);
    shrunk.faults.resize(whole.faults.size(), true);
    const auto stillFails = [&](const std::vector<bool>& faults) {
        settings.faults = faults;
        const Outcome outcome = simulate(settings);
        if (!outcome.violation || outcome.violation->rule != violation.rule)
            return false;
        shrunk.violation = *outcome.violation;
        return true;
    };
    std::vector<bool> fewer(shrunk.faults.size(), false);
    if (stillFails(fewer)) {
        shrunk.faults = fewer;
        return shrunk;
    }
    for (std::size_t i = shrunk.faults.size(); i-- > 0;) {
        fewer = shrunk.faults;
        fewer[i] = false;
        if (shrunk.faults[i] && stillFails(fewer))
            shrunk.faults = fewer;
    }
    for (std::size_t i = 0; i < shrunk.faults.size(); ++i) {
        if (shrunk.faults[i])
            shrunk.story.push_back(whole.faults[i]);
    }
    return shrunk;
}

std::string listOf(const std::vector<bool>& faults)
{
    std::string list;
    for (std::size_t i = 0; i < faults.size(); ++i) {
        if (faults[i])
            list += (list.empty() ? "" : ",") + std::to_string(i + 1);
    }
    return list.empty() ? "none" : list;
}

}
