// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/adoptedrow.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

void applySession(Lease& lease, SessionSeen session, WallTime now)
{
    switch (session) {
    case SessionSeen::connected:
        lease.firstConnectedAt = lease.firstConnectedAt.value_or(now);
        lease.connectedAt = lease.connectedAt.value_or(now);
        lease.disconnectedAt.reset();
        return;
    case SessionSeen::disconnected:
        lease.firstConnectedAt = lease.firstConnectedAt.value_or(now);
        lease.connectedAt.reset();
        lease.disconnectedAt = lease.disconnectedAt.value_or(now);
        return;
    case SessionSeen::none:
    case SessionSeen::prepared:
    case SessionSeen::ended:
        if (lease.connectedAt) {
            lease.connectedAt.reset();
            lease.disconnectedAt = now;
        }
        return;
    }
}

}

DesktopRow rowFrom(
    const ObservedDomain& domain, const DesktopRow* known, const ImageId& image, WallTime now)
{
    DesktopRow row;
    if (known != nullptr) {
        row.desktop = known->desktop;
        row.desktop.quarantinedAt.reset();
        row.desktop.quarantineReason.clear();
    } else {
        row.desktop.id = domain.desktop;
        row.desktop.organisation = domain.organisation;
        row.desktop.pool = domain.pool;
        row.desktop.name = domain.hostName;
        row.desktop.address = domain.address;
        row.desktop.host = domain.host;
    }
    IncarnationFacts facts;
    facts.number = domain.incarnation;
    facts.domain = domain.uuid;
    facts.image = image;
    facts.bootstrapHash = domain.bootstrapHash;
    // Whose the disk is stands where the disk is.
    row.desktop.owner = domain.owner;
    if (domain.keptDisk != domain.uuid)
        facts.disk = domain.keptDisk;
    facts.createdAt = now;
    facts.startedAt = now;
    row.desktop.incarnation = std::move(facts);
    return row;
}

void remakeLease(DesktopRow& row, const AgentWord& word, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    facts.startedAt = facts.startedAt.value_or(now);
    // Somebody has been given it: it is not on the disk any more, whatever this database remembers.
    facts.suspendingAt.reset();
    facts.suspendedAt.reset();
    facts.resumingAt.reset();
    if (word.isReady && !word.certificateSha256.empty()) {
        facts.certificateSha256 = word.certificateSha256;
        facts.readyAt = facts.readyAt.value_or(now);
        facts.unreadyAt.reset();
    }
    Lease lease;
    lease.id = word.lease;
    lease.organisation = row.desktop.organisation;
    lease.pool = row.desktop.pool;
    lease.desktop = row.desktop.id;
    lease.incarnation = facts.number;
    lease.user = word.user;
    lease.epoch = word.epoch;
    lease.grantedAt = now;
    applySession(lease, word.session, now);
    row.lease = std::move(lease);
}

void refreshLease(DesktopRow& row, const AgentWord& word, WallTime now)
{
    Lease& lease = *row.lease;
    if (word.lease == lease.id)
        lease.epoch = std::max(lease.epoch, word.epoch);
    applySession(lease, word.session, now);
}

void closeAsLoggedOff(DesktopRow& row, const AgentWord& word, WallTime now)
{
    Lease& lease = *row.lease;
    const bool wasUsed = lease.firstConnectedAt || word.lease == lease.id;
    lease.connectedAt.reset();
    lease.closedAt = now;
    lease.closeReason = wasUsed ? CloseReason::loggedOff : CloseReason::desktopLost;
}

void loseLease(DesktopRow& row, WallTime now)
{
    if (!row.lease || row.lease->closedAt)
        return;
    row.lease->connectedAt.reset();
    row.lease->closedAt = now;
    row.lease->closeReason = CloseReason::desktopLost;
}

void endForLoss(DesktopRow& row, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    if (facts.endingAt)
        return;
    facts.endingAt = now;
    facts.endReason = EndReason::databaseRestored;
}

void retireRow(DesktopRow& row, WallTime now)
{
    endForLoss(row, now);
    row.desktop.incarnation.endedAt = row.desktop.incarnation.endedAt.value_or(now);
}

}
