// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/sessioncontrol.h"

#include "broker/service/audit.h"
#include "broker/service/log.h"
#include "broker/service/seatend.h"
#include "broker/service/unusedlease.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds agentPatience { 5 };

struct Target
{
    Lease lease;
    std::string desktopName;
};

/// The open lease, if this person may touch it. Another's lease does not exist for a clinician.
Result<Target> findTarget(Store& store, const Principal& who, LeaseScope scope, const LeaseId& id)
{
    auto lease = store.findLease(who.user.organisation, id);
    if (!lease && lease.error().code != Errc::notFound)
        return tl::unexpected(lease.error());
    if (!lease || (scope == LeaseScope::own && lease->user != who.user.id))
        return failure(Errc::notFound, "There is no such session.");
    if (lease->closedAt)
        return failure(Errc::stale, "That session has ended already.");
    const auto row = store.findDesktop(lease->desktop);
    return Target { .lease = std::move(*lease),
        .desktopName = row ? row->desktop.name : std::string("desktop") };
}

const char* const usedWords = "You have used that desktop already. Log off instead.";

AuditNote noteToGiveBack(const Principal& who, const Result<Target>& target, const LeaseId& lease)
{
    AuditNote note = noteOf(who, "lease.giveBack", target ? target->desktopName : lease.value());
    if (target)
        note.detail += ", lease " + lease.value();
    return note;
}

/// An administrator can do more about a silent agent than try again.
Error inAdministratorsWords(Error error, const std::string& desktop, bool isSeat)
{
    if (error.code != Errc::unavailable)
        return error;
    const std::string command = "'wardeskctl desktop recycle " + desktop + "' ends ";
    error.detail = "The agent of '" + desktop + "' does not answer. If that goes on, " + command
        + (isSeat ? "all sessions in that shared desktop from outside; what is not saved in them "
                    "is lost. 'wardeskctl desktop drain "
                    + desktop + "' lets nobody new in, and who is inside finish."
                  : "the session from outside; what is not saved in it is lost.");
    return error;
}

}

SessionControl::SessionControl(Shell& shell, PoolWatch& pools, AgentLinks& agents, EventHub& events)
    : m_shell(shell)
    , m_pools(pools)
    , m_agents(agents)
    , m_events(events)
{
}

void SessionControl::disconnect(
    const Principal& who, LeaseScope scope, const LeaseId& lease, Done<bool> done)
{
    order(
        who, scope, lease, wire::AgentCommandKind::disconnect, "lease.disconnect", std::move(done));
}

void SessionControl::logOff(
    const Principal& who, LeaseScope scope, const LeaseId& lease, Done<bool> done)
{
    order(who, scope, lease, wire::AgentCommandKind::logoff, "lease.logOff", std::move(done));
}

void SessionControl::order(const Principal& who, LeaseScope scope, const LeaseId& lease,
    wire::AgentCommandKind kind, const std::string& action, Done<bool> done)
{
    const auto audit = [this, done](const AuditNote& note, const std::optional<Error>& error) {
        onStore(
            m_shell, Urgency::first,
            [note, error, now = m_shell.clock.wall()](
                Store& store) { return writeAudit(store, note, error ? &*error : nullptr, now); },
            [error, done](const Result<void>& written) {
                if (error)
                    done(tl::unexpected(*error));
                else if (!written && written.error().code != Errc::storageFull)
                    done(tl::unexpected(written.error()));
                else
                    done(true);
            });
    };
    onStore(
        m_shell, Urgency::first,
        [who, scope, lease](Store& store) { return findTarget(store, who, scope, lease); },
        [this, who, scope, lease, kind, action, audit](Result<Target> target) {
            if (!target) {
                audit(noteOf(who, action, lease.value()), target.error());
                return;
            }
            AuditNote note = noteOf(who, action, target->desktopName);
            note.detail += ", lease " + lease.value();
            const AgentOrder order { .desktop = target->lease.desktop,
                .incarnation = target->lease.incarnation,
                .kind = kind,
                .epoch = target->lease.epoch,
                .lease = lease,
                .user = target->lease.user,
                .seat = target->lease.seat,
                .patience = agentPatience };
            m_agents.command(order,
                [note, audit, scope, desktop = target->desktopName,
                    isSeat = target->lease.seat > 0](const Result<wire::AgentReport>& report) {
                    if (report)
                        audit(note, std::nullopt);
                    else if (scope == LeaseScope::organisation)
                        audit(note, inAdministratorsWords(report.error(), desktop, isSeat));
                    else
                        audit(note, report.error());
                });
        });
}

void SessionControl::restart(const Principal& who, const LeaseId& lease, Done<bool> done)
{
    onStore(
        m_shell, Urgency::first,
        [who, lease, now = m_shell.clock.wall()](Store& store) -> Result<Lease> {
            auto target = findTarget(store, who, LeaseScope::own, lease);
            AuditNote note
                = noteOf(who, "lease.restart", target ? target->desktopName : lease.value());
            if (!target)
                return recorded<Lease>(store, note, tl::unexpected(target.error()), now);
            note.detail += ", lease " + lease.value();
            const auto closed = store.closeLease(lease, CloseReason::restarted, now);
            if (!closed)
                return recorded<Lease>(store, note, tl::unexpected(closed.error()), now);
            return recorded<Lease>(store, note, std::move(target->lease), now);
        },
        [this, done](Result<Lease> closed) {
            if (!closed) {
                done(tl::unexpected(closed.error()));
                return;
            }
            // Who asks for a new one must not come into the same desktop that hangs (R7).
            endSeat(m_shell, m_agents, *closed, [this, lease = *closed] { drain(lease); });
            announceClosed(*closed,
                closed->seat == 0 ? "Your desktop was restarted." : "Your session was ended.");
            done(true);
        });
}

void SessionControl::drain(const Lease& closed)
{
    onStore(
        m_shell, Urgency::first,
        [closed, now = m_shell.clock.wall()](
            Store& store) { return store.beginDraining(closed.desktop, closed.incarnation, now); },
        [this, pool = closed.pool, lease = closed.id](const Result<void>& draining) {
            logEvent(LogLevel::warning, "desktop.drain",
                { { "lease", lease.value() },
                    { "outcome",
                        draining ? "its agent does not answer: nobody new comes in"
                                 : draining.error().detail } });
            m_pools.wake(pool);
        });
}

void SessionControl::giveBack(const Principal& who, const LeaseId& lease, Done<bool> done)
{
    onStore(
        m_shell, Urgency::first,
        [who, lease, now = m_shell.clock.wall()](Store& store) -> Result<Target> {
            auto target = findTarget(store, who, LeaseScope::own, lease);
            const AuditNote note = noteToGiveBack(who, target, lease);
            if (!target)
                return recorded<Target>(store, note, std::move(target), now);
            auto reviewed = store.reviewLease(lease, now);
            if (!reviewed && reviewed.error().code == Errc::stale)
                reviewed = failure(Errc::conflict, usedWords);
            if (!reviewed)
                return recorded<Target>(store, note, tl::unexpected(reviewed.error()), now);
            target->lease = std::move(*reviewed);
            return target;
        },
        [this, who, lease, done = std::move(done)](const Result<Target>& target) {
            if (!target) {
                done(tl::unexpected(target.error()));
                return;
            }
            m_agents.command(askWhoIsInside(target->lease, agentPatience),
                [this, note = noteToGiveBack(who, target, lease), lease = target->lease, done](
                    const Result<wire::AgentReport>& told) {
                    if (told && told->session) {
                        giveBackUnlessUsed(note, lease, *told->session, done);
                        return;
                    }
                    // Unreachable is not free (R7); its time ends it, when its agent agrees.
                    const Error error = told ? Error { Errc::unavailable,
                        "The desktop does not say whether it is used." }
                                             : told.error();
                    onStore(
                        m_shell, Urgency::first,
                        [note, error, now = m_shell.clock.wall()](
                            Store& store) { return writeAudit(store, note, &error, now); },
                        [error, done](const Result<void>&) { done(tl::unexpected(error)); });
                });
        });
}

void SessionControl::giveBackUnlessUsed(
    const AuditNote& note, const Lease& lease, wire::SessionState session, Done<bool> done)
{
    onStore(
        m_shell, Urgency::first,
        [note, lease, session, now = m_shell.clock.wall()](Store& store) -> Result<bool> {
            auto closed = closeUnlessUsed(store, lease, session, CloseReason::neverConnected, now);
            if (closed && !*closed)
                closed = failure(Errc::conflict, usedWords);
            return recorded<bool>(store, note, std::move(closed), now);
        },
        [this, lease, done = std::move(done)](const Result<bool>& closed) {
            if (closed) {
                endSeat(m_shell, m_agents, lease);
                announceClosed(lease, "You gave your desktop back before you used it.");
            }
            done(closed);
        });
}

void SessionControl::announceClosed(const Lease& lease, const std::string& message)
{
    wire::Event ended;
    ended.kind = wire::EventKind::sessionEnded;
    ended.lease = lease.id.value();
    ended.message = message;
    m_events.tellUser(lease.user, ended);
    m_events.desktopsChanged(lease.organisation);
    m_pools.wake(lease.pool); // the used incarnation goes at once, not at the next round
}

}
