// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// A host that never comes back.
#include "broker/domain/seats.h"
#include "broker/service/acts.h"
#include "broker/service/hostadministration.h"
#include "broker/service/lookups.h"
#include "protocols/base/counted.h"
#include "protocols/base/mutation.h"

#include <set>

namespace wardesk::broker {

Result<void> HostAdministration::checkLost(
    const Host& host, const std::vector<DesktopRow>& rows) const
{
    if (WARDESK_MUTATED(writtenOffUnasked))
        return {};
    const HostStanding standing = m_hosts.standingOf(host.id);
    if (standing.isKnown && standing.sight != HostSight::away)
        return failure(Errc::conflict,
            "libvirt on host '" + host.name
                + (standing.sight == HostSight::busy ? "' has answered a moment ago"
                                                     : "' answers, so it is not lost")
                + ": 'wardeskctl host drain " + host.name
                + "' empties a host, then it can be removed.");
    std::vector<std::string> speaking;
    for (const DesktopRow& row : rows) {
        if (row.desktop.host == host.id
            && m_agents.isConnected(row.desktop.id, row.desktop.incarnation.number))
            speaking.push_back(row.desktop.name);
    }
    if (!speaking.empty())
        return failure(Errc::conflict,
            "Host '" + host.name + "' is not lost: " + counted(std::ssize(speaking), "desktop")
                + " on it can still be reached (" + speaking.front()
                + (speaking.size() > 1 ? " and others" : "")
                + "), and who works there would lose it. Switch the host off first; a minute later "
                  "it can be written off.");
    if (!m_hosts.isSilent(host.id))
        return failure(Errc::unavailable,
            "It is not certain yet that host '" + host.name
                + "' is lost: this broker, or the host's silence, is too young. Try again in half "
                  "a minute.");
    return {};
}

void HostAdministration::tellOfLoss(const std::vector<DesktopRow>& rows)
{
    std::set<OrganisationId> organisations;
    std::set<PoolId> pools;
    for (const DesktopRow& row : rows) {
        organisations.insert(row.desktop.organisation);
        pools.insert(row.desktop.pool);
        m_agents.drop(row.desktop.id, row.desktop.incarnation.number, "its host is written off");
        for (const Lease* lease : openLeasesOf(row)) {
            wire::Event ended;
            ended.kind = wire::EventKind::sessionEnded;
            ended.lease = lease->id.value();
            ended.message = "The machine that your desktop was on is lost. Connect again to get a "
                            "new desktop.";
            m_events.tellUser(lease->user, ended);
        }
    }
    m_keeper.lookAgain();
    for (const PoolId& pool : pools)
        m_keeper.wake(pool);
    for (const OrganisationId& organisation : organisations)
        m_events.desktopsChanged(organisation);
}

void HostAdministration::writeOff(
    const Principal& who, const std::string& named, Done<wire::HostLoss> done)
{
    using Found = std::pair<Host, std::vector<DesktopRow>>;
    struct Written
    {
        wire::HostLoss loss;
        std::vector<DesktopRow> rows;
    };
    onStore(
        m_shell, Urgency::first,
        [named](Store& store) -> Result<Found> {
            auto host = lookUpHost(store, named);
            if (!host)
                return tl::unexpected(host.error());
            return store.listDesktops().map([&](std::vector<DesktopRow> rows) {
                return Found { std::move(*host), std::move(rows) };
            });
        },
        [this, who, named, done](const Result<Found>& found) {
            const Host host = found ? found->first : Host {};
            const Result<void> lost = found ? checkLost(host, found->second)
                                            : Result<void>(tl::unexpected(found.error()));
            audited<Written>(
                m_shell, noteOf(who, "host.writeOff", found ? host.name : named.substr(0, 64)),
                [host, lost, now = m_shell.clock.wall()](
                    Store& store, AuditNote& note) -> Result<Written> {
                    if (!lost)
                        return tl::unexpected(lost.error());
                    auto rows = store.writeOffHost(host, now);
                    if (!rows)
                        return tl::unexpected(rows.error());
                    Written written { .loss = {}, .rows = std::move(*rows) };
                    written.loss.name = host.name;
                    written.loss.desktops = static_cast<std::int64_t>(written.rows.size());
                    for (const DesktopRow& row : written.rows) {
                        for (const Lease* lease : openLeasesOf(row)) {
                            const auto user = store.findUser(lease->user);
                            written.loss.users.push_back(user ? user->name : lease->user.value());
                        }
                    }
                    note.detail += ", desktops: " + std::to_string(written.loss.desktops)
                        + ", sessions on them: " + std::to_string(written.loss.users.size());
                    return written;
                },
                [this, done](const Result<Written>& written) {
                    if (written)
                        tellOfLoss(written->rows);
                    done(written.map([](const Written& one) { return one.loss; }));
                });
        });
}

}
