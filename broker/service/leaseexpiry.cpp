// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// How a lease whose time is over is taken back, in a round of its pool (R6).
#include "broker/service/audit.h"
#include "broker/service/poolround.h"
#include "broker/service/seatend.h"
#include "broker/service/unusedlease.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds silentAgentPatience { 5 };

}

/// The incarnation is not ended in this round either.
void PoolKeeper::leave(const RoundPtr& round, const DesktopId& desktop)
{
    const auto isItsEnding = [&desktop](const Action& action) {
        const auto* ending = std::get_if<BeginEnding>(&action);
        return ending != nullptr && ending->desktop == desktop;
    };
    auto& actions = round->actions;
    const auto next = actions.begin() + static_cast<std::ptrdiff_t>(round->next);
    actions.erase(std::remove_if(next, actions.end(), isItsEnding), actions.end());
}

void PoolKeeper::giveBack(const RoundPtr& round, const CloseLease& action)
{
    const DesktopRow& row = round->row(action.lease);
    const Lease& lease = round->lease(action.lease);
    if (!m_agents.isConnected(lease.desktop, lease.incarnation)) {
        leave(round, lease.desktop); // unreachable is not free (R7)
        step(round);
        return;
    }
    AuditNote note = brokerNote(lease.organisation, "lease.close", row.desktop.name);
    note.detail = action.reason == CloseReason::neverReady
        ? "it was given to somebody and did not get ready"
        : "nobody connected in time";
    note.detail += ", lease " + lease.id.value();
    onPoolStore(
        round,
        [id = lease.id, now = m_shell.clock.wall()](
            Store& store) { return store.reviewLease(id, now); },
        [this, round, lease, why = action.reason, note](const Result<Lease>& reviewed) {
            if (!reviewed) {
                leave(round, lease.desktop);
                if (reviewed.error().code == Errc::stale)
                    step(round); // somebody has come, or it is closed already
                else
                    done(round, "lease.review", tl::unexpected(reviewed.error()));
                return;
            }
            m_agents.command(askWhoIsInside(*reviewed, silentAgentPatience),
                [this, round, lease = *reviewed, why, note](const Result<wire::AgentReport>& told) {
                    if (told && told->session) {
                        giveBackUnlessUsed(round, lease, why, note, *told->session);
                        return;
                    }
                    leave(round, lease.desktop);
                    done(round, "lease.review",
                        tl::unexpected(
                            told ? Error { Errc::unavailable, "it did not say" } : told.error()));
                });
        });
}

void PoolKeeper::giveBackUnlessUsed(const RoundPtr& round, const Lease& lease, CloseReason why,
    AuditNote note, wire::SessionState session)
{
    onPoolStore(
        round,
        [lease, why, note = std::move(note), session, now = m_shell.clock.wall()](
            Store& store) -> Result<bool> {
            auto closed = closeUnlessUsed(store, lease, session, why, now);
            if (closed && !*closed)
                return closed;
            return recorded<bool>(store, note, std::move(closed), now);
        },
        [this, round, lease, why](const Result<bool>& closed) {
            if (!closed || !*closed)
                leave(round, lease.desktop);
            if (closed && *closed)
                endSeat(m_shell, m_agents, lease);
            if (closed && !*closed) {
                step(round); // not at once again: who has asked meanwhile is on the way
                return;
            }
            // Who waits for one that does not get ready is given another one without a word.
            if (closed && why == CloseReason::neverConnected) {
                wire::Event ended;
                ended.kind = wire::EventKind::sessionEnded;
                ended.lease = lease.id.value();
                ended.message = "Your desktop was given back because nobody connected to it.";
                m_events.tellUser(lease.user, ended);
            }
            done(round, "lease.close", closed ? Result<void>() : tl::unexpected(closed.error()));
        });
}

}
