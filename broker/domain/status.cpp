// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/status.h"

namespace wardesk::broker {

DesktopStatus statusOf(const Desktop& desktop, const Lease* lease)
{
    const IncarnationFacts& facts = desktop.incarnation;
    // Of one on a dead host nobody knows anything: it is set aside until the host is back.
    if (desktop.quarantinedAt || (desktop.hostDeadAt && !facts.endedAt))
        return DesktopStatus::quarantined;
    if (facts.endedAt)
        return DesktopStatus::stopped;
    if (facts.endingAt || (lease != nullptr && lease->closedAt))
        return DesktopStatus::recycling;
    if (lease != nullptr) {
        if (lease->connectedAt)
            return DesktopStatus::connected;
        return lease->firstConnectedAt ? DesktopStatus::disconnected : DesktopStatus::assigned;
    }
    if (facts.suspendingAt && !facts.resumingAt)
        return DesktopStatus::suspended;
    if (!facts.readyAt)
        return DesktopStatus::preparing;
    return desktop.owner.isEmpty() ? DesktopStatus::ready : DesktopStatus::kept;
}

std::string nameOf(DesktopStatus status)
{
    switch (status) {
    case DesktopStatus::stopped:
        return "stopped";
    case DesktopStatus::preparing:
        return "preparing";
    case DesktopStatus::ready:
        return "ready";
    case DesktopStatus::kept:
        return "kept";
    case DesktopStatus::suspended:
        return "suspended";
    case DesktopStatus::assigned:
        return "assigned";
    case DesktopStatus::connected:
        return "connected";
    case DesktopStatus::disconnected:
        return "disconnected";
    case DesktopStatus::recycling:
        return "recycling";
    case DesktopStatus::quarantined:
        return "quarantined";
    }
    return "unknown";
}

std::string describe(const Desktop& desktop, const Lease* lease)
{
    const std::string& error = desktop.incarnation.lastError;
    switch (statusOf(desktop, lease)) {
    case DesktopStatus::stopped:
        return "Not running.";
    case DesktopStatus::preparing:
        if (desktop.incarnation.resumingAt && !desktop.incarnation.unreadyAt)
            return error.empty() ? "Being resumed from its host's disk."
                                 : "Being made ready again: " + error;
        return error.empty() ? "Starting." : "Starting; the last attempt failed: " + error;
    case DesktopStatus::ready:
        return "Ready for anybody.";
    case DesktopStatus::kept:
        return "Ready for its user.";
    case DesktopStatus::suspended:
        return desktop.incarnation.suspendedAt
            ? "Saved to its host's disk, without memory; resumed when it is wanted."
            : "Being saved to its host's disk.";
    case DesktopStatus::assigned:
        return "Assigned; waiting for the first connection.";
    case DesktopStatus::connected:
        return "In use.";
    case DesktopStatus::disconnected:
        return "The session goes on without a client.";
    case DesktopStatus::recycling:
        if (!desktop.owner.isEmpty())
            return error.empty() ? "Being restarted for its user."
                                 : "Being restarted; the last attempt failed: " + error;
        return error.empty() ? "Being wiped before anybody else gets it."
                             : "Being wiped; the last attempt failed: " + error;
    case DesktopStatus::quarantined:
        return "Set aside: "
            + (desktop.quarantinedAt ? desktop.quarantineReason
                                     : std::string("the host that it is on does not answer"));
    }
    return {};
}

bool maySomebodyMiss(const Desktop& desktop)
{
    const IncarnationFacts& facts = desktop.incarnation;
    return desktop.quarantinedAt && desktop.owner.isEmpty() && !facts.endedAt
        && facts.endReason == EndReason::databaseRestored;
}

}
