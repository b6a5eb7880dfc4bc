// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/pool/calendar.h"
#include "broker/pool/placement.h"

namespace wardesk::broker {

/// What it means for a pool that one of its hosts is not as it should be; whole sentences.
struct HostWords
{
    std::string summary; ///< how it ends up for the pool, for after its name; empty: no trouble
    std::string next; ///< what happens there
    std::string todo; ///< what can be done about it
};

/// One for each host that is dead, away, being emptied or in maintenance and has desktops of the
/// pool, the worst first.
[[nodiscard]] std::vector<HostWords> hostWords(const std::vector<HostView>& hosts,
    const std::vector<DesktopRow>& desktops, const ZoneOffsets& zone, WallTime now);

}
