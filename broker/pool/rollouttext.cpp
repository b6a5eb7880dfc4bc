// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/rollouttext.h"

#include "broker/domain/seats.h"
#include "protocols/base/counted.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

std::string agoText(WallTime since, WallTime now)
{
    return durationText(now - since) + " ago";
}

/// Without the period: a sentence goes on after it. Nothing when nobody gave a reason.
std::string because(std::string reason)
{
    reason.erase(reason.find_last_not_of(". ") + 1);
    return reason.empty() ? reason : ": " + reason;
}

class Explanation
{
public:
    Explanation(const Rollout& rollout, const std::vector<DesktopRow>& desktops,
        const RolloutNames& names, WallTime now)
        : m_rollout(rollout)
        , m_names(names)
        , m_now(now)
        , m_standing(standingOf(rollout, desktops))
    {
    }

    std::vector<std::string> make()
    {
        switch (m_rollout.state) {
        case RolloutState::scheduled:
            scheduled();
            break;
        case RolloutState::running:
            running();
            break;
        case RolloutState::stopped:
            stopped();
            break;
        case RolloutState::done:
            say("Pool " + m_names.pool + " went from " + m_names.from + " to " + m_names.to
                + "; that was completed " + agoText(m_rollout.changedAt, m_now) + ".");
            if (!m_rollout.isRollback)
                say("To go back to " + m_names.from + ": wardeskctl pool rollback " + m_names.pool);
            break;
        case RolloutState::cancelled:
            say("A rollout from " + m_names.from + " to " + m_names.to + " was cancelled by "
                + m_rollout.changedBy + ' ' + agoText(m_rollout.changedAt, m_now)
                + " before it began. Nothing was changed.");
            break;
        case RolloutState::rolledBack:
            say("The rollout from " + m_names.from + " to " + m_names.to + " was rolled back by "
                + m_rollout.changedBy + ' ' + agoText(m_rollout.changedAt, m_now) + '.');
            break;
        }
        return std::move(m_lines);
    }

private:
    void say(std::string line) { m_lines.push_back(std::move(line)); }

    void scheduled()
    {
        say("Pool " + m_names.pool + " will go from " + m_names.from + " to " + m_names.to + " in "
            + durationText(m_rollout.startAt - m_now) + ". Nothing happens before that.");
        how();
        say("To call it off: wardeskctl rollout cancel " + m_names.pool);
    }

    void running()
    {
        say("Pool " + m_names.pool + (m_rollout.isRollback ? " goes back from " : " goes from ")
            + m_names.from + " to " + m_names.to + ". " + m_rollout.startedBy + " started this "
            + agoText(m_rollout.begunAt.value_or(m_rollout.changedAt), m_now)
            + because(m_rollout.note) + '.');
        say(std::to_string(m_standing.renewed) + " of " + counted(m_standing.total, "desktop")
            + (m_standing.renewed == 1 ? " has " : " have ") + m_names.to + " already"
            + (m_standing.underWay > 0
                    ? ", " + std::to_string(m_standing.underWay) + " more with it "
                        + (m_standing.underWay == 1 ? "is" : "are") + " being prepared."
                    : "."));
        how();
        if (!m_rollout.isRollback)
            say("To stop and look: wardeskctl rollout stop " + m_names.pool
                + ". To go back at once: wardeskctl pool rollback " + m_names.pool);
    }

    void how()
    {
        if (m_rollout.isRollback) {
            say("Free desktops are renewed at once, a few at a time.");
        } else if (!m_standing.isProven() || m_rollout.state == RolloutState::scheduled) {
            say((m_standing.canary == 1 ? "One desktop goes first"
                                        : std::to_string(m_standing.canary) + " desktops go first")
                + " (" + std::to_string(m_rollout.canaryPercent) + " %). When "
                + (m_standing.canary == 1 ? "it is" : "they are")
                + " ready with the new version, the others follow, "
                + std::to_string(m_standing.wave) + " at a time.");
        } else {
            say("The new version has proved itself on the first desktops; the others follow, "
                + std::to_string(m_standing.wave) + " at a time.");
        }
        if (m_standing.oldInUse > 0 || m_rollout.state == RolloutState::scheduled)
            users();
        if (!m_rollout.isRollback)
            say("Should a desktop fail with the new version, the rollout stops by itself and new "
                "desktops start with "
                + m_names.from + " again.");
    }

    void users()
    {
        const std::string inUse = m_standing.oldInUse == 1
            ? "1 desktop with " + m_names.from + " is in use"
            : std::to_string(m_standing.oldInUse) + " desktops with " + m_names.from
                + " are in use";
        if (m_rollout.mode == RolloutMode::whenLoggedOff) {
            say((m_standing.oldInUse == 0 ? std::string("Nobody is thrown out: a desktop in use "
                                                        "is renewed when its user logs off.")
                                          : inUse
                        + ". Nobody is thrown out: each is renewed when its user logs off, so "
                          "this lasts until the last of them has."));
            return;
        }
        const auto deadline = deadlineOf(m_rollout);
        if (!deadline) {
            say("Users are warned for " + durationText(m_rollout.countdown)
                + "; after that their sessions are ended, and what is not saved is lost.");
        } else if (*deadline > m_now) {
            say(inUse + ". Users are warned on the screen; in " + durationText(*deadline - m_now)
                + " their sessions are ended, and what is not saved is lost.");
        } else {
            say(inUse + ". The countdown is over: their sessions are being ended, "
                + std::to_string(std::max<std::int64_t>(1, m_standing.wave)) + " at a time.");
        }
    }

    void stopped()
    {
        say("The rollout of pool " + m_names.pool + " from " + m_names.from + " to " + m_names.to
            + " was stopped by "
            + (m_rollout.changedBy == "broker" ? std::string("the broker itself")
                                               : m_rollout.changedBy)
            + ' ' + agoText(m_rollout.changedAt, m_now) + because(m_rollout.reason) + '.');
        say("The pool goes on working: whatever starts now has " + m_names.from + " again.");
        if (m_standing.renewed > 0)
            say(counted(m_standing.renewed, "desktop that is", "desktops that are")
                + " ready or in use with " + m_names.to
                + (m_standing.renewed == 1 ? " stays" : " stay") + " as "
                + (m_standing.renewed == 1 ? "it is" : "they are") + '.');
        say("To go back to " + m_names.from + " everywhere: wardeskctl pool rollback "
            + m_names.pool + ". When the cause is mended, to go on: wardeskctl rollout resume "
            + m_names.pool);
    }

    const Rollout& m_rollout;
    const RolloutNames& m_names;
    const WallTime m_now;
    const RolloutStanding m_standing;
    std::vector<std::string> m_lines;
};

std::string sharedText(const Rollout& rollout, const DesktopRow& row, WallTime now)
{
    const std::string words = counted(openSeats(row), "session is", "sessions are") + " open in it"
        + (row.desktop.incarnation.drainingAt ? ", and nobody new comes in" : "");
    const auto deadline = deadlineOf(rollout);
    if (!deadline)
        return words + "; it is renewed after the last log-off";
    return *deadline > now ? words + "; ended in " + durationText(*deadline - now)
                           : words + "; they are being ended";
}

std::string inUseText(
    const Rollout& rollout, const Lease& lease, const RolloutNames& names, WallTime now)
{
    const auto user = names.users.find(lease.user);
    const std::string words = (user == names.users.end() ? "somebody" : user->second)
        + " has used it for " + durationText(now - lease.grantedAt);
    const auto deadline = deadlineOf(rollout);
    if (!deadline)
        return words + "; it is renewed after the log-off";
    return *deadline > now ? words + "; ended in " + durationText(*deadline - now)
                           : words + "; it is being ended";
}

}

std::string durationText(std::chrono::milliseconds span)
{
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(span).count();
    if (minutes < 1)
        return "less than a minute";
    const auto hours = minutes / 60;
    if (hours >= 48)
        return counted(hours / 24, "day");
    std::string text = hours > 0 ? counted(hours, "hour") : "";
    if (minutes % 60 > 0)
        text += (text.empty() ? "" : " ") + counted(minutes % 60, "minute");
    return text;
}

std::vector<std::string> explainRollout(const Rollout& rollout,
    const std::vector<DesktopRow>& desktops, const RolloutNames& names, WallTime now)
{
    return Explanation(rollout, desktops, names, now).make();
}

std::string whyOutdated(const Rollout& rollout, const std::vector<DesktopRow>& desktops,
    const DesktopRow& row, const RolloutNames& names, WallTime now)
{
    if (row.desktop.incarnation.image == rollout.to)
        return {};
    const RolloutPlace place = placeOf(rollout, row);
    if (place == RolloutPlace::aside)
        return "it is set aside: wardeskctl desktop release " + row.desktop.name;
    if (place == RolloutPlace::kept)
        return "it is kept for its user, and its disk needs this version; the user gets a new one, "
               "and loses what is on the disk, after: wardeskctl desktop unassign "
            + row.desktop.name;
    if (rollout.state == RolloutState::scheduled)
        return "the rollout begins in " + durationText(rollout.startAt - now);
    if (rollout.state == RolloutState::stopped)
        return "the rollout is stopped" + because(rollout.reason);
    if (place == RolloutPlace::oldInUse && row.lease->seat > 0)
        return sharedText(rollout, row, now);
    if (place == RolloutPlace::oldInUse)
        return inUseText(rollout, *row.lease, names, now);
    if (place == RolloutPlace::leaving)
        return "it is being renewed";
    const RolloutStanding standing = standingOf(rollout, desktops);
    if (!standing.isProven())
        return "it waits until the first desktops have proved the new version";
    return standing.renewed + standing.underWay >= standing.allowed ? "it waits for its turn"
                                                                    : "it is renewed next";
}

}
