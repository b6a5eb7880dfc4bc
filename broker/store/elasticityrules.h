// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/elasticity.h"

#include <string>

/// What every store keeps to with calendars and rosters.
namespace wardesk::broker::rules {

[[nodiscard]] std::string nameOf(DayKind kind);
[[nodiscard]] DayKind dayKindNamed(const std::string& name);
/// Each ward and start once, inside the span.
[[nodiscard]] Result<void> checkShifts(
    const TimeSpan& span, const std::vector<RosterShift>& shifts);

}
