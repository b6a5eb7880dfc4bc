// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What agents of shared desktops report: every session of theirs, each with its seat.
#include "broker/domain/seats.h"
#include "broker/service/agentreportrules.h"
#include "broker/service/audit.h"
#include "broker/service/evidence.h"
#include "broker/service/log.h"
#include "protocols/wire/codec.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

const char* const olderAgent
    = "the agent in its image is older than shared pools, and would let everybody into one "
      "account; give the pool an image of this version";

std::string accountText(std::int64_t seat)
{
    return "account " + std::to_string(seat);
}

}

Result<void> quarantineFor(Store& store, const DesktopRow& row, const std::string& why,
    const wire::AgentReport& report, WallTime now)
{
    if (row.desktop.quarantinedAt)
        return {};
    auto set
        = setAside(store, row, { .reason = why, .seen = "agent: " + wire::encode(report) }, now);
    if (set) {
        logEvent(LogLevel::alarm, "desktop.quarantined",
            { { "desktop", row.desktop.name }, { "why", why } });
        AuditNote note
            = brokerNote(row.desktop.organisation, "desktop.quarantine", row.desktop.name);
        note.detail = why;
        std::ignore = writeAudit(store, note, nullptr, now);
    }
    return set;
}

Result<AgentReports::Effects> AgentReports::writeShared(Store& store, const DesktopRow& row,
    const Pool& pool, const wire::AgentReport& report, WallTime now, Effects effects)
{
    const IncarnationFacts& facts = row.desktop.incarnation;
    if (!report.sessions) {
        // Refused rather than served wrongly: it is not ready, and the pool says why.
        if (!report.isReady.value_or(false) || facts.readyAt || facts.endingAt
            || facts.lastError == olderAgent)
            return effects;
        effects.changed = true;
        return store.recordStartFailure(row.desktop.id, facts.number, olderAgent, now)
            .map([&effects] { return effects; });
    }
    if (std::ssize(*report.sessions) > accountsOf(pool)) {
        effects.changed = true;
        return quarantineFor(
            store, row, "It says that it has more sessions than accounts.", report, now)
            .map([&effects] { return effects; });
    }
    if (auto ready = writeReadiness(store, row, report, now, effects); !ready)
        return tl::unexpected(ready.error());
    if (facts.endingAt)
        return effects;
    for (const wire::SeatReport& seat : *report.sessions) {
        if (auto written = writeSeat(store, row, seat, report, now, effects); !written)
            return tl::unexpected(written.error());
    }
    return effects;
}

Result<void> AgentReports::writeSeat(Store& store, const DesktopRow& row,
    const wire::SeatReport& seat, const wire::AgentReport& report, WallTime now, Effects& effects)
{
    const Lease* lease = seat.seat > 0 ? leaseOfSeat(row, seat.seat) : nullptr;
    // R1: an account obeys one lease in all the desktop's life.
    if (lease == nullptr || lease->id.value() != seat.lease) {
        if (lease == nullptr && !isAlive(seat.session))
            return {};
        effects.changed = true;
        return quarantineFor(store, row,
            lease == nullptr
                ? "It has a session in " + accountText(seat.seat) + ", which nobody was given."
                : "It serves another lease in " + accountText(seat.seat)
                    + " than the one in the database.",
            report, now);
    }
    if (lease->closedAt) {
        if (isAlive(seat.session))
            effects.toEnd.push_back(*lease);
        return {};
    }
    switch (seat.session) {
    case wire::SessionState::none:
        return {};
    case wire::SessionState::connected: {
        const Epoch epoch(seat.epoch);
        if (lease->connectedAt && lease->epoch == epoch)
            return {};
        effects.changed = true;
        auto connected = store.recordConnected(lease->id, epoch, now);
        // An older client is still there; the newer one has not come yet (R3).
        if (!connected && connected.error().code == Errc::stale)
            return {};
        return connected;
    }
    case wire::SessionState::prepared:
    case wire::SessionState::disconnected:
        if (!lease->connectedAt)
            return {};
        effects.changed = true;
        return store.recordDisconnected(lease->id, now);
    case wire::SessionState::ended: {
        effects.changed = true;
        // R6: the agent of this very incarnation says that nothing of the session runs any more.
        auto closed = store.closeLease(lease->id, CloseReason::loggedOff, now);
        if (closed) {
            effects.closed.push_back(*lease);
            AuditNote note = brokerNote(row.desktop.organisation, "lease.close", row.desktop.name);
            note.detail
                = "logged off, lease " + lease->id.value() + ", " + accountText(lease->seat);
            std::ignore = writeAudit(store, note, nullptr, now);
        }
        return closed;
    }
    }
    return {};
}

}
