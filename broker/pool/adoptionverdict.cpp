// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adopt.h"

#include <array>

namespace wardesk::broker {

namespace {

using To = AdoptionVerdict;

/// Silent, late, unused, held, used, ended.
using ByWord = std::array<AdoptionVerdict, 6>;

constexpr ByWord always(AdoptionVerdict verdict)
{
    return { verdict, verdict, verdict, verdict, verdict, verdict };
}

/// Of the incarnation that the database knows to run, by what it has of its lease.
constexpr std::array<ByWord, 4> knownTable {
    ByWord { To::wait, To::quarantine, To::renew, To::remake, To::remake, To::end }, // unleased
    ByWord { To::wait, To::keep, To::keep, To::keep, To::keep, To::close }, // open
    always(To::keep), // closed: it ends as usual
    always(To::keep), // over: likewise
};
/// Of one that the database has never heard of.
constexpr ByWord lostTable { To::wait, To::quarantine, To::renew, To::remake, To::remake, To::end };

}

AdoptionVerdict adoptionVerdictOf(AdoptionHost host, AdoptionRow row, AdoptionWord word)
{
    const auto at = static_cast<std::size_t>(word);
    switch (host) {
    case AdoptionHost::same:
        return knownTable[static_cast<std::size_t>(row)][at];
    case AdoptionHost::newer:
    case AdoptionHost::unknown:
        return lostTable[at];
    case AdoptionHost::off:
        return To::lose;
    case AdoptionHost::missing:
        return To::retire;
    case AdoptionHost::contradictory:
        return To::quarantine;
    case AdoptionHost::foreign:
        return To::leave;
    }
    return To::quarantine; // not reached: the enum is closed
}

}
