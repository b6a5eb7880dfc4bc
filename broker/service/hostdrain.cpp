// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What a round does about sessions on a host that is drained with a time limit.
#include "broker/service/audit.h"
#include "broker/service/poolround.h"

#include <algorithm>

namespace wardesk::broker {

const Host* PoolKeeper::Round::hostOf(const Desktop& desktop) const
{
    const auto found = std::find_if(view.hosts.begin(), view.hosts.end(),
        [&desktop](const HostView& one) { return one.host.id == desktop.host; });
    return found == view.hosts.end() ? nullptr : &found->host;
}

std::optional<WallTime> PoolKeeper::Round::drainedBy(const DesktopRow& row) const
{
    const Host* on = hostOf(row.desktop);
    if (on == nullptr || on->mode == HostMode::active || !row.lease || row.lease->closedAt)
        return std::nullopt;
    return on->drainBy;
}

void PoolKeeper::endForDrain(const RoundPtr& round, const Lease& lease, const Desktop& desktop)
{
    AuditNote note = brokerNote(lease.organisation, "lease.close", desktop.name);
    const Host* host = round->hostOf(desktop);
    note.detail = "its host " + (host != nullptr ? host->name : std::string())
        + " is drained, and the time for that is over; lease " + lease.id.value();
    onPoolStore(
        round,
        [lease, note, on = desktop.host, now = m_shell.clock.wall()](Store& store) -> Result<bool> {
            const auto hosts = store.listHosts(); // it may have been taken back meanwhile
            const auto current = store.findLease(lease.organisation, lease.id);
            if (!hosts || !current)
                return tl::unexpected(hosts ? current.error() : hosts.error());
            const bool isDue = std::any_of(hosts->begin(), hosts->end(), [&](const Host& one) {
                return one.id == on && one.mode != HostMode::active && one.drainBy
                    && now >= *one.drainBy;
            });
            if (!isDue || current->closedAt)
                return false;
            Result<void> closed = store.closeLease(lease.id, CloseReason::hostDrained, now);
            return recorded<void>(store, note, std::move(closed), now).map([] { return true; });
        },
        [this, round, lease](const Result<bool>& closed) {
            endedAsAnnounced(round, lease, closed,
                "Your desktop was ended by IT, as it was announced. Connect again to get a new "
                "one.");
        });
}

}
