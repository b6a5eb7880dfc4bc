// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/lifetimes.h"
#include "broker/pool/explain.h"
#include "broker/service/zones.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <functional>

using namespace wardesk;
using namespace wardesk::broker;
using namespace wardesk::broker::test;
using namespace std::chrono_literals;

namespace {

const WallTime noon = WallTime(readDay("2026-11-26")->time_since_epoch() + 11h); // in Berlin

struct Situation : PoolSituation
{
    Situation(std::int64_t spare, std::int64_t max)
    {
        pool = ward(spare, max);
        pool.timers = usualTimers;
        basis.zone = zoneOffsets("Europe/Berlin", calendarSpan(noon)).value();
        addressesLeft = 100;
    }
    void have(const std::string& name, IncarnationPhase phase, LeasePhase lease = LeasePhase::none)
    {
        desktops.push_back(row(name, phase, lease, noon - 1h));
    }
    /// All that is told, a line each.
    [[nodiscard]] std::string told() const
    {
        const PoolExplanation explained = explainPool(*this, noon, Limits {});
        std::string text = explained.summary + '\n';
        for (const auto* part : { &explained.now, &explained.next, &explained.todo }) {
            text += "-\n";
            for (const std::string& words : *part)
                text += words + '\n';
        }
        return text;
    }
};

#define TELLS(situation, expected)                                                                 \
    QCOMPARE(QString::fromStdString((situation).told()), QStringLiteral(expected))

}

/// What `wardeskctl pool explain` says, read as somebody would who knows nothing of pools.
class TstExplain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aPoolThatIsWell();
    void aPoolThatIsHeld();
    void aPoolAtItsMaximum();
    void aDedicatedPoolAtItsMaximum();
    void aPoolCloseToItsMaximum();
    void aRolloutThatIsStopped();
    void aPoolWithoutAddresses();
    void aHostThatDoesNotAnswer();
    void hostsThatAreNotWell();
    void aDatabaseThatIsSetRight();
    void aPoolInMaintenance();
    void aPoolThatIsOff();
    void aCalendarThatChanges();
    void aChangeOfImage();
    void sessionsThatAreLeftAlone();
    void timersThatAreOff();
    void thePlanAsksForDueLogOffsOnly();
    void restEndsWhenSomebodyWaits();
    void aPoolThatIsGettingReady();
    void anotherIsOnTheWay();
    void moreThanWanted();
    void desktopsThatRest();
    void aMaximumOfTheCalendar();
    void aCalendarThatEnds();
    void aCalendarThatNeverChanges();
    void aHeldPoolThatIsTriedNow();
    void troublesAreToldTogether();
    void maintenanceWithoutAnEnd();
    void logOffsThatAreDue();
};

void TstExplain::aPoolThatIsWell()
{
    Situation seen(1, 4);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.have("ward-02", IncarnationPhase::ready, LeasePhase::used);
    TELLS(seen,
        "'ward' works as it should.\n-\n"
        "It has 2 desktops: 1 ready, 0 being prepared or wiped, 1 in use, 0 set aside.\n"
        "It wants 1 ready beyond those in use (spare 1), and never more than 4 in all.\n-\n"
        "Nothing: it has what it wants. When somebody signs in, another desktop is prepared at "
        "once.\n-\n");
}

void TstExplain::aPoolThatIsHeld()
{
    Situation seen(1, 4);
    seen.have("ward-01", IncarnationPhase::intended);
    IncarnationFacts& facts = seen.desktops.front().desktop.incarnation;
    facts.startAttempts = 5;
    facts.lastFailureAt = noon - 2s;
    facts.lastError = "no memory left on the host";
    TELLS(seen,
        "'ward' is held: its desktops do not start.\n-\n"
        "It has 1 desktop: 0 ready, 1 being prepared or wiped, 0 in use, 0 set aside.\n"
        "It wants 1 ready beyond those in use (spare 1), and never more than 4 in all.\n-\n"
        "ward-01 failed to start 5 times in a row. The last error: no memory left on the host.\n"
        "No other desktop is started meanwhile. The next attempt is made in 30 s, at 12:00. After "
        "each failure the pause grows, up to 5 min; when an attempt works, the rest follow by "
        "themselves. Desktops that run are not touched.\n-\n"
        "'wardeskctl desktop show ward-01' has the details. If its image is at fault, 'wardeskctl "
        "pool set ward --image NAME' goes back to one that worked.\n");
}

void TstExplain::aDedicatedPoolAtItsMaximum()
{
    Situation seen(1, 1);
    seen.pool.kind = PoolKind::dedicated;
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::used);
    seen.desktops.back().desktop.owner = UserId("anna");
    const std::string told = seen.told();
    // Nobody gets it when she logs off.
    QVERIFY(told.find("gets one when") == std::string::npos);
    QVERIFY(told.find("Each desktop is kept for its user: who has one gets it as always, and "
                      "anybody else is told to ask IT.")
        != std::string::npos);
    QCOMPARE(explainPool(seen, noon, Limits {}).sessions.back(),
        std::string("After a log-off the desktop is started anew for its user: what is on its disk "
                    "stays, what was in its memory is gone. Nobody else gets it."));
}

void TstExplain::aPoolAtItsMaximum()
{
    Situation seen(1, 2);
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::used);
    seen.have("ward-02", IncarnationPhase::ready, LeasePhase::used);
    TELLS(seen,
        "'ward' is at its maximum: nobody else gets a desktop.\n-\n"
        "It has 2 desktops: 0 ready, 0 being prepared or wiped, 2 in use, 0 set aside.\n"
        "It wants 1 ready beyond those in use (spare 1), and never more than 2 in all.\n-\n"
        "Whoever asks now is told that all are in use, and gets one when somebody logs off.\n-\n"
        "'wardeskctl pool set ward --max 3' allows one more, if the host has room for it.\n");
    seen.desktops.back().desktop.quarantinedAt = noon;
    QVERIFY(seen.told().find("'wardeskctl desktop list --pool ward' shows why desktops were set "
                             "aside; 'wardeskctl desktop release NAME --reason TEXT' wipes one and "
                             "takes it back.")
        != std::string::npos);
}

void TstExplain::aPoolWithoutAddresses()
{
    Situation seen(3, 9);
    seen.addressesLeft = 0;
    seen.have("ward-01", IncarnationPhase::ready);
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(
        told.summary, std::string("'ward' cannot grow: no free address is left on its network."));
    QCOMPARE(told.next.front(),
        std::string("It goes on with the desktops that it has, and makes the missing 2 when "
                    "addresses become free."));
    QCOMPARE(told.todo.front(),
        std::string("Widen the broker's address range (first_address and last_address in "
                    "broker.toml), or make another pool smaller."));
}

void TstExplain::aHostThatDoesNotAnswer()
{
    Situation seen(1, 2);
    seen.hostProblem = "libvirt's socket is not there";
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(
        told.summary, std::string("'ward' can start nothing: no virtualisation host answers."));
    QCOMPARE(
        told.next.front(), std::string("The host's last word: libvirt's socket is not there."));
    QVERIFY(told.next.at(1).find("Sessions go on") == 0);
    QCOMPARE(told.todo.size(), std::size_t(1));
}

/// Each host with a desktop in use and a free one; `change` makes it what it is.
void TstExplain::hostsThatAreNotWell()
{
    Situation seen(1, 9);
    std::vector<HostView> views;
    const auto add = [&](const std::string& name, const std::function<void(HostView&)>& change) {
        HostView view;
        view.host.id = HostId("id-" + name);
        view.host.name = name;
        view.host.modeAt = noon - 30min;
        change(view);
        views.push_back(view);
        seen.have(name + "-1", IncarnationPhase::ready, LeasePhase::used);
        seen.desktops.back().desktop.host = view.host.id;
        seen.have(name + "-2", IncarnationPhase::ready);
        seen.desktops.back().desktop.host = view.host.id;
    };
    const auto told = [&] {
        seen.hosts = hostWords(views, seen.desktops, seen.basis.zone, noon);
        return explainPool(seen, noon, Limits {});
    };
    add("good", [](HostView&) {});
    add("east", [](HostView& view) { view.host.mode = HostMode::draining; });
    seen.desktops.back().lease = Lease {};
    seen.desktops.back().lease->closedAt = noon - 1h; // what is over is no session
    QCOMPARE(told().summary, std::string("'ward' works as it should."));
    QCOMPARE(told().next.front(),
        std::string("Host 'east' is being emptied since 11:30. Free desktops are made anew on "
                    "other hosts (1 "
                    "to go); who works there (1 session) goes on until logging off."));
    QCOMPARE(told().todo.front(), std::string("'wardeskctl host resume east' ends that."));
    views.back().host.drainBy = noon + 2h;
    QVERIFY2(told().next.front().ends_with("(1 session) goes on until 14:00 at the latest."),
        told().next.front().c_str());
    add("west", [](HostView& view) { view.sight = HostSight::away; });
    seen.have("west-3", IncarnationPhase::ready, LeasePhase::used);
    seen.desktops.back().desktop.host = views.back().host.id;
    seen.have("west-4", IncarnationPhase::ready);
    seen.desktops.back().desktop.host = views.back().host.id;
    QCOMPARE(told().summary, std::string("'ward' works as it should."));
    QCOMPARE(told().next.front(),
        std::string(
            "Libvirt on host 'west' does not answer. Who works there (2 sessions) notices nothing; "
            "nothing is started or wiped there until it does."));
    add("south", [](HostView& view) {
        view.host.mode = HostMode::maintenance;
        view.sight = HostSight::away; // it is off
    });
    QCOMPARE(told().next.size(), std::size_t(4)); // the last one is about sizes
    QCOMPARE(told().next[2],
        std::string(
            "Host 'south' is in maintenance since 11:30. Still on it, and waiting for it: 1 "
            "session and 1 free desktop of the pool."));
    add("north", [](HostView& view) {
        view.host.deadAt = noon - 10min;
        view.sight = HostSight::dead;
    });
    QCOMPARE(told().summary, std::string("'ward' has lost host 'north', with 1 session."));
    QCOMPARE(told().next.front(),
        std::string("Host 'north' is dead since 11:50: neither libvirt nor any desktop on it "
                    "answers. Who was working there (1 session) gets another desktop by opening "
                    "it again. Nothing there is given out; what was lost is wiped when the "
                    "host is back."));
    QVERIFY2(told().todo.front().ends_with("'wardeskctl host remove north --lost'."),
        told().todo.front().c_str());
    // Nobody was on it; and it answers again, which is about to be written down.
    seen.desktops[seen.desktops.size() - 2].lease.reset();
    QCOMPARE(told().summary, std::string("'ward' works as it should."));
    QVERIFY2(told().next.front().find("Who was") == std::string::npos, told().next.front().c_str());
    views.back().sight = HostSight::seen;
    QVERIFY2(
        told().next.front().starts_with("Libvirt on host 'west'"), told().next.front().c_str());
    QCOMPARE(told().next.size(), std::size_t(4));
    // Where none answers, that is all that is to be said.
    seen.hostProblem = "Connection refused.";
    QCOMPARE(told().next.front(), std::string("The host's last word: Connection refused."));
    QCOMPARE(told().next.size(), std::size_t(2));
}

void TstExplain::aDatabaseThatIsSetRight()
{
    Situation seen(1, 2);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.refusal = "Desktops are being taken over after a restore: adopted 3 of 5";
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary,
        std::string("'ward' gives out nothing new now: the database is being set right."));
    QCOMPARE(told.next.front(),
        std::string("Desktops are being taken over after a restore: adopted 3 of 5."));
}

void TstExplain::aPoolInMaintenance()
{
    Situation seen(1, 2);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.pool.maintenance = Maintenance {
        .since = noon - 1h, .reason = "the HIS gets a new version", .until = noon + 2h
    };
    PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary,
        std::string("'ward' is in maintenance since 11:00: the HIS gets a new version."));
    QCOMPARE(told.next.front(),
        std::string("Nobody gets a new desktop; sessions that run go on, and their users come back "
                    "to them. Clinicians are told that it lasts until 14:00."));
    QCOMPARE(told.todo.front(), std::string("'wardeskctl pool maintenance ward off' ends it."));
    seen.pool.maintenance->until = noon - 1min;
    told = explainPool(seen, noon, Limits {});
    QVERIFY(told.next.front().ends_with(
        "It was to last until 11:59. That is over, but only an administrator ends it."));
}

void TstExplain::aPoolThatIsOff()
{
    Situation seen(1, 2);
    seen.pool.enabled = false;
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary, std::string("'ward' is switched off: nobody gets a new desktop."));
    QCOMPARE(told.now.back(), std::string("It wants none, because it is switched off."));
    QCOMPARE(told.todo.front(),
        std::string("'wardeskctl pool set ward --enabled true' switches it on."));
}

void TstExplain::aCalendarThatChanges()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    CalendarWindow window;
    window.weekdays = 0x7F;
    window.from = 18h;
    window.to = 20h;
    window.sizes.spare = 0;
    seen.basis.calendar.windows = { window };
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.next.back(),
        std::string("At 18:00 its calendar changes: daily 18:00-20:00: spare 0."));
}

void TstExplain::aChangeOfImage()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.rollout = { "Its image is being changed to 'gnumed 2': 3 of 9 desktops have it." };
    QCOMPARE(explainPool(seen, noon, Limits {}).next, seen.rollout);
}

void TstExplain::sessionsThatAreLeftAlone()
{
    Situation seen(1, 4);
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::used);
    Lease& lease = *seen.desktops.front().lease;
    lease.connectedAt.reset();
    lease.disconnectedAt = noon - 2h;
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    const std::vector<std::string> expected {
        "A session left alone is locked after 5 min without key or pointer.",
        "Its client is disconnected after 30 min without key or pointer; the session goes on, "
        "locked, and opens again for its user.",
        "A session that nobody was connected to for 16 h is logged off, and what is not saved in "
        "it "
        "is lost. One whose desktop cannot be reached is never ended.",
        "After a log-off the desktop is wiped and made anew at once; nobody gets a used one.",
        "Next: the session on ward-01 is logged off in 14 h, at 2026-11-27 02:00, unless its user "
        "comes back."
    };
    QVERIFY2(told.sessions == expected, told.sessions.back().c_str());
}

void TstExplain::timersThatAreOff()
{
    Situation seen(1, 4);
    seen.pool.timers = {};
    const std::vector<std::string> expected {
        "A session left alone is locked only when its client is disconnected.",
        "Its client is never disconnected for being idle.",
        "A session that nobody is connected to goes on until its user or an administrator ends it.",
        "After a log-off the desktop is wiped and made anew at once; nobody gets a used one."
    };
    QVERIFY(explainPool(seen, noon, Limits {}).sessions == expected);
}

void TstExplain::thePlanAsksForDueLogOffsOnly()
{
    Pool pool = ward(0, 4);
    pool.timers.logOff = 1h;
    std::vector<DesktopRow> rows { row("away", IncarnationPhase::ready, LeasePhase::used),
        row("recent", IncarnationPhase::ready, LeasePhase::used),
        row("connected", IncarnationPhase::ready, LeasePhase::used) };
    rows[0].lease->connectedAt.reset();
    rows[0].lease->disconnectedAt = at(10s);
    rows[1].lease->connectedAt.reset();
    rows[1].lease->disconnectedAt = at(11s);
    const PoolView view = healthy(pool, rows);
    QVERIFY(allOf<LogOffSession>(reconcile(view, at(1h + 9s), {})).empty());
    const Plan plan = reconcile(view, at(1h + 10s), {});
    QVERIFY(allOf<LogOffSession>(plan) == std::vector { LogOffSession { LeaseId("lease-away") } });
    QVERIFY(allOf<CloseLease>(plan).empty() && allOf<BeginEnding>(plan).empty()); // R6
    QVERIFY(allOf<LogOffSession>(reconcile(view, at(-5h), {})).empty()); // R10
    PoolView off = view;
    off.pool.timers.logOff = 0s;
    QVERIFY(allOf<LogOffSession>(reconcile(off, at(1000h), {})).empty());
    PoolView away = view;
    away.domains.reset();
    QVERIFY(reconcile(away, at(2h), {}).actions.empty()); // R7
}

void TstExplain::restEndsWhenSomebodyWaits()
{
    Pool pool = ward(0, 1);
    pool.timers.recycle = 1h;
    PoolView view = healthy(pool, { row("a", IncarnationPhase::ready, LeasePhase::closed) });
    const auto ends = [&view](std::chrono::seconds since) {
        return !allOf<BeginEnding>(reconcile(view, at(since), {})).empty();
    };
    QVERIFY(!ends(10s));
    QCOMPARE(reconcile(view, at(10s), {}).message,
        std::string("at its maximum: 0 in use, 1 resting, 1 allowed"));
    QVERIFY(ends(2h));
    view.waiting = 1;
    QVERIFY(ends(10s));
    view.waiting = 0;
    view.desktops.front().lease->closeReason = CloseReason::restarted; // its user wants another
    QVERIFY(ends(10s));
}

namespace {

/// Every day, all day or from `from` to `to`.
CalendarWindow daily(
    PoolSizes sizes, std::chrono::minutes from = 0min, std::chrono::minutes to = 24h)
{
    CalendarWindow window;
    window.weekdays = 0x7F;
    window.from = from;
    window.to = to;
    window.sizes = sizes;
    return window;
}

}

void TstExplain::aPoolThatIsGettingReady()
{
    Situation seen(3, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.have("ward-02", IncarnationPhase::started);
    TELLS(seen,
        "'ward' is getting its desktops ready.\n-\n"
        "It has 2 desktops: 1 ready, 1 being prepared or wiped, 0 in use, 0 set aside.\n"
        "It wants 3 ready beyond those in use (spare 3), and never more than 9 in all.\n-\n"
        "2 desktops are on the way. One that is not ready within 2 min is made anew; at most 2 of "
        "the pool start at the same time.\n-\n");
}

void TstExplain::anotherIsOnTheWay()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.have("ward-02", IncarnationPhase::started);
    TELLS(seen,
        "'ward' works as it should.\n-\n"
        "It has 2 desktops: 1 ready, 1 being prepared or wiped, 0 in use, 0 set aside.\n"
        "It wants 1 ready beyond those in use (spare 1), and never more than 9 in all.\n-\n"
        "1 desktop is on the way. One that is not ready within 2 min is made anew; at most 2 of "
        "the pool start at the same time.\n-\n");
}

void TstExplain::aPoolCloseToItsMaximum()
{
    // It has what it wants, and nothing follows.
    Situation seen(1, 2);
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::used);
    seen.have("ward-02", IncarnationPhase::ready);
    PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary, std::string("'ward' works as it should."));
    QCOMPARE(told.next,
        std::vector<std::string>({ "Nothing: it has what it wants. It has all the desktops that it "
                                   "may have (2): there is one for the next user who asks; whoever "
                                   "comes after that gets one when somebody logs off." }));
    QVERIFY(told.todo.empty());
    // Fewer than wished, but all that its maximum allows: nothing is on the way.
    Situation fewer(3, 2);
    fewer.have("ward-01", IncarnationPhase::ready);
    fewer.have("ward-02", IncarnationPhase::ready);
    told = explainPool(fewer, noon, Limits {});
    QCOMPARE(
        told.summary, std::string("'ward' is close to its maximum, and wants more than that."));
    QCOMPARE(told.next,
        std::vector<std::string>({ "It has all the desktops that it may have (2): there is one for "
                                   "each of the next 2 users who ask; whoever comes after that "
                                   "gets one when somebody logs off." }));
    QCOMPARE(told.todo,
        std::vector<std::string>({ "'wardeskctl pool set ward --max 3' allows one more, if the "
                                   "host has room for it." }));
    // The same of room for sessions.
    Situation shared(6, 4);
    shared.pool.kind = PoolKind::shared;
    shared.pool.seats = 4;
    shared.have("ward-01", IncarnationPhase::ready);
    told = explainPool(shared, noon, Limits {});
    QCOMPARE(
        told.summary, std::string("'ward' is close to its maximum, and wants more than that."));
    QVERIFY(told.next.front().starts_with("It has all the desktops that it may have: there is room "
                                          "for 4 more sessions. "));
    QCOMPARE(told.todo.front(),
        std::string("'wardeskctl pool set ward --max 8' allows one more desktop, if the host has "
                    "room for it."));
}

void TstExplain::aRolloutThatIsStopped()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.rollout = { "The rollout was stopped." };
    seen.isRolloutStopped = true;
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary,
        std::string("'ward' works with the version that it had: its rollout is stopped."));
    QCOMPARE(told.todo,
        std::vector<std::string>({ "Decide about the rollout: 'wardeskctl pool rollback ward' goes "
                                   "back to the version before, 'wardeskctl rollout resume ward' "
                                   "goes on when the cause is mended." }));
}

void TstExplain::moreThanWanted()
{
    Situation seen(0, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    QCOMPARE(explainPool(seen, noon, Limits {}).next.back(),
        std::string("1 more than wanted is ready; they are taken away when that has been so for 10 "
                    "min."));
    seen.have("ward-02", IncarnationPhase::ready);
    QCOMPARE(explainPool(seen, noon, Limits {}).next.back(),
        std::string("2 more than wanted are ready; they are taken away when that has been so for "
                    "10 min."));
}

void TstExplain::desktopsThatRest()
{
    Situation seen(0, 1);
    seen.pool.timers.recycle = 2h;
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::closed);
    TELLS(seen,
        "'ward' is at its maximum: nobody else gets a desktop.\n-\n"
        "It has 1 desktop: 0 ready, 0 being prepared or wiped, 0 in use, 0 set aside, 1 resting "
        "after a log-off.\n"
        "It wants 0 ready beyond those in use (spare 0), and never more than 1 in all.\n-\n"
        "Whoever asks now is told that all are in use, and gets one when a resting one has been "
        "wiped or somebody logs off.\n-\n"
        "'wardeskctl pool set ward --max 2' allows one more, if the host has room for it.\n");
    QCOMPARE(explainPool(seen, noon, Limits {}).sessions.back(),
        std::string("After a log-off the desktop rests for 2 h, unless somebody waits for one, and "
                    "is then wiped and made anew."));
    seen.pool.timers.recycle = 30min; // over: it is being wiped
    QVERIFY(seen.told().find("0 ready, 1 being prepared or wiped, 0 in use, 0 set aside.\n")
        != std::string::npos);
}

void TstExplain::aMaximumOfTheCalendar()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::used);
    seen.basis.calendar.windows = { daily({ .max = 1 }) };
    seen.problem = "The roster is older than a week";
    TELLS(seen,
        "'ward' is at its maximum: nobody else gets a desktop.\n-\n"
        "It has 1 desktop: 0 ready, 0 being prepared or wiped, 1 in use, 0 set aside.\n"
        "It wants 1 ready beyond those in use (spare 1), and never more than 1 in all. Its "
        "calendar has a say now: daily 00:00-24:00: max 1.\n"
        "Note: The roster is older than a week.\n-\n"
        "Whoever asks now is told that all are in use, and gets one when somebody logs off.\n-\n"
        "Its calendar allows only 1 of the pool's 9 now; 'wardeskctl pool calendar show ward' "
        "shows it.\n");
}

void TstExplain::aCalendarThatEnds()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.basis.calendar.windows = { daily({ .spare = 0 }, 10h, 13h + 30min) };
    QCOMPARE(explainPool(seen, noon, Limits {}).next.back(),
        std::string("At 13:30 its calendar changes: the pool's own settings hold again."));
}

void TstExplain::aCalendarThatNeverChanges()
{
    Situation seen(1, 9);
    seen.have("ward-01", IncarnationPhase::ready);
    seen.basis.calendar.windows = { daily({ .spare = 1 }) };
    for (const std::string& words : explainPool(seen, noon, Limits {}).next)
        QVERIFY2(words.find("calendar") == std::string::npos, words.c_str());
}

void TstExplain::aHeldPoolThatIsTriedNow()
{
    Situation seen(2, 4);
    seen.addressesLeft = 0; // which is not what it waits for
    seen.have("ward-01", IncarnationPhase::intended);
    seen.desktops.front().desktop.incarnation.startAttempts = 5;
    seen.desktops.front().desktop.incarnation.lastFailureAt = noon - 1h;
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary, std::string("'ward' is held: its desktops do not start."));
    QCOMPARE(told.next.size(), std::size_t(2));
    QCOMPARE(told.next.front(), std::string("ward-01 failed to start 5 times in a row."));
    QVERIFY2(told.next.back().starts_with("No other desktop is started meanwhile. The next attempt "
                                          "is made now. After each failure the pause grows"),
        told.next.back().c_str());
}

/// The first trouble is the summary; what follows from the others is said as well.
void TstExplain::troublesAreToldTogether()
{
    Situation seen(1, 2);
    seen.pool.enabled = false;
    seen.hostProblem = "Connection refused.";
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(
        told.summary, std::string("'ward' can start nothing: no virtualisation host answers."));
    QCOMPARE(told.next.front(), std::string("The host's last word: Connection refused."));
    QCOMPARE(told.next.back(),
        std::string("Sessions that run go on; desktops that nobody uses are removed."));
    QCOMPARE(told.todo.size(), std::size_t(2));
}

void TstExplain::maintenanceWithoutAnEnd()
{
    Situation seen(1, 2);
    seen.pool.maintenance = Maintenance { .since = noon - 1h, .reason = "new switches." };
    const PoolExplanation told = explainPool(seen, noon, Limits {});
    QCOMPARE(told.summary, std::string("'ward' is in maintenance since 11:00: new switches."));
    QVERIFY2(
        told.next.front().ends_with("Clinicians are told that and no end."), told.next[0].c_str());
}

void TstExplain::logOffsThatAreDue()
{
    Situation seen(0, 4);
    seen.have("ward-01", IncarnationPhase::ready, LeasePhase::used);
    Lease& lease = *seen.desktops.front().lease;
    lease.connectedAt.reset();
    lease.disconnectedAt = noon - 17h;
    QCOMPARE(explainPool(seen, noon, Limits {}).sessions.back(),
        std::string("Next: the session on ward-01 is logged off now, unless its user comes back."));
    seen.desktops.front().desktop.quarantinedAt = noon; // an administrator's now
    QVERIFY(explainPool(seen, noon, Limits {}).sessions.back().starts_with("After a log-off"));
}

QTEST_APPLESS_MAIN(TstExplain)
#include "tst_explain.moc"
