// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/pacing.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

bool failsAlone(const Desktop& desktop, const std::vector<DesktopRow>& desktops)
{
    return std::any_of(desktops.begin(), desktops.end(), [&desktop](const DesktopRow& other) {
        const IncarnationFacts& facts = other.desktop.incarnation;
        return other.desktop.id != desktop.id && facts.readyAt
            && *facts.readyAt > desktop.incarnation.createdAt;
    });
}

}

bool isOver(WallTime since, std::chrono::milliseconds span, WallTime now)
{
    return now >= since && now - since >= span;
}

std::chrono::milliseconds pauseAfter(std::int64_t failures, const Limits& limits)
{
    std::chrono::milliseconds pause = limits.retryPause;
    for (std::int64_t failure = 1; failure < failures && pause < limits.longestRetryPause;
         ++failure)
        pause *= 2;
    return std::min(pause, limits.longestRetryPause);
}

const Desktop* holderOf(const std::vector<DesktopRow>& desktops, const Limits& limits)
{
    const Desktop* holder = nullptr;
    for (const DesktopRow& row : desktops) {
        const IncarnationFacts& facts = row.desktop.incarnation;
        if (row.desktop.quarantinedAt || row.lease || facts.readyAt
            || facts.startAttempts < limits.startAttempts || failsAlone(row.desktop, desktops))
            continue;
        if (holder == nullptr || facts.startAttempts > holder->incarnation.startAttempts)
            holder = &row.desktop;
    }
    return holder;
}

bool mayProbe(const std::vector<DesktopRow>& desktops, WallTime now, const Limits& limits)
{
    // Counted over the whole pool: otherwise each desktop would have a first attempt of its own on
    // a host that starts nothing.
    std::int64_t failures = 0;
    std::optional<WallTime> last;
    for (const DesktopRow& row : desktops) {
        const IncarnationFacts& facts = row.desktop.incarnation;
        if (!facts.lastFailureAt || row.desktop.quarantinedAt)
            continue;
        failures = std::max(failures, facts.startAttempts);
        last = last ? std::max(*last, *facts.lastFailureAt) : *facts.lastFailureAt;
    }
    // A failure in the future means that the clock was set back: try, the next one counts anew.
    return !last || *last > now || isOver(*last, pauseAfter(failures, limits), now);
}

bool mayStart(const Desktop& desktop, WallTime now, const Limits& limits)
{
    const IncarnationFacts& facts = desktop.incarnation;
    if (!facts.lastFailureAt || facts.startAttempts == 0 || *facts.lastFailureAt > now)
        return true;
    return isOver(*facts.lastFailureAt, pauseAfter(facts.startAttempts, limits), now);
}

}
