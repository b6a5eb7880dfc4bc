// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/zonetime.h"

#include <string>
#include <string_view>
#include <vector>

namespace wardesk::broker {

struct Roster
{
    std::vector<RosterShift> shifts;
    TimeSpan span; ///< the whole days that the file is about
};

/// A file of lines "ward,shift start,heads", the start in the pool's local time as in
/// "Ward 3,2026-11-26 07:00,12". A first line with the names of the columns, empty lines, quoted
/// wards and semicolons instead of commas are fine. One bad line refuses the whole file: the error
/// names the first ten by number, with what was expected. `from` and `until` bound what makes
/// sense.
[[nodiscard]] Result<Roster> readRoster(
    std::string_view text, const ZoneOffsets& zone, const TimeSpan& bounds);

}
