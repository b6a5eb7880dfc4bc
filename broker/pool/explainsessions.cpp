// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/explainsessions.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "protocols/base/span.h"

#include <algorithm>
#include <utility>

namespace wardesk::broker {

namespace {

std::string afterwards(const Pool& pool)
{
    const LifeTimers& timers = pool.timers;
    const bool rests = timers.recycle.count() > 0;
    if (pool.kind == PoolKind::dedicated)
        return "After a log-off the desktop is started anew for its user"
            + (rests ? ", after a rest of " + spanText(timers.recycle) : std::string())
            + ": what is on its disk stays, what was in its memory is gone. Nobody else gets "
              "it.";
    return rests ? "After a log-off the desktop rests for " + spanText(timers.recycle)
            + ", unless somebody waits for one, and is then wiped and made anew."
                 : "After a log-off the desktop is wiped and made anew at once; nobody gets a "
                   "used one.";
}

void tellLogOffs(const PoolSituation& seen, WallTime now, std::vector<std::string>& told)
{
    std::vector<std::pair<WallTime, std::string>> due;
    for (const DesktopRow& row : seen.desktops) {
        if (row.desktop.quarantinedAt)
            continue;
        for (const Lease* lease : openLeasesOf(row)) {
            if (const auto end = logOffAt(*lease, seen.pool.timers))
                due.emplace_back(*end, row.desktop.name);
        }
    }
    std::sort(due.begin(), due.end());
    constexpr std::size_t most = 3;
    for (std::size_t i = 0; i < std::min(due.size(), most); ++i)
        told.push_back("Next: the session on " + due[i].second + " is logged off "
            + untilText(due[i].first, seen.basis.zone, now) + ", unless its user comes back.");
}

}

std::vector<std::string> explainSessions(const PoolSituation& seen, WallTime now)
{
    std::vector<std::string> told;
    const LifeTimers& timers = seen.pool.timers;
    const auto tell = [&told](std::string words) { told.push_back(std::move(words)); };
    tell(timers.lock.count() > 0 ? "A session left alone is locked after " + spanText(timers.lock)
                + " without key or pointer."
                                 : "A session left alone is locked only when its client is "
                                   "disconnected.");
    tell(timers.disconnect.count() > 0
            ? "Its client is disconnected after " + spanText(timers.disconnect)
                + " without key or pointer; the session goes on, locked, and opens again for "
                  "its user."
            : "Its client is never disconnected for being idle.");
    tell(timers.logOff.count() > 0
            ? "A session that nobody was connected to for " + spanText(timers.logOff)
                + " is logged off, and what is not saved in it is lost. One whose desktop "
                  "cannot be reached is never ended."
            : "A session that nobody is connected to goes on until its "
              "user or an administrator ends it.");
    tell(afterwards(seen.pool));
    if (isShared(seen.pool))
        tell("Of a shared desktop that means the log-off of the last one in it. Whoever logs off "
             "before leaves nothing behind: the account is emptied and used by nobody else.");
    tellLogOffs(seen, now, told);
    return told;
}

}
