// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/demand.h"

namespace wardesk::broker {

/// How quickly a pool gets desktops.
struct BootPace
{
    std::chrono::milliseconds bootTime = std::chrono::seconds(60); ///< nine of ten are quicker
    std::int64_t atOnce = 2; ///< that boot at the same time
    bool isMeasured = false; ///< otherwise it is assumed
};

/// Of the boots that were metered, newest first. Few of them prove little: then the assumption
/// stands unless they were slower.
[[nodiscard]] BootPace paceOf(
    const std::vector<std::chrono::milliseconds>& boots, std::int64_t atOnce);

struct SpareNeed
{
    std::int64_t spares = 0; ///< ready or starting now
    double expected = 0; ///< sign-ins until `until`
    WallTime until {}; ///< what they are needed for ends here
};

/// How many desktops must be ready or on their way at `now` so that nobody waits. What is started
/// now is ready one boot later, and after that no more come than can boot at once: so the most by
/// which the expected sign-ins of any time from now on outrun the boots.
[[nodiscard]] SpareNeed needAt(const Demand& demand, WallTime now, const BootPace& pace);

}
