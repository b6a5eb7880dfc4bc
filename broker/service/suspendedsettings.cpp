// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/suspendedsettings.h"

namespace wardesk::broker {

namespace {

constexpr std::int64_t mostSuspended = 10000;

}

Result<void> checkSuspended(const Pool& pool, const Image& image)
{
    if (pool.suspended < 0 || pool.suspended > mostSuspended)
        return failure(
            Errc::invalidArgument, "'suspended' is wrong: a number from 0 to 10000 is expected");
    if (pool.suspendedPercent < 0 || pool.suspendedPercent > 1000)
        return failure(Errc::invalidArgument,
            "'suspendedPercent' is wrong: a number from 0 to 1000 is expected");
    if ((pool.suspended > 0 || pool.suspendedPercent > 0) && image.kind != ImageKind::qemu)
        return failure(Errc::invalidArgument,
            "'suspended' is wrong: the desktops of '" + pool.name
                + "' are containers, whose memory cannot be saved to the disk; only virtual "
                  "machines can be suspended. Use more 'spare' ones");
    return {};
}

std::string suspendedText(const Pool& pool)
{
    return (pool.suspended > 0 ? ", suspended " + std::to_string(pool.suspended) : std::string())
        + (pool.suspendedPercent > 0 ? ", suspended " + std::to_string(pool.suspendedPercent) + " %"
                                     : std::string());
}

}
