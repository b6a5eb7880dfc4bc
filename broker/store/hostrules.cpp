// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/hostrules.h"

#include "broker/lease/leasemachine.h"
#include "protocols/base/counted.h"

#include <algorithm>
#include <iterator>

namespace wardesk::broker::rules {

Host freelyNamed(const Host& host, const std::vector<Host>& known)
{
    Host named = host;
    const auto isTaken = [&] {
        return std::any_of(known.begin(), known.end(),
            [&](const Host& other) { return other.name == named.name; });
    };
    for (int number = 2; isTaken(); ++number)
        named.name = host.name + '-' + std::to_string(number);
    return named;
}

std::vector<DesktopRow> desktopsOn(const HostId& host, const std::vector<DesktopRow>& all)
{
    std::vector<DesktopRow> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
        [&host](const DesktopRow& row) { return row.desktop.host == host; });
    return found;
}

void writeOff(DesktopRow& row, WallTime now)
{
    if (row.lease)
        row.lease = closeOf(*row.lease, CloseReason::hostLost, now).lease;
    for (Lease& other : row.others)
        other = closeOf(other, CloseReason::hostLost, now).lease;
    IncarnationFacts& facts = row.desktop.incarnation;
    if (!facts.endingAt) {
        facts.endingAt = now;
        facts.endReason = EndReason::domainGone;
    }
    if (!facts.endedAt)
        facts.endedAt = now;
}

Result<void> checkUnchanged(const Host& seen, const Host& now)
{
    if (seen.version != now.version || (seen.deadAt && !now.deadAt))
        return tl::unexpected(changedHostError());
    return {};
}

Error changedHostError()
{
    return { Errc::stale,
        "the host was changed or removed by somebody else at this moment; look "
        "at it and try again" };
}

Error closedHostError()
{
    return { Errc::conflict,
        "the host that was chosen gives nothing out any more; another one is looked for" };
}

Error goneHostError()
{
    return { Errc::conflict, "its host is in the books no more" };
}

Error usedHostError(std::int64_t desktops)
{
    return { Errc::conflict,
        "the host still has " + counted(desktops, "desktop") + "; drain it first" };
}

}
