// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/adoptionbooks.h"

namespace wardesk::broker {

/// R11 for a shared desktop whose agent has spoken: what its word makes of each of its leases.
/// `step.row`: of the incarnation that runs. Whoever is in it keeps their lease. Nobody new comes
/// in until it is made anew: a place in it may have been promised, which nobody can say any more.
/// One session that cannot be put right sets the whole desktop aside, because nobody would see that
/// somebody is in it (R5).
[[nodiscard]] AdoptionStep adoptSeats(AdoptionStep step, const AdoptionCase& one, const Pool& pool,
    const AdoptionView& view, const AdoptionBooks& books, WallTime now);

}
