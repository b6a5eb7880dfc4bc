// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What a round of a pool does about its rollout, besides making desktops of the right version.
#include "broker/domain/seats.h"
#include "broker/pool/rollout.h"
#include "broker/service/audit.h"
#include "broker/service/log.h"
#include "broker/service/poolround.h"
#include "broker/service/rolloutitems.h"
#include "broker/service/seatend.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

const char* actionOf(RolloutState next)
{
    switch (next) {
    case RolloutState::running:
        return "rollout.begin";
    case RolloutState::done:
        return "rollout.done";
    case RolloutState::stopped:
        return "rollout.stop";
    case RolloutState::scheduled:
    case RolloutState::cancelled:
    case RolloutState::rolledBack:
        break;
    }
    return "rollout.change";
}

const char* const warningWords = "IT is renewing your desktop. Save your work and log off; when "
                                 "you connect again you get a new one.";

}

void PoolKeeper::act(const RoundPtr& round, const ChangeRollout& action)
{
    AuditNote note
        = brokerNote(round->view.pool.organisation, actionOf(action.next), round->view.pool.name);
    note.detail = action.reason;
    const RolloutChange change { .id = action.rollout,
        .expected = action.expected,
        .next = action.next,
        .reason = action.reason,
        .by = "broker",
        .now = m_shell.clock.wall() };
    if (action.next == RolloutState::stopped)
        logEvent(LogLevel::alarm, "rollout.stopped",
            { { "pool", round->view.pool.name }, { "why", action.reason } });
    onPoolStore(
        round,
        [change, note, to = round->view.rollout->to](Store& store) -> Result<void> {
            Result<void> changed = store.changeRollout(change);
            if (!changed && changed.error().code == Errc::stale)
                return changed; // an administrator was quicker, and is in the books
            AuditNote told = note;
            told.detail = "to " + versionText(store, to) + ", " + note.detail;
            return recorded<void>(store, told, std::move(changed), change.now);
        },
        [this, round, change](const Result<void>& changed) {
            if (!changed) { // the rest was planned with it
                round->next = round->actions.size();
                round->waiting.clear();
            }
            if (changed && round->view.rollout) {
                round->view.rollout->state = change.next;
                round->view.rollout->reason = change.reason;
                if (change.next == RolloutState::running)
                    round->view.rollout->begunAt = change.now;
                round->view.pool.image = imageOf(*round->view.rollout);
            }
            done(round, "rollout.change", changed);
        });
}

void PoolKeeper::forceOut(const RoundPtr& round, const Lease& lease, const std::string& desktop)
{
    AuditNote note = brokerNote(lease.organisation, "lease.close", desktop);
    onPoolStore(
        round,
        [lease, note, rollout = *round->view.rollout, now = m_shell.clock.wall()](
            Store& store) -> Result<bool> {
            // It may have been stopped since the plan was made.
            const auto open = store.findOpenRollout(lease.pool);
            if (!open)
                return tl::unexpected(open.error());
            const auto deadline
                = *open && (*open)->id == rollout.id ? deadlineOf(**open) : std::nullopt;
            const auto current = store.findLease(lease.organisation, lease.id);
            if (!current)
                return tl::unexpected(current.error());
            if (!deadline || now < *deadline || current->closedAt)
                return false;
            AuditNote told = note;
            told.detail = "the rollout to " + versionText(store, rollout.to) + " is forced by "
                + rollout.startedBy + ", and its countdown of "
                + std::to_string(rollout.countdown.count()) + " minutes is over; lease "
                + lease.id.value();
            Result<void> closed = store.closeLease(lease.id, CloseReason::forcedRollout, now);
            return recorded<void>(store, told, std::move(closed), now).map([] { return true; });
        },
        [this, round, lease](const Result<bool>& closed) {
            endedAsAnnounced(round, lease, closed,
                "Your desktop was renewed by IT, as it was announced. Connect again to get a new "
                "one.");
        });
}

void PoolKeeper::endedAsAnnounced(
    const RoundPtr& round, const Lease& lease, const Result<bool>& closed, const char* words)
{
    if (closed && *closed) {
        endSeat(m_shell, m_agents, lease);
        m_pools[lease.pool].warned.erase(lease.id);
        wire::Event ended;
        ended.kind = wire::EventKind::sessionEnded;
        ended.lease = lease.id.value();
        ended.message = words;
        m_events.tellUser(lease.user, ended);
    }
    done(round, "lease.close", closed.map([](bool) {}));
}

void PoolKeeper::warnUsers(const RoundPtr& round)
{
    constexpr std::chrono::seconds pause { 20 }; // who has connected since then learns of it
    PoolState& state = m_pools[round->view.pool.id];
    const auto& rollout = round->view.rollout;
    const auto forced = rollout ? deadlineOf(*rollout) : std::nullopt;
    const MonotonicTime now = m_shell.clock.monotonic();
    std::map<LeaseId, PoolState::Warning> warned;
    wire::Event event;
    event.kind = wire::EventKind::sessionEnding;
    for (const DesktopRow& row : round->view.desktops) {
        auto deadline = round->drainedBy(row);
        if (forced && placeOf(*rollout, row) == RolloutPlace::oldInUse)
            deadline = std::min(forced, deadline ? deadline : forced);
        if (!deadline)
            continue;
        for (const Lease* lease : openLeasesOf(row)) {
            const auto before = state.warned.find(lease->id);
            if (before != state.warned.end() && now - before->second.at < pause) {
                warned.insert(*before);
                continue;
            }
            event.endsInMs
                = std::max(std::chrono::milliseconds(0), *deadline - m_shell.clock.wall()).count();
            event.message = warningWords;
            event.lease = lease->id.value();
            m_events.tellUser(lease->user, event);
            warned[lease->id] = { lease->user, now };
        }
    }
    event.endsInMs.reset();
    event.message = "IT is not renewing your desktop for now. You can go on working.";
    for (const auto& [lease, warning] : state.warned) {
        event.lease = lease.value();
        if (!warned.contains(lease))
            m_events.tellUser(warning.user, event);
    }
    state.warned = std::move(warned);
}

bool PoolKeeper::isRolloutDueSoon(const RoundPtr& round) const
{
    constexpr std::chrono::seconds aTick { 35 };
    const auto& rollout = round->view.rollout;
    const WallTime soon = m_shell.clock.wall() + aTick;
    const auto isDrainedSoon = [&](const DesktopRow& row) {
        const auto deadline = round->drainedBy(row);
        return deadline && *deadline <= soon;
    };
    if (std::any_of(round->view.desktops.begin(), round->view.desktops.end(), isDrainedSoon))
        return true;
    if (!rollout)
        return false;
    if (rollout->state == RolloutState::scheduled)
        return rollout->startAt <= soon;
    const auto deadline = deadlineOf(*rollout);
    return deadline && *deadline <= soon;
}

}
