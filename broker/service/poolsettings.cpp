// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolsettings.h"

#include "broker/domain/seats.h"
#include "broker/pool/calendar.h"
#include "broker/service/lookups.h"
#include "broker/service/zones.h"
#include "protocols/base/span.h"

#include <utility>

namespace wardesk::broker {

namespace {

constexpr std::int64_t maxDesktops = 10000;

Result<void> checkTimers(const LifeTimers& timers)
{
    constexpr std::chrono::seconds longest = std::chrono::days(366);
    using Named = std::pair<const char*, std::chrono::seconds>;
    for (const auto& [name, span] :
        { Named("lockAfter", timers.lock), Named("disconnectAfter", timers.disconnect),
            Named("logOffAfter", timers.logOff), Named("recycleAfter", timers.recycle) }) {
        if (span < std::chrono::seconds(0) || span > longest)
            return failure(Errc::invalidArgument,
                std::string("'") + name
                    + "' is wrong: seconds from 0 (never) to 31622400 (366 days) are expected");
    }
    return {};
}

}

Result<void> checkSeats(const Pool& pool)
{
    if (const std::string why = whyNotSeats(pool.kind, pool.seats); !why.empty())
        return failure(Errc::invalidArgument, "'seats' is wrong: " + why);
    if (const std::string why = whyNotMax(pool, pool.max); !why.empty())
        return failure(Errc::invalidArgument, "'max' is wrong: " + why);
    return {};
}

Result<void> checkPool(const Pool& pool, WallTime now)
{
    if (auto good = checkSeats(pool); !good)
        return good;
    if (auto good = checkTimers(pool.timers); !good)
        return good;
    if (pool.spare < 0 || pool.spare > maxDesktops)
        return failure(
            Errc::invalidArgument, "'spare' is wrong: a number from 0 to 10000 is expected");
    if (pool.max < 0 || pool.max > maxDesktops)
        return failure(
            Errc::invalidArgument, "'max' is wrong: a number from 0 to 10000 is expected");
    if (pool.spare > pool.max)
        return failure(Errc::invalidArgument,
            "'spare' is wrong: " + std::to_string(pool.spare)
                + " desktops cannot be kept ready where 'max' allows " + std::to_string(pool.max));
    if (pool.min < 0 || pool.min > pool.max)
        return failure(Errc::invalidArgument,
            "'min' is wrong: a number from 0 to 'max', which is " + std::to_string(pool.max)
                + ", is expected");
    if (pool.sparePercent < 0 || pool.sparePercent > 1000)
        return failure(
            Errc::invalidArgument, "'sparePercent' is wrong: a number from 0 to 1000 is expected");
    if (!pool.timeZone.empty()) {
        if (auto zone = zoneOffsets(pool.timeZone, calendarSpan(now)); !zone)
            return tl::unexpected(zone.error());
    }
    if (pool.memoryMiB < 64 || pool.memoryMiB > 1024 * 1024)
        return failure(
            Errc::invalidArgument, "'memoryMiB' is wrong: a number from 64 to 1048576 is expected");
    if (pool.vcpus < 1 || pool.vcpus > 256)
        return failure(
            Errc::invalidArgument, "'vcpus' is wrong: a number from 1 to 256 is expected");
    if (pool.machine != "q35" && pool.machine != "pc")
        return failure(Errc::invalidArgument, "'machine' is wrong: q35 or pc is expected");
    if (!pool.network.empty()) {
        if (auto good = checkName("network", pool.network); !good)
            return good;
    }
    if (pool.description.size() > 500)
        return failure(Errc::invalidArgument, "'description' is wrong: at most 500 bytes");
    return checkName("name", pool.name);
}

Result<void> checkSuspended(const Pool& pool, const Image& image)
{
    if (pool.suspended < 0 || pool.suspended > maxDesktops)
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

std::string timersText(const LifeTimers& timers)
{
    const auto text = [](std::chrono::seconds span) {
        return span.count() == 0 ? std::string("never") : spanText(span);
    };
    return "lock " + text(timers.lock) + ", disconnect " + text(timers.disconnect) + ", log off "
        + text(timers.logOff) + ", recycle "
        + (timers.recycle.count() == 0 ? "at once" : spanText(timers.recycle));
}

std::string placementText(const Pool& pool)
{
    return (pool.labels.empty() ? "" : ", labels " + textOf(pool.labels))
        + (pool.spread == Spread::strict ? ", spread strict" : "");
}

}
