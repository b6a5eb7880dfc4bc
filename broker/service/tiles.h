// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/service/hoststate.h"
#include "protocols/wire/clientmessages.h"

#include <cstdint>
#include <string>
#include <vector>

namespace wardesk::broker {

/// A pool's desktops, counted by their derived status.
struct PoolCounts
{
    std::int64_t ready = 0;
    std::int64_t preparing = 0; ///< starting, being wiped, or between two incarnations
    std::int64_t inUse = 0;
    std::int64_t quarantined = 0;
    [[nodiscard]] std::int64_t total() const { return ready + preparing + inUse + quarantined; }
};

[[nodiscard]] PoolCounts countDesktops(const std::vector<DesktopRow>& rows);

/// Why a user who asks now gets no desktop at once.
struct Shortage
{
    bool mayWait = false; ///< one is being made or may be made
    Errc code = Errc::poolFull; ///< when waiting is no use
    std::string message;
};

[[nodiscard]] Shortage explainShortage(
    const Pool& pool, const std::vector<DesktopRow>& rows, const HostState& host);

/// To the user whose desktop was set aside with this reason.
[[nodiscard]] std::string setAsideWords(const std::string& reason);

/// One tile: what this user may expect of this pool.
[[nodiscard]] wire::DesktopTile tileOf(const Pool& pool, const std::vector<DesktopRow>& rows,
    const UserId& user, const HostState& host);

}
