// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/seats.h"
#include "broker/pool/adopt.h"
#include "tests/broker/pool/poolrows.h"

#include <QTest>
#include <algorithm>

using namespace wardesk::broker;
using namespace std::chrono_literals;
using test::at;
using test::described;
using test::row;

namespace {

constexpr auto now = 5000s;

SeatWord says(std::int64_t seat, const std::string& user, SessionSeen session)
{
    return { .seat = seat,
        .epoch = Epoch(50 + seat),
        .session = session,
        .lease = LeaseId("lease-of-" + user),
        .user = UserId(user) };
}

/// As the broker takes it from a report.
AgentWord wordOf(const ObservedDomain& domain, std::vector<SeatWord> seats)
{
    const bool isUsed = std::any_of(seats.begin(), seats.end(), [](const SeatWord& seat) {
        return seat.session != SessionSeen::none && seat.session != SessionSeen::ended;
    });
    return { .desktop = domain.desktop,
        .incarnation = domain.incarnation,
        .epoch = Epoch(60),
        .isReady = true,
        .certificateSha256 = "c0ffee",
        .session = isUsed ? SessionSeen::connected : SessionSeen::none,
        .lease = {},
        .user = {},
        .seats = std::move(seats) };
}

/// A desktop in which the database knows these users, in accounts 1, 2, ...
DesktopRow inside(const std::string& name, const std::vector<std::string>& users, LeasePhase phase)
{
    DesktopRow made = row(name, IncarnationPhase::ready);
    made.desktop.incarnation.certificateSha256 = "c0ffee";
    std::int64_t seat = 0;
    for (const std::string& user : users) {
        Lease lease = *row(name, IncarnationPhase::ready, phase).lease;
        lease.seat = ++seat;
        lease.id = LeaseId("lease-of-" + user);
        lease.user = UserId(user);
        lease.epoch = Epoch(10 + seat);
        addLease(made, std::move(lease));
    }
    return made;
}

AdoptionView restored(std::vector<DesktopRow> rows, std::vector<AgentWord> words,
    std::vector<ObservedDomain> more = {})
{
    AdoptionView view;
    view.pools = { test::ward(1, 16) };
    view.pools.front().kind = PoolKind::shared;
    view.pools.front().seats = 4;
    view.users = { UserId("ana"), UserId("ben"), UserId("cleo") };
    view.images = { ImageId("image") };
    view.database = Epoch(70);
    for (const DesktopRow& one : rows)
        view.domains.push_back(described(one));
    for (ObservedDomain& domain : more)
        view.domains.push_back(std::move(domain));
    view.desktops = std::move(rows);
    view.words = std::move(words);
    return view;
}

AdoptionStep only(const AdoptionView& view, const std::string& desktop = "a")
{
    for (const AdoptionStep& step : adopt(view, at(now)).steps) {
        if (step.desktop == DesktopId(desktop) && step.settles)
            return step;
    }
    return { .desktop = {}, .verdict = AdoptionVerdict::wait, .row = {}, .detail = {} };
}

bool isOpen(const AdoptionStep& step, std::int64_t seat, const std::string& user)
{
    const Lease* lease = leaseOfSeat(step.row, seat);
    return lease != nullptr && lease->user == UserId(user) && !lease->closedAt;
}

constexpr auto connected = SessionSeen::connected;
constexpr auto disconnected = SessionSeen::disconnected;
constexpr auto prepared = SessionSeen::prepared;
constexpr auto over = SessionSeen::ended;
constexpr auto used = LeasePhase::used;
constexpr auto closed = LeasePhase::closed;
constexpr auto unconnected = LeasePhase::unconnected;

}

using Lie = void (*)(AgentWord&);
Q_DECLARE_METATYPE(Lie)

/// R11 for desktops that several users are in: each session for itself.
class TstAdoptSeats : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatTheDatabaseKnowsGoesOn();
    void aSessionThatItHasLostIsMadeAgain();
    void aDesktopThatItHasNeverHeardOf();
    void whoseSessionIsOver();
    void whatWasGivenAndNotPreparedStays();
    void whereNobodyIsItIsMadeAnew();
    void anAccountThatIsOverAndNobodysIsNotGivenAgain();
    void aSessionWhoseLeaseIsClosed();
    void aPlaceThatIsFreeAgainInAFullDesktop();
    void oneUserWithTwoSessions_R2();
    void theOtherDesktopIsWaitedFor_R2();
    void whoHasMovedIsLetGoFirst_R2();
    void whoHasComeBackHasTheLaterAccount_R2();
    void aLateAgentsDesktopTakesNobodyIn_R1();
    void theCounterIsAboveEverySession_R3();
    void whatCannotBePutRight_data();
    void whatCannotBePutRight();
    void anAgentThatDoesNotTellItsSessions_R5();
    void aRefusedStepKeepsWhatTheDatabaseHad();
};

void TstAdoptSeats::whatTheDatabaseKnowsGoesOn()
{
    const DesktopRow a = inside("a", { "ana", "ben" }, used);
    const AdoptionStep step = only(restored({ a },
        { wordOf(described(a), { says(1, "ana", connected), says(2, "ben", disconnected) }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::keep);
    QVERIFY(isOpen(step, 1, "ana") && isOpen(step, 2, "ben"));
    QCOMPARE(leaseOfSeat(step.row, 1)->epoch, Epoch(51)); // as the agent has seen it
    QCOMPARE(leaseOfSeat(step.row, 2)->epoch, Epoch(52));
    QVERIFY(leaseOfSeat(step.row, 2)->disconnectedAt && !leaseOfSeat(step.row, 2)->connectedAt);
    QVERIFY(step.made.empty());
    // A place in it may have been promised: nobody can say.
    QCOMPARE(step.row.desktop.incarnation.drainingAt, std::optional(at(now)));
    QVERIFY(!step.row.desktop.incarnation.endingAt && !step.row.desktop.quarantinedAt);
}

void TstAdoptSeats::aSessionThatItHasLostIsMadeAgain()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    const AdoptionStep step = only(restored(
        { a }, { wordOf(described(a), { says(1, "ana", connected), says(2, "ben", prepared) }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::remake);
    QVERIFY(isOpen(step, 1, "ana") && isOpen(step, 2, "ben"));
    const Lease& made = *leaseOfSeat(step.row, 2);
    QCOMPARE(made.id, LeaseId("lease-of-ben"));
    QCOMPARE(made.epoch, Epoch(52));
    QCOMPARE(made.incarnation, a.desktop.incarnation.number);
    QVERIFY(!made.firstConnectedAt);
    QVERIFY(step.row.desktop.incarnation.drainingAt.has_value());
    // Whoever lies about whose session it is is found in the audit.
    QVERIFY(
        step.detail.find("lease-of-ben of user ben in account 2 made again") != std::string::npos);
}

void TstAdoptSeats::aDesktopThatItHasNeverHeardOf()
{
    ObservedDomain later = described(inside("a", {}, used));
    later.incarnation = Incarnation(5);
    later.uuid = DomainUuid("uuid-5");
    const AgentWord word
        = wordOf(later, { says(2, "ben", connected), says(1, "ana", disconnected) });
    const AdoptionStep unknown = only(restored({}, { word }, { later }));
    QCOMPARE(unknown.verdict, AdoptionVerdict::remake);
    QVERIFY(isOpen(unknown, 1, "ana") && isOpen(unknown, 2, "ben"));
    QVERIFY(unknown.row.desktop.incarnation.readyAt.has_value());
    QVERIFY(unknown.row.desktop.incarnation.drainingAt.has_value());

    // Those that the database knows were in an earlier life of it.
    AdoptionView view = restored({ inside("a", { "cleo" }, used) }, { word });
    view.domains = { later };
    const AdoptionPlan plan = adopt(view, at(now));
    QCOMPARE(plan.steps.size(), std::size_t(2));
    QVERIFY(!plan.steps.front().settles);
    QCOMPARE(openSeats(plan.steps.front().row), std::int64_t(0));
    const AdoptionStep newer = only(view);
    QCOMPARE(newer.verdict, AdoptionVerdict::remake);
    QCOMPARE(usedSeats(newer.row), std::int64_t(2));
    QVERIFY(isOpen(newer, 1, "ana") && isOpen(newer, 2, "ben"));
}

void TstAdoptSeats::whoseSessionIsOver()
{
    const DesktopRow a = inside("a", { "ana", "ben" }, used);
    SeatWord gone = says(2, "ben", over);
    gone.user = {}; // as agents tell it
    const AdoptionStep step
        = only(restored({ a }, { wordOf(described(a), { says(1, "ana", connected), gone }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::close);
    QVERIFY(isOpen(step, 1, "ana"));
    QCOMPARE(leaseOfSeat(step.row, 2)->closeReason, std::optional(CloseReason::loggedOff));

    const AdoptionStep all = only(
        restored({ a }, { wordOf(described(a), { says(1, "ana", over), says(2, "ben", over) }) }));
    QCOMPARE(all.verdict, AdoptionVerdict::end);
    QCOMPARE(openSeats(all.row), std::int64_t(0));
    QVERIFY(all.row.desktop.incarnation.endingAt.has_value());
}

void TstAdoptSeats::whatWasGivenAndNotPreparedStays()
{
    const DesktopRow a = inside("a", { "ana", "ben" }, unconnected);
    const AdoptionStep step
        = only(restored({ a }, { wordOf(described(a), { says(1, "ana", prepared) }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::keep);
    QVERIFY(isOpen(step, 1, "ana") && isOpen(step, 2, "ben"));
}

void TstAdoptSeats::whereNobodyIsItIsMadeAnew()
{
    const DesktopRow a = inside("a", {}, used);
    const AdoptionStep step = only(restored({ a }, { wordOf(described(a), {}) }));
    QCOMPARE(step.verdict, AdoptionVerdict::renew);
    QVERIFY(step.row.desktop.incarnation.endingAt.has_value());
}

void TstAdoptSeats::anAccountThatIsOverAndNobodysIsNotGivenAgain()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    SeatWord gone = says(2, "ben", over);
    gone.user = {};
    const AdoptionStep step
        = only(restored({ a }, { wordOf(described(a), { says(1, "ana", connected), gone }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::keep);
    QVERIFY(leaseOfSeat(step.row, 2) == nullptr);
    QVERIFY(step.row.desktop.incarnation.drainingAt.has_value()); // R1: account 2 is used
    // Nor is an account's epoch taken on the word of an agent that has lost nothing by it.
    gone.user = UserId("ben");
    const AdoptionStep told
        = only(restored({ a }, { wordOf(described(a), { says(1, "ana", connected), gone }) }));
    QVERIFY(leaseOfSeat(told.row, 2) == nullptr);
}

void TstAdoptSeats::aSessionWhoseLeaseIsClosed()
{
    DesktopRow a = inside("a", { "ana" }, closed);
    Lease ben = *inside("a", { "ben" }, used).lease;
    ben.seat = 2;
    ben.epoch = Epoch(12);
    addLease(a, ben);
    const AdoptionStep step = only(restored(
        { a }, { wordOf(described(a), { says(1, "ana", connected), says(2, "ben", connected) }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::keep);
    QVERIFY(leaseOfSeat(step.row, 1)->closedAt.has_value());
    QVERIFY(isOpen(step, 2, "ben"));
    QVERIFY(step.row.desktop.incarnation.drainingAt.has_value());
}

void TstAdoptSeats::aPlaceThatIsFreeAgainInAFullDesktop()
{
    DesktopRow a = inside("a", { "ana", "ben", "cleo", "dora" }, used);
    for (Lease* lease : { &*a.lease, &a.others[0], &a.others[1], &a.others[2] }) {
        if (lease->seat == 4) {
            lease->closedAt = at(3000s);
            lease->closeReason = CloseReason::endedByAdmin;
        }
    }
    SeatWord newest = says(5, "emil", connected);
    AdoptionView view = restored({ a },
        { wordOf(described(a),
            { says(1, "ana", connected), says(2, "ben", connected), says(3, "cleo", connected),
                says(4, "dora", connected), newest }) });
    view.users.insert(UserId("emil"));
    const AdoptionStep step = only(view);
    QCOMPARE(step.verdict, AdoptionVerdict::remake);
    QCOMPARE(openSeats(step.row), std::int64_t(4));
    QVERIFY(isOpen(step, 5, "emil"));
}

void TstAdoptSeats::oneUserWithTwoSessions_R2()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    SeatWord again = says(2, "ana", connected);
    again.lease = LeaseId("another");
    const AdoptionStep here
        = only(restored({ a }, { wordOf(described(a), { says(1, "ana", connected), again }) }));
    QCOMPARE(here.verdict, AdoptionVerdict::quarantine);
    QVERIFY(isOpen(here, 1, "ana") && leaseOfSeat(here.row, 2) == nullptr);
    QVERIFY(!here.row.desktop.incarnation.endingAt);

    // Of two desktops the one whose word is newer has made it again.
    const DesktopRow b = inside("b", {}, used);
    AgentWord newest = wordOf(described(b), { says(1, "ben", connected) });
    newest.epoch = Epoch(65);
    SeatWord older = says(2, "ben", connected);
    older.lease = LeaseId("older");
    const AdoptionView view = restored(
        { a, b }, { wordOf(described(a), { says(1, "ana", connected), older }), newest });
    QCOMPARE(only(view, "b").verdict, AdoptionVerdict::remake);
    QCOMPARE(only(view, "a").verdict, AdoptionVerdict::quarantine);
}

void TstAdoptSeats::theOtherDesktopIsWaitedFor_R2()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    const DesktopRow b = inside("b", {}, used);
    SeatWord later = says(1, "ana", connected);
    later.lease = LeaseId("later");
    AdoptionView view = restored({ a, b }, { wordOf(described(b), { later }) });
    QVERIFY(only(view, "b").desktop.isEmpty());
    QCOMPARE(adopt(view, at(now)).waiting, std::int64_t(2));
    view.words.push_back(wordOf(described(a), { says(1, "ana", over) }));
    QCOMPARE(only(view, "b").verdict, AdoptionVerdict::remake);
    QCOMPARE(only(view, "a").verdict, AdoptionVerdict::end);
    view.words.pop_back();
    view.late = true;
    QCOMPARE(only(view, "b").verdict, AdoptionVerdict::quarantine);
}

/// Two users who have changed places: both leases are closed before one is made again.
void TstAdoptSeats::whoHasMovedIsLetGoFirst_R2()
{
    const DesktopRow a = inside("a", { "ana", "cleo" }, used);
    DesktopRow b = inside("b", { "ben" }, used);
    SeatWord anaNow = says(2, "ana", connected);
    anaNow.lease = LeaseId("lease-2-of-ana");
    SeatWord benNow = says(3, "ben", connected);
    benNow.lease = LeaseId("lease-2-of-ben");
    SeatWord anaThen = says(1, "ana", over);
    SeatWord benThen = says(1, "ben", over);
    AgentWord onB = wordOf(described(b), { benThen, anaNow });
    onB.epoch = Epoch(65); // is settled first
    const AdoptionView view = restored(
        { a, b }, { wordOf(described(a), { anaThen, says(2, "cleo", connected), benNow }), onB });
    const AdoptionPlan plan = adopt(view, at(now));
    QCOMPARE(plan.steps.size(), std::size_t(4));
    for (std::size_t step = 0; step < 4; ++step)
        QCOMPARE(plan.steps[step].settles, step >= 2);
    for (std::size_t step = 0; step < 2; ++step)
        QCOMPARE(leaseOfSeat(plan.steps[step].row, 1)->closeReason,
            std::optional(CloseReason::loggedOff));
    QVERIFY(isOpen(only(view, "a"), 3, "ben") && isOpen(only(view, "a"), 2, "cleo"));
    QVERIFY(isOpen(only(view, "b"), 2, "ana"));
    // One that is set aside for another reason has let its user go all the same.
    AdoptionView odd = view;
    odd.words[0].certificateSha256 = "another";
    QCOMPARE(only(odd, "a").verdict, AdoptionVerdict::quarantine);
    QVERIFY(isOpen(only(odd, "b"), 2, "ana"));
    // Also when the other agent speaks only after that.
    odd.settled = { DesktopId("a") };
    const std::vector<AdoptionStep> later = adopt(odd, at(now)).steps;
    const auto first = std::find_if(later.begin(), later.end(),
        [](const AdoptionStep& step) { return step.desktop == DesktopId("a"); });
    QVERIFY(first != later.end() && !first->settles && leaseOfSeat(first->row, 1)->closedAt);
    QVERIFY(first->detail.find("lease-of-ana of user ana") != std::string::npos);
    QVERIFY(later.back().settles && later.back().desktop == DesktopId("b"));
}

void TstAdoptSeats::whoHasComeBackHasTheLaterAccount_R2()
{
    const DesktopRow unused = inside("a", { "ana" }, unconnected);
    SeatWord later = says(2, "ana", connected);
    later.lease = LeaseId("later");
    const AdoptionStep step = only(restored({ unused }, { wordOf(described(unused), { later }) }));
    QCOMPARE(step.verdict, AdoptionVerdict::remake);
    QCOMPARE(leaseOfSeat(step.row, 1)->closeReason, std::optional(CloseReason::neverConnected));
    QVERIFY(isOpen(step, 2, "ana"));

    const DesktopRow left = inside("a", { "ana" }, used);
    const AdoptionStep back
        = only(restored({ left }, { wordOf(described(left), { says(1, "ana", over), later }) }));
    QCOMPARE(back.verdict, AdoptionVerdict::remake);
    QCOMPARE(leaseOfSeat(back.row, 1)->closeReason, std::optional(CloseReason::loggedOff));
    QVERIFY(isOpen(back, 2, "ana"));
}

void TstAdoptSeats::aLateAgentsDesktopTakesNobodyIn_R1()
{
    AdoptionView view = restored({ inside("a", { "ana" }, used) }, {});
    view.late = true;
    const AdoptionStep step = only(view);
    QCOMPARE(step.verdict, AdoptionVerdict::keep);
    QVERIFY(isOpen(step, 1, "ana"));
    QVERIFY(step.row.desktop.incarnation.drainingAt.has_value());
}

void TstAdoptSeats::theCounterIsAboveEverySession_R3()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    AgentWord word = wordOf(described(a), { says(1, "ana", connected) });
    word.seats.front().epoch = Epoch(900);
    QCOMPARE(namedEpoch(Epoch(70), {}, { word }), Epoch(900));
}

void TstAdoptSeats::whatCannotBePutRight_data()
{
    QTest::addColumn<Lie>("lie");
    const auto row = [](const char* name, Lie lie) { QTest::newRow(name) << lie; };
    row("another lease", [](AgentWord& word) { word.seats[0].lease = LeaseId("another"); });
    row("another user", [](AgentWord& word) { word.seats[0].user = UserId("cleo"); });
    row("nobody's", [](AgentWord& word) { word.seats[1].lease = {}; });
    row("a stranger's", [](AgentWord& word) { word.seats[1].user = UserId("stranger"); });
    row("of a user who is not named", [](AgentWord& word) { word.seats[1].user = {}; });
    row("twice", [](AgentWord& word) { word.seats[1] = word.seats[0]; });
    row("account 0", [](AgentWord& word) { word.seats[1].seat = 0; });
    row("an account that cannot be", [](AgentWord& word) { word.seats[1].seat = 17; });
    row("an epoch that cannot be",
        [](AgentWord& word) { word.seats[1].epoch = Epoch(epochsAhead * 2); });
    row("another certificate", [](AgentWord& word) { word.certificateSha256 = "another"; });
    row("a lease of the database twice",
        [](AgentWord& word) { word.seats[1].lease = word.seats[0].lease; });
    row("a lost lease twice", [](AgentWord& word) {
        word.seats.push_back(says(3, "cleo", connected));
        word.seats[2].lease = word.seats[1].lease;
    });
    row("more than there is room for", [](AgentWord& word) {
        for (std::int64_t seat : { 3, 4, 5 }) {
            word.seats.push_back(says(seat, "cleo", connected));
            word.seats.back().lease = LeaseId("lease-" + std::to_string(seat));
        }
    });
    row("an epoch above the agent's own", [](AgentWord& word) { word.seats[1].epoch = Epoch(61); });
    row("no epoch", [](AgentWord& word) { word.seats[1].epoch = Epoch(0); });
}

void TstAdoptSeats::whatCannotBePutRight()
{
    QFETCH(Lie, lie);
    const DesktopRow a = inside("a", { "ana" }, used);
    AgentWord word = wordOf(described(a), { says(1, "ana", connected), says(2, "ben", connected) });
    QCOMPARE(only(restored({ a }, { word })).verdict, AdoptionVerdict::remake);
    lie(word);
    const AdoptionStep step = only(restored({ a }, { word }));
    QCOMPARE(step.verdict, AdoptionVerdict::quarantine);
    QVERIFY(step.row.desktop.quarantinedAt && !step.row.desktop.quarantineReason.empty());
    QVERIFY(isOpen(step, 1, "ana")); // who is known is told what is the matter
    QCOMPARE(usedSeats(step.row), std::int64_t(1));
    QCOMPARE(leaseOfSeat(step.row, 1)->epoch, Epoch(11));
    QVERIFY(!step.row.desktop.incarnation.endingAt); // R5
}

void TstAdoptSeats::anAgentThatDoesNotTellItsSessions_R5()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    AgentWord word = wordOf(described(a), {});
    word.session = connected;
    const AdoptionStep step = only(restored({ a }, { word }));
    QCOMPARE(step.verdict, AdoptionVerdict::quarantine);
    QVERIFY(!step.row.desktop.incarnation.endingAt);
}

void TstAdoptSeats::aRefusedStepKeepsWhatTheDatabaseHad()
{
    const DesktopRow a = inside("a", { "ana" }, used);
    const AdoptionStep step = only(restored(
        { a }, { wordOf(described(a), { says(1, "ana", connected), says(2, "ben", connected) }) }));
    const AdoptionStep aside = setAside(step, "its lease belongs to another desktop", at(now));
    QVERIFY(isOpen(aside, 1, "ana"));
    QCOMPARE(usedSeats(aside.row), std::int64_t(1));
    QVERIFY(!aside.row.desktop.incarnation.endingAt);
}

QTEST_GUILESS_MAIN(TstAdoptSeats)
#include "tst_adoptseats.moc"
