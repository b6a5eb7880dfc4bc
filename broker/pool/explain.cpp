// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/pool/explain.h"

#include "broker/domain/lifetimes.h"
#include "broker/domain/seats.h"
#include "broker/domain/status.h"
#include "broker/pool/explainsessions.h"
#include "broker/pool/pacing.h"
#include "broker/pool/seating.h"
#include "broker/pool/suspension.h"
#include "protocols/base/counted.h"
#include "protocols/base/span.h"

#include <algorithm>
#include <map>

namespace wardesk::broker {

namespace {

using std::chrono::ceil;
using std::chrono::seconds;

std::string sentence(std::string text)
{
    if (!text.ends_with('.'))
        text += '.';
    return text;
}

class Explainer
{
public:
    Explainer(const PoolSituation& situation, WallTime now, const Limits& limits)
        : m_seen(situation)
        , m_pool(situation.pool)
        , m_now(now)
        , m_limits(limits)
        , m_target(targetAt(situation.pool, situation.basis, now))
    {
        for (const DesktopRow& row : situation.desktops) {
            const Lease* lease = row.lease ? &*row.lease : nullptr;
            const bool isClosed
                = row.desktop.hostDeadAt || situation.closedHosts.contains(row.desktop.host);
            const std::int64_t free = isClosed ? 0 : freeSeats(situation.pool, row);
            m_free += free;
            m_sessions += row.desktop.quarantinedAt ? 0 : openSeats(row);
            // Somebody may come into a shared desktop that rests.
            const bool rests = lease != nullptr && free == 0
                && restsUntil(*lease, m_pool.timers) > std::optional(now);
            m_resting += rests ? 1 : 0;
            const DesktopStatus status = statusOf(row.desktop, lease);
            const bool isComing = status == DesktopStatus::stopped
                || status == DesktopStatus::preparing || status == DesktopStatus::recycling;
            // Nobody else can count on it, ready or not.
            const bool isKept = isComing && !rests && !row.desktop.owner.isEmpty();
            ++m_counts[isKept ? DesktopStatus::kept : status];
        }
        m_inUse = isShared(m_pool) ? m_sessions
                                   : count(DesktopStatus::assigned)
                + count(DesktopStatus::connected) + count(DesktopStatus::disconnected);
        m_coming = count(DesktopStatus::stopped) + count(DesktopStatus::preparing)
            + count(DesktopStatus::recycling) - m_resting;
        m_aside = count(DesktopStatus::quarantined);
        m_kept = count(DesktopStatus::kept);
        m_asleep = count(DesktopStatus::suspended);
        m_wished = m_pool.enabled ? wishedSpares(m_target, m_inUse + m_kept) : 0;
        m_wishedAsleep = m_pool.enabled ? wishedSuspended(m_target, m_inUse + m_kept) : 0;
    }

    PoolExplanation make()
    {
        tellNow();
        tellAccess();
        tellNext();
        m_told.sessions = explainSessions(m_seen, m_now);
        if (m_told.summary.empty())
            m_told.summary = m_coming > 0 && readyNow() < m_wished
                ? name() + " is getting its desktops ready."
                : name() + " works as it should.";
        return std::move(m_told);
    }

private:
    std::int64_t count(DesktopStatus status) const
    {
        const auto found = m_counts.find(status);
        return found == m_counts.end() ? 0 : found->second;
    }
    std::int64_t readyNow() const
    {
        return isShared(m_pool) ? m_free : count(DesktopStatus::ready);
    }
    std::string name() const { return '\'' + m_pool.name + '\''; }
    std::string at(WallTime time) const { return momentText(time, m_seen.basis.zone, m_now); }
    std::string until(WallTime time) const { return untilText(time, m_seen.basis.zone, m_now); }
    std::string command(const std::string& words) const { return "'wardeskctl " + words + "'"; }
    /// The first trouble is what the pool is in.
    void summarise(const std::string& words)
    {
        if (m_told.summary.empty())
            m_told.summary = words;
    }
    void next(std::string words) { m_told.next.push_back(std::move(words)); }
    void todo(std::string words) { m_told.todo.push_back(std::move(words)); }

    /// What it has, in one sentence.
    std::string seatsText() const
    {
        std::string has = "It has " + counted(std::ssize(m_seen.desktops), "desktop")
            + " with room for " + std::to_string(seatsOf(m_pool)) + " sessions each";
        if (!m_seen.desktops.empty())
            has += ": " + counted(m_sessions, "session is", "sessions are") + " open, "
                + std::to_string(m_free) + " more can begin at once, "
                + counted(m_coming, "desktop is", "desktops are") + " being prepared or wiped and "
                + std::to_string(m_aside) + " set aside";
        const auto draining = std::count_if(
            m_seen.desktops.begin(), m_seen.desktops.end(), [](const DesktopRow& row) {
                return row.desktop.incarnation.drainingAt && openSeats(row) > 0;
            });
        if (draining > 0)
            has += "; " + counted(draining, "desktop takes", "desktops take")
                + " nobody in any more and "
                + (draining == 1 ? "is made anew when its last session has"
                                 : "are made anew when their last sessions have")
                + " ended";
        if (m_asleep > 0 || m_wishedAsleep > 0)
            has += "; " + counted(m_asleep, "desktop is", "desktops are")
                + " suspended (saved to their hosts' disks, without memory), with room for "
                + std::to_string(m_asleep * seatsOf(m_pool)) + " more";
        return has + '.';
    }
    std::string desktopsText() const
    {
        std::string has = "It has " + counted(std::ssize(m_seen.desktops), "desktop");
        if (!m_seen.desktops.empty())
            has += ": " + std::to_string(count(DesktopStatus::ready)) + " ready, "
                + std::to_string(m_coming) + " being prepared or wiped, " + std::to_string(m_inUse)
                + " in use, " + std::to_string(m_aside) + " set aside";
        if (m_kept > 0)
            has += ", " + std::to_string(m_kept) + " kept for users who are not using them now";
        if (m_asleep > 0 || m_wishedAsleep > 0)
            has += ", " + std::to_string(m_asleep)
                + " suspended (saved to their hosts' disks, without memory)";
        if (m_resting > 0)
            has += ", " + std::to_string(m_resting) + " resting after a log-off";
        return has + '.';
    }
    /// What it wants.
    std::string seatsWanted() const
    {
        std::string wants = "It wants room for " + counted(m_wished, "session")
            + " more than are open (" + reasonOf(m_target, m_sessions)
            + "), and makes no further desktop that would have room for more than "
            + std::to_string(m_target.max) + " sessions in all";
        if (m_wishedAsleep > 0)
            wants += ". Behind those it wants room for " + std::to_string(m_wishedAsleep)
                + " in suspended desktops";
        return wants;
    }
    std::string desktopsWanted() const
    {
        std::string wants = "It wants " + std::to_string(m_wished) + " ready beyond those in use ("
            + reasonOf(m_target, m_inUse + m_kept) + "), and never more than "
            + std::to_string(m_target.max) + " in all";
        if (m_wishedAsleep > 0)
            wants += ". Behind those it wants " + std::to_string(m_wishedAsleep) + " suspended";
        return wants;
    }

    void tellNow()
    {
        m_told.now.push_back(isShared(m_pool) ? seatsText() : desktopsText());
        if (!m_pool.enabled) {
            m_told.now.emplace_back("It wants none, because it is switched off.");
            return;
        }
        std::string wants = isShared(m_pool) ? seatsWanted() : desktopsWanted();
        const SizesInForce calendar = sizesAt(m_seen.basis.calendar, m_seen.basis.zone, m_now);
        if (!calendar.why.empty())
            wants += ". Its calendar has a say now: " + calendar.why;
        m_told.now.push_back(sentence(wants));
        if (!m_seen.problem.empty())
            m_told.now.push_back(sentence("Note: " + m_seen.problem));
        if (!m_seen.suspendProblem.empty())
            m_told.now.push_back(sentence("Note: " + suspendTrouble(m_seen.suspendProblem)));
    }

    void tellAccess()
    {
        for (const std::string& words : m_seen.access)
            m_told.now.push_back(words);
        for (const std::string& words : m_seen.accessTodo)
            todo(words);
    }

    void tellNext()
    {
        if (!m_seen.refusal.empty()) {
            summarise(name() + " gives out nothing new now: the database is being set right.");
            next(sentence(m_seen.refusal));
        }
        if (!m_seen.hostProblem.empty())
            tellHost();
        else
            tellHosts();
        if (!m_pool.enabled)
            tellOff();
        if (m_pool.maintenance)
            tellMaintenance(*m_pool.maintenance);
        for (const std::string& words : m_seen.rollout)
            next(words);
        const bool isHeld = m_pool.enabled && tellHeld();
        if (m_pool.enabled && m_seen.hostProblem.empty())
            tellSize(isHeld);
        if (m_seen.isRolloutStopped)
            tellStopped();
        tellCalendar();
        if (m_aside > 0)
            todo(command("desktop list --pool " + m_pool.name)
                + " shows why desktops were set aside; "
                + command("desktop release NAME --reason TEXT") + " wipes one and takes it back.");
    }

    void tellStopped()
    {
        summarise(name() + " works with the version that it had: its rollout is stopped.");
        todo("Decide about the rollout: " + command("pool rollback " + m_pool.name)
            + " goes back to the version before, " + command("rollout resume " + m_pool.name)
            + " goes on when the cause is mended.");
    }

    void tellHost()
    {
        summarise(name() + " can start nothing: no virtualisation host answers.");
        next(sentence("The host's last word: " + m_seen.hostProblem));
        next("Sessions go on, and their users reach them. Nothing is started or wiped until the "
             "host answers; it is asked again every few seconds.");
        todo("Look at libvirt on the host, and at the network to it. Nothing need be done in "
             "Wardesk when it is back.");
    }

    void tellHosts()
    {
        for (const HostWords& words : m_seen.hosts) {
            if (!words.summary.empty())
                summarise(name() + ' ' + words.summary);
            next(words.next);
            todo(words.todo);
        }
    }

    void tellOff()
    {
        summarise(name() + " is switched off: nobody gets a new desktop.");
        next("Sessions that run go on; desktops that nobody uses are removed.");
        todo(command("pool set " + m_pool.name + " --enabled true") + " switches it on.");
    }

    void tellMaintenance(const Maintenance& maintenance)
    {
        summarise(name() + " is in maintenance since " + at(maintenance.since) + ": "
            + sentence(maintenance.reason));
        std::string end = "Clinicians are told that and no end.";
        if (maintenance.until)
            end = *maintenance.until > m_now
                ? "Clinicians are told that it lasts until " + at(*maintenance.until) + '.'
                : "It was to last until " + at(*maintenance.until)
                    + ". That is over, but only an administrator ends it.";
        next("Nobody gets a new desktop; sessions that run go on, and their users come back to "
             "them. "
            + end);
        todo(command("pool maintenance " + m_pool.name + " off") + " ends it.");
    }

    bool tellHeld()
    {
        const Desktop* holder = holderOf(listOf(m_seen.desktops), m_limits);
        if (holder == nullptr)
            return false;
        summarise(name() + " is held: its desktops do not start.");
        std::string words = holder->name + " failed to start "
            + std::to_string(holder->incarnation.startAttempts) + " times in a row";
        if (!holder->incarnation.lastError.empty())
            words += ". The last error: " + holder->incarnation.lastError;
        next(sentence(words));
        const auto probe = nextProbe(listOf(m_seen.desktops), m_now, m_limits);
        next("No other desktop is started meanwhile. The next attempt is made "
            + until(probe.value_or(m_now)) + ". After each failure the pause grows, up to "
            + spanText(ceil<seconds>(m_limits.longestRetryPause))
            + "; when an attempt works, the rest follow by themselves. Desktops that run are not "
              "touched.");
        todo(command("desktop show " + holder->name)
            + " has the details. If its image is at fault, "
            + command("pool set " + m_pool.name + " --image NAME")
            + " goes back to one that worked.");
        return true;
    }

    /// What would let it have so many more.
    void tellMore(std::int64_t count, const std::string& what)
    {
        if (m_target.max < m_pool.max)
            todo("Its calendar allows only " + std::to_string(m_target.max) + " of the pool's "
                + std::to_string(m_pool.max) + " now; "
                + command("pool calendar show " + m_pool.name) + " shows it.");
        else
            todo(command("pool set " + m_pool.name + " --max " + std::to_string(m_pool.max + count))
                + " allows " + what + ", if the host has room for it.");
    }

    /// It has fewer than it wants, and can have no more.
    void tellShort(const std::string& lastOnes, std::int64_t count, const std::string& what)
    {
        summarise(name() + " is close to its maximum, and wants more than that.");
        next(lastOnes);
        tellMore(count, what);
    }

    /// Whether so many desktops are missing that cannot be made.
    bool tellNoGrowth(std::int64_t missing)
    {
        if (missing > 0 && m_seen.addressesLeft < missing) {
            summarise(name() + " cannot grow: no free address is left on its network.");
            next("It goes on with the desktops that it has, and makes the missing "
                + std::to_string(missing) + " when addresses become free.");
            todo("Widen the broker's address range (first_address and last_address in "
                 "broker.toml), or make another pool smaller.");
            return true;
        }
        if (missing > 0 && !m_seen.noPlace.empty()) {
            summarise(name() + " cannot grow: no host has a place for another desktop.");
            next(sentence(
                "It goes on with the desktops that it has. Of its hosts: " + m_seen.noPlace));
            todo(command("host list") + " shows all hosts.");
            return true;
        }
        return false;
    }

    /// Of a shared pool.
    void tellSeats(bool isHeld)
    {
        const std::int64_t seats = seatsOf(m_pool);
        const std::int64_t missing = desktopsFor(m_wished - m_free, seats)
            + desktopsFor(m_wishedAsleep, seats) - m_coming - m_asleep;
        const std::int64_t others = (m_coming + m_aside + m_resting + m_asleep) * seats;
        const std::int64_t more
            = std::max<std::int64_t>(0, m_target.max - m_sessions - m_free - others) / seats;
        if (m_free == 0 && m_coming == 0 && m_asleep == 0 && more == 0) {
            summarise(name() + " is at its maximum: nobody else gets a session.");
            next("Whoever asks now is told so, and gets in when somebody logs off of a desktop "
                 "that still takes sessions, or when one has been made anew.");
            tellMore(seats, "one more desktop");
            return;
        }
        if (isHeld)
            return;
        if (tellNoGrowth(std::min(missing, more)))
            return;
        // Whole desktops, beside the seats that are free in those that somebody is in.
        const std::int64_t inOpen = m_free - count(DesktopStatus::ready) * seats;
        const std::int64_t allowed
            = std::max<std::int64_t>(
                  0, m_target.max - m_sessions - inOpen - (m_aside + m_resting) * seats)
            / seats;
        const std::int64_t running = std::min(desktopsFor(m_wished - inOpen, seats), allowed);
        tellSleep(running, allowed - running);
        const std::int64_t coming = m_coming + std::clamp<std::int64_t>(missing, 0, more);
        if (coming > 0)
            next(counted(coming, "desktop is", "desktops are") + " on the way.");
        if (missing > more) {
            const std::int64_t last = m_free + (coming + m_asleep) * seats;
            tellShort("It has all the desktops that it may have: there is room for "
                    + counted(last, "more session", "more sessions")
                    + ". Whoever comes after that gets in when somebody logs off of a desktop that "
                      "still takes sessions, or when one has been made anew.",
                seats, "one more desktop");
        } else if (m_told.next.empty()) {
            next("Nothing: it has the room that it wants. A desktop is made anew when its last "
                 "session has ended.");
        }
    }

    /// Of a pool that has all the desktops that it may have.
    std::string lastOnes(std::int64_t desktops) const
    {
        return "It has all the desktops that it may have (" + std::to_string(m_target.max)
            + "): there is one for "
            + (desktops == 1 ? std::string("the next user who asks")
                             : "each of the next " + std::to_string(desktops) + " users who ask")
            + "; whoever comes after that "
            + (m_pool.kind == PoolKind::dedicated ? "is told to ask IT."
                                                  : "gets one when somebody logs off.");
    }

    void tellSize(bool isHeld)
    {
        if (isShared(m_pool)) {
            tellSeats(isHeld);
            return;
        }
        const std::int64_t ready = count(DesktopStatus::ready);
        const std::int64_t allowed
            = std::max<std::int64_t>(0, m_target.max - m_inUse - m_kept - m_aside - m_resting);
        const std::int64_t missing
            = std::min(m_wished + m_wishedAsleep, allowed) - ready - m_coming - m_asleep;
        if (allowed == 0) {
            summarise(name() + " is at its maximum: nobody else gets a desktop.");
            if (m_pool.kind == PoolKind::dedicated) {
                next("Each desktop is kept for its user: who has one gets it as always, and "
                     "anybody else is told to ask IT.");
                todo(command("desktop list --pool " + m_pool.name) + " shows whose they are, and "
                    + command("desktop unassign NAME")
                    + " takes one away, with all that is on its disk.");
            } else {
                next(std::string("Whoever asks now is told that all are in use, and gets one when ")
                    + (m_resting > 0 ? "a resting one has been wiped or somebody logs off."
                                     : "somebody logs off."));
            }
            tellMore(1, "one more");
            return;
        }
        if (isHeld)
            return;
        if (tellNoGrowth(missing))
            return;
        tellSleep(std::min(m_wished, allowed), std::max<std::int64_t>(0, allowed - m_wished));
        if (m_coming > 0 || missing > 0)
            next(
                counted(m_coming + std::max<std::int64_t>(0, missing), "desktop is", "desktops are")
                + " on the way. One that is not ready within "
                + spanText(ceil<seconds>(m_limits.readyWithin)) + " is made anew; at most "
                + std::to_string(m_limits.startsAtOnce) + " of the pool start at the same time.");
        else if (ready > m_wished && m_asleep >= m_wishedAsleep)
            next(std::to_string(ready - m_wished) + " more than wanted "
                + (ready - m_wished == 1 ? "is" : "are") + " ready; they are taken away when that "
                + "has been so for " + spanText(ceil<seconds>(m_limits.calm)) + '.');
        else if (m_told.next.empty() && m_wished + m_wishedAsleep <= allowed)
            next("Nothing: it has what it wants. "
                + (ready + m_asleep < allowed
                        ? "When somebody signs in, another desktop is prepared at once."
                        : lastOnes(allowed)));
        if (m_wished + m_wishedAsleep > allowed)
            tellShort(lastOnes(allowed), 1, "one more");
    }

    /// What becomes of the desktops on the disk. Both count desktops.
    void tellSleep(std::int64_t wished, std::int64_t room)
    {
        const std::int64_t ready = count(DesktopStatus::ready);
        const std::int64_t wishedAsleep
            = std::min(desktopsFor(m_wishedAsleep, seatsOf(m_pool)), room);
        if (ready < wished && m_asleep > 0)
            next(counted(std::min(wished - ready, m_asleep), "suspended desktop is",
                     "suspended desktops are")
                + " resumed now, as far as their hosts have memory; one is ready within seconds.");
        else if (m_asleep > wishedAsleep)
            next(std::to_string(m_asleep - wishedAsleep)
                + " more than wanted are suspended; they are taken away when that has been so for "
                + spanText(ceil<seconds>(m_limits.calm)) + '.');
        else if (ready > wished && m_asleep < wishedAsleep && m_seen.suspendProblem.empty())
            next(counted(std::min(ready - wished, wishedAsleep - m_asleep), "desktop that is ready",
                     "desktops that are ready")
                + " beyond those wanted will be suspended, when nobody waits for one.");
        else if (m_asleep > 0)
            next("When somebody signs in, a suspended desktop is resumed at once to take the place "
                 "of the one given out, and another one is prepared behind it.");
    }

    /// The next time within a day that the calendar sets something else.
    void tellCalendar()
    {
        if (!m_pool.enabled || m_seen.basis.calendar.windows.empty())
            return;
        const auto sizes = [this](WallTime time) {
            return sizesAt(m_seen.basis.calendar, m_seen.basis.zone, time);
        };
        const SizesInForce present = sizes(m_now);
        const WallTime first = std::chrono::floor<std::chrono::minutes>(m_now);
        for (int minute = 1; minute <= 24 * 60; ++minute) {
            const WallTime time = first + std::chrono::minutes(minute);
            const SizesInForce then = sizes(time);
            if (then.sizes == present.sizes)
                continue;
            next("At " + at(time) + " its calendar changes: "
                + (then.why.empty() ? "the pool's own settings hold again" : then.why) + '.');
            return;
        }
    }

    const PoolSituation& m_seen;
    const Pool& m_pool;
    const WallTime m_now;
    const Limits& m_limits;
    const PoolTarget m_target;
    PoolExplanation m_told;
    std::map<DesktopStatus, std::int64_t> m_counts;
    std::int64_t m_free = 0; ///< seats; of a pool that is not shared one for each free desktop
    std::int64_t m_sessions = 0;
    std::int64_t m_inUse = 0;
    std::int64_t m_coming = 0;
    std::int64_t m_kept = 0; ///< for users who are not using them
    std::int64_t m_asleep = 0; ///< saved to the disk, or on the way there
    std::int64_t m_wishedAsleep = 0;
    std::int64_t m_aside = 0;
    std::int64_t m_resting = 0;
    std::int64_t m_wished = 0;
};

}

PoolExplanation explainPool(const PoolSituation& situation, WallTime now, const Limits& limits)
{
    return Explainer(situation, now, limits).make();
}

}
