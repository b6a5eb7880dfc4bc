// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/pacing.h"

#include <algorithm>
#include <optional>

namespace wardesk::broker {

namespace {

/// When any desktop became ready last.
std::optional<WallTime> lastReady(const RowList& desktops)
{
    std::optional<WallTime> last;
    for (const DesktopRow* row : desktops) {
        const auto& readyAt = row->desktop.incarnation.readyAt;
        if (readyAt && (!last || *readyAt > *last))
            last = readyAt;
    }
    return last;
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

RowList listOf(const std::vector<DesktopRow>& desktops)
{
    RowList list;
    list.reserve(desktops.size());
    for (const DesktopRow& row : desktops)
        list.push_back(&row);
    return list;
}

const Desktop* holderOf(const RowList& desktops, const Limits& limits)
{
    const std::optional<WallTime> ready = lastReady(desktops);
    const Desktop* holder = nullptr;
    for (const DesktopRow* row : desktops) {
        const IncarnationFacts& facts = row->desktop.incarnation;
        // What is kept for a user may fail for what the user did to it: that holds nobody else.
        if (row->desktop.quarantinedAt || row->lease || facts.readyAt
            || !row->desktop.owner.isEmpty() || facts.startAttempts < limits.startAttempts)
            continue;
        if (ready && *ready > facts.createdAt)
            continue; // others of its pool become ready: it fails alone
        if (holder == nullptr || facts.startAttempts > holder->incarnation.startAttempts)
            holder = &row->desktop;
    }
    return holder;
}

std::optional<WallTime> nextProbe(const RowList& desktops, WallTime now, const Limits& limits)
{
    // Counted over the whole pool: otherwise each desktop would have a first attempt of its own on
    // a host that starts nothing.
    std::int64_t failures = 0;
    std::optional<WallTime> last;
    for (const DesktopRow* row : desktops) {
        const IncarnationFacts& facts = row->desktop.incarnation;
        if (!facts.lastFailureAt || row->desktop.quarantinedAt || !row->desktop.owner.isEmpty())
            continue;
        failures = std::max(failures, facts.startAttempts);
        last = last ? std::max(*last, *facts.lastFailureAt) : *facts.lastFailureAt;
    }
    // A failure in the future means that the clock was set back: try, the next one counts anew.
    const auto pause = pauseAfter(failures, limits);
    if (!last || *last > now || isOver(*last, pause, now))
        return std::nullopt;
    return *last + pause;
}

bool mayProbe(const RowList& desktops, WallTime now, const Limits& limits)
{
    return !nextProbe(desktops, now, limits);
}

bool mayStart(const Desktop& desktop, WallTime now, const Limits& limits)
{
    const IncarnationFacts& facts = desktop.incarnation;
    if (!facts.lastFailureAt || facts.startAttempts == 0 || *facts.lastFailureAt > now)
        return true;
    return isOver(*facts.lastFailureAt, pauseAfter(facts.startAttempts, limits), now);
}

}
