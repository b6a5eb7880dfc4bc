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

SeatWord sessionOf(const AgentWord& word)
{
    return { .epoch = word.epoch, .session = word.session, .lease = word.lease, .user = word.user };
}

void noteInUse(DesktopRow& row, const AgentWord& word, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    facts.startedAt = facts.startedAt.value_or(now);
    // It is not on the disk any more, whatever this database remembers.
    facts.suspendingAt.reset();
    facts.suspendedAt.reset();
    facts.resumingAt.reset();
    if (word.isReady && !word.certificateSha256.empty()) {
        facts.certificateSha256 = word.certificateSha256;
        facts.readyAt = facts.readyAt.value_or(now);
        facts.unreadyAt.reset();
    }
}

Lease leaseFrom(const DesktopRow& row, const SeatWord& word, WallTime now)
{
    Lease lease;
    lease.id = word.lease;
    lease.organisation = row.desktop.organisation;
    lease.pool = row.desktop.pool;
    lease.desktop = row.desktop.id;
    lease.incarnation = row.desktop.incarnation.number;
    lease.seat = word.seat;
    lease.user = word.user;
    lease.epoch = word.epoch;
    lease.grantedAt = now;
    applySession(lease, word.session, now);
    return lease;
}

void refreshLease(Lease& lease, const SeatWord& word, WallTime now)
{
    if (word.lease == lease.id)
        lease.epoch = std::max(lease.epoch, word.epoch);
    applySession(lease, word.session, now);
}

void closeAsLoggedOff(Lease& lease, const SeatWord& word, WallTime now)
{
    const bool wasUsed = lease.firstConnectedAt || word.lease == lease.id;
    lease.connectedAt.reset();
    lease.closedAt = now;
    lease.closeReason = wasUsed ? CloseReason::loggedOff : CloseReason::desktopLost;
}

void loseLeases(DesktopRow& row, WallTime now)
{
    const auto lose = [now](Lease& lease) {
        if (lease.closedAt)
            return;
        lease.connectedAt.reset();
        lease.closedAt = now;
        lease.closeReason = CloseReason::desktopLost;
    };
    if (row.lease)
        lose(*row.lease);
    for (Lease& other : row.others)
        lose(other);
}

void endForLoss(DesktopRow& row, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    if (facts.endingAt)
        return;
    facts.endingAt = now;
    facts.endReason = EndReason::databaseRestored;
}

void drainForLoss(DesktopRow& row, WallTime now)
{
    IncarnationFacts& facts = row.desktop.incarnation;
    facts.drainingAt = facts.drainingAt.value_or(now);
}

void retireRow(DesktopRow& row, WallTime now)
{
    endForLoss(row, now);
    row.desktop.incarnation.endedAt = row.desktop.incarnation.endedAt.value_or(now);
}

}
