// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// How a lease that nobody connected to is taken back (R6). That the database knows of no connection
// does not mean that there is none: the report of it may wait for a full disk, or its agent may be
// cut off from us while its user works. So the door is shut first (a new epoch: no older ticket or
// credential opens it), then the agent is asked who is inside, and only its answer closes the
// lease.
#include "broker/service/audit.h"
#include "broker/service/poolround.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds silentAgentPatience { 5 };

bool isInside(wire::SessionState session)
{
    return session == wire::SessionState::connected || session == wire::SessionState::disconnected;
}

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

void PoolKeeper::giveBack(const RoundPtr& round, const Lease& lease, const std::string& desktop)
{
    if (!m_agents.isConnected(lease.desktop, lease.incarnation)) {
        leave(round, lease.desktop); // unreachable is not free (R7)
        step(round);
        return;
    }
    AuditNote note = brokerNote(lease.organisation, "lease.close", desktop);
    note.detail = "nobody connected in time, lease " + lease.id.value();
    onPoolStore(
        round,
        [id = lease.id, now = m_shell.clock.wall()](
            Store& store) { return store.reviewLease(id, now); },
        [this, round, lease, note](const Result<Lease>& reviewed) {
            if (!reviewed) {
                leave(round, lease.desktop);
                if (reviewed.error().code == Errc::stale)
                    step(round); // somebody has come, or it is closed already
                else
                    done(round, "lease.review", tl::unexpected(reviewed.error()));
                return;
            }
            const AgentOrder order { .desktop = reviewed->desktop,
                .incarnation = reviewed->incarnation,
                .kind = wire::AgentCommandKind::state,
                .epoch = reviewed->epoch,
                .lease = reviewed->id,
                .user = reviewed->user,
                .patience = silentAgentPatience };
            m_agents.command(order,
                [this, round, lease = *reviewed, note](const Result<wire::AgentReport>& told) {
                    if (told && told->session) {
                        giveBackUnlessUsed(round, lease, note, *told->session);
                        return;
                    }
                    leave(round, lease.desktop);
                    done(round, "lease.review",
                        tl::unexpected(
                            told ? Error { Errc::unavailable, "it did not say" } : told.error()));
                });
        });
}

void PoolKeeper::giveBackUnlessUsed(
    const RoundPtr& round, const Lease& lease, AuditNote note, wire::SessionState session)
{
    onPoolStore(
        round,
        [lease, note = std::move(note), session, now = m_shell.clock.wall()](
            Store& store) -> Result<bool> {
            const auto current = store.findLease(lease.organisation, lease.id);
            if (!current)
                return tl::unexpected(current.error());
            // Its user has asked again meanwhile, and may be inside by now.
            if (current->closedAt || current->firstConnectedAt || current->epoch != lease.epoch)
                return false;
            auto written = isInside(session)
                ? store.recordConnected(lease.id, lease.epoch, now)
                : store.closeLease(lease.id, CloseReason::neverConnected, now);
            if (!written && written.error().code == Errc::conflict)
                return false; // it was connected at this very moment
            if (!isInside(session))
                written = recorded<void>(store, note, std::move(written), now);
            if (written && session == wire::SessionState::disconnected)
                written = store.recordDisconnected(lease.id, now);
            if (!written)
                return tl::unexpected(written.error());
            return !isInside(session);
        },
        [this, round, lease](const Result<bool>& closed) {
            if (!closed || !*closed)
                leave(round, lease.desktop);
            if (closed && !*closed) {
                step(round); // not at once again: who has asked meanwhile is on the way
                return;
            }
            if (closed) {
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
