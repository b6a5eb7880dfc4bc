// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/rollout.h"

#include <map>

/// A rollout in words, for people who know nothing of it.
namespace wardesk::broker {

struct RolloutNames
{
    std::string pool;
    std::string from; ///< "name:version"
    std::string to;
    std::map<UserId, std::string> users; ///< of open leases; others are "somebody"
};

/// What happens, what will, and what can be done about it: one sentence or two a line.
[[nodiscard]] std::vector<std::string> explainRollout(const Rollout& rollout,
    const std::vector<DesktopRow>& desktops, const RolloutNames& names, WallTime now);

/// Why the desktop still has the old version; empty when it has the new one.
[[nodiscard]] std::string whyOutdated(const Rollout& rollout,
    const std::vector<DesktopRow>& desktops, const DesktopRow& row, const RolloutNames& names,
    WallTime now);

/// "3 minutes", "2 hours 10 minutes", "less than a minute"
[[nodiscard]] std::string durationText(std::chrono::milliseconds span);

}
