// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/entitlement.h"
#include "broker/pool/zonetime.h"

#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

enum class AccessOutcome {
    allowed,
    notEntitled, ///< nothing names the user, or what does is over
    wrongTerminal, ///< not here
    outsideHours, ///< not now
    hoursUnknown ///< a right has hours, and nobody knows the pool's time zone
};

struct Access
{
    AccessOutcome outcome = AccessOutcome::notEntitled;
    std::vector<std::string> terminalGroups; ///< of wrongTerminal: where it may be opened
    std::optional<WallTime> opensAt; ///< of outsideHours: when it may be opened next
};

/// Who asks, and how.
struct AccessQuestion
{
    std::string terminal; ///< what it calls itself; empty when it does not
    /// The user has a session there. Work that is begun may be finished when the hours of the day
    /// are over; where and for how many days one is entitled holds for it, too.
    bool hasSession = false;
};

/// One right of which all holds is enough; without any there is no access (A7).
[[nodiscard]] Access accessOf(const std::vector<Right>& rights, const AccessQuestion& question,
    const ZoneOffsets& zone, WallTime now);

/// The same where the pool's time zone is not known: rights without times hold as ever, those with
/// them for one's own session only.
[[nodiscard]] Access accessWithoutZone(
    const std::vector<Right>& rights, const AccessQuestion& question);

/// Whether these need a time zone at all.
[[nodiscard]] bool dependsOnTime(const std::vector<Right>& rights);

/// `*` is any text, `?` any one byte; ASCII letters are compared without regard to case.
[[nodiscard]] bool matchesPattern(const std::string& pattern, const std::string& name);

/// "mon-fri 07:00-19:00, from 2026-12-01, until 2026-12-31"; "always" when nothing limits it.
[[nodiscard]] std::string timesText(const Entitlement& entitlement);

/// What cannot be, with what was expected.
[[nodiscard]] Result<void> checkTimes(const Entitlement& entitlement);
[[nodiscard]] Result<void> checkPatterns(const std::vector<std::string>& patterns);

}
