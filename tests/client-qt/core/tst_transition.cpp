// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include "client-qt/core/words.h"

#include <QtTest>
#include <algorithm>
#include <map>

using namespace wardesk;
using namespace wardesk::client;

namespace {

const std::string freshKey = "key-2";

/// "." nothing happens at all; "=" the stage stays but something is said or done; else the stage it
/// leads to. Columns: the states of samples.h in their order.
const std::map<std::string, std::vector<std::string>> table {
    // clang-format off
    //                   SO    SI    LO    CH    CA    CW    CO    SH    RW    RC    RA    RO    LV    EN    MV
    { "signIn",        { "SI", ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "choose",        { ".",  ".",  ".",  "CA", ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "refresh",       { ".",  ".",  ".",  "=",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "seen",          { ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "cancel",        { ".",  "SO", "SO", ".",  "CH", "CH", "CH", ".",  "CH", "CH", "CH", "CH", ".",  ".",  "." } },
    { "disconnect",    { ".",  ".",  ".",  ".",  ".",  ".",  ".",  "LV", "LV", "LV", "LV", "LV", ".",  ".",  "." } },
    { "logoff",        { ".",  ".",  ".",  ".",  ".",  ".",  ".",  "LV", "LV", "LV", "LV", "LV", ".",  ".",  "." } },
    { "restart",       { ".",  ".",  ".",  ".",  ".",  ".",  ".",  "LV", "LV", "LV", "LV", "LV", ".",  ".",  "." } },
    { "signOut",       { ".",  "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO" } },
    { "back",          { ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "CH", "CH" } },
    { "reopen",        { ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "CA", "CA" } },
    { "signInDone",    { ".",  "LO", ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "signInFailed",  { ".",  "SO", ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "oneTile",       { ".",  ".",  "CA", "=",  ".",  ".",  ".",  ".",  ".",  "RA", ".",  ".",  ".",  ".",  "." } },
    { "twoTiles",      { ".",  ".",  "CH", "=",  ".",  ".",  ".",  ".",  ".",  "EN", ".",  ".",  ".",  ".",  "." } },
    { "tilesFailed",   { ".",  ".",  "CH", "=",  ".",  ".",  ".",  ".",  ".",  "RW", ".",  ".",  ".",  ".",  "." } },
    { "tilesExpired",  { ".",  ".",  "SO", "SO", ".",  ".",  ".",  ".",  ".",  "SO", ".",  ".",  ".",  ".",  "." } },
    { "preparing",     { ".",  ".",  ".",  ".",  "CW", ".",  ".",  ".",  ".",  ".",  "RW", ".",  ".",  ".",  "." } },
    { "ready",         { ".",  ".",  ".",  ".",  "CO", ".",  ".",  ".",  ".",  ".",  "RO", ".",  ".",  ".",  "." } },
    { "connectAway",   { ".",  ".",  ".",  ".",  "CW", ".",  ".",  ".",  ".",  ".",  "RW", ".",  ".",  ".",  "." } },
    { "connectFull",   { ".",  ".",  ".",  ".",  "CH", ".",  ".",  ".",  ".",  ".",  "EN", ".",  ".",  ".",  "." } },
    { "connectExpired",{ ".",  ".",  ".",  ".",  "SO", ".",  ".",  ".",  ".",  ".",  "SO", ".",  ".",  ".",  "." } },
    { "credential",    { ".",  ".",  ".",  ".",  ".",  ".",  "=",  ".",  ".",  ".",  ".",  "=",  ".",  ".",  "." } },
    { "redeemFailed",  { ".",  ".",  ".",  ".",  ".",  ".",  "CW", ".",  ".",  ".",  ".",  "RW", ".",  ".",  "." } },
    { "redeemExpired", { ".",  ".",  ".",  ".",  ".",  ".",  "SO", ".",  ".",  ".",  ".",  "SO", ".",  ".",  "." } },
    { "commandDone",   { ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "CH", ".",  "." } },
    { "commandFailed", { ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "CH", ".",  "." } },
    { "commandExpired",{ ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "SO", ".",  "." } },
    { "changed",       { ".",  ".",  ".",  "=",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "moved",         { ".",  ".",  ".",  ".",  "MV", "MV", "MV", "MV", "MV", "MV", "MV", "MV", ".",  ".",  "." } },
    { "ended",         { ".",  ".",  ".",  ".",  "EN", "EN", "EN", "EN", "EN", "EN", "EN", "EN", ".",  ".",  "." } },
    { "ending",        { ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  ".",  "." } },
    { "revoked",       { ".",  ".",  "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO", "SO" } },
    { "connected",     { ".",  ".",  ".",  ".",  ".",  ".",  "=",  ".",  ".",  ".",  ".",  "=",  ".",  ".",  "." } },
    { "firstFrame",    { ".",  ".",  ".",  ".",  ".",  ".",  "SH", ".",  ".",  ".",  ".",  "SH", ".",  ".",  "." } },
    { "lost",          { ".",  ".",  ".",  ".",  ".",  ".",  "CW", "RW", ".",  ".",  ".",  "RW", ".",  ".",  "." } },
    { "crashed",       { ".",  ".",  ".",  ".",  ".",  ".",  "CW", "RA", ".",  ".",  ".",  "RW", ".",  ".",  "." } },
    { "timer",         { ".",  ".",  ".",  ".",  ".",  "CA", "CW", ".",  "RC", ".",  ".",  "RW", ".",  ".",  "." } },
    // clang-format on
};

template <typename T> const T* find(const Step& step)
{
    for (const Effect& effect : step.effects) {
        if (const T* found = std::get_if<T>(&effect))
            return found;
    }
    return nullptr;
}

template <typename T> bool has(const Step& step)
{
    return find<T>(step) != nullptr;
}

std::string fingerprintOf(const FlowState& state)
{
    std::string text = samples::code(state) + std::to_string(state.attempt) + state.user
        + state.displayName + state.pool + state.poolName + state.key + state.lease
        + state.fingerprint + std::to_string(state.failures) + (state.mustCheck ? "c" : "")
        + (state.isConnected ? "i" : "") + state.progress
        + (state.notice ? state.notice->text : "-");
    for (const auto& tile : state.tiles)
        text += tile.pool + std::to_string(static_cast<int>(tile.state)) + tile.lease.value_or("-");
    return text;
}

Step step(FlowState state, const FlowEvent& event)
{
    return transition(std::move(state), event, freshKey);
}

/// The event with the attempt of something long past.
FlowEvent outdated(FlowEvent event)
{
    std::visit(
        [](auto& value) {
            if constexpr (requires { value.attempt; })
                value.attempt = samples::now - 1;
        },
        event);
    return event;
}

bool carriesAttempt(const FlowEvent& event)
{
    return std::visit(
        [](const auto& value) {
            return requires
            {
                value.attempt;
            };
        },
        event);
}

}

class TransitionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyStateMeetsEveryEvent();
    void outdatedAnswersAreDropped();
    void signedOutKeepsNothingOfAPerson();
    void kioskReturnsToTheSignInPage();
    void anAnnouncedEndIsKnownUntilItIsTakenBack();
    void abandonedKioskSignsOut();
    void cancelledDesktopsAreGivenBack();
    void progressRetryKeepsTheKey();
    void newAttemptTakesANewKey();
    void handshakeAndTicketRunSideBySide();
    void credentialForAnotherCertificateIsNotGiven();
    void connectingGivesUpAfterThreeTries();
    void reconnectingOutlivesALongCut();
    void cutLineIsCheckedBeforeConnecting();
    void blankDesktopIsShownAfterAll();
    void replacedSessionIsNotPulledBack();
    void crashReconnectsAtOnceAndKeepsThePicture();
    void reconnectingAsksForTheOwnSessionOnly();
    void foreignLeaseIsGivenBack();
    void incompleteAnswerIsRefused();
    void foreignEventsAreIgnored();
    void wantedPoolIsOpenedAtOnce();
    void restartConnectsAfresh();
    void noticeOfTheBrokersAbsenceGoesWithIt();
    void ownDesktopThatCannotBeOpenedMayBeRestarted();
    void unavailableDesktopIsNotOpened();
    void retryAfterOfTheBrokerIsObeyed();
    void everyErrorHasASentence();
};

void TransitionTest::everyStateMeetsEveryEvent()
{
    const auto states = samples::states();
    const auto events = samples::events();
    QCOMPARE(events.size(), table.size());
    for (const auto& [name, event] : events) {
        const auto& row = table.at(name);
        QCOMPARE(row.size(), states.size());
        for (std::size_t i = 0; i < states.size(); ++i) {
            const Step result = step(states[i], event);
            const bool isQuiet
                = fingerprintOf(result.state) == fingerprintOf(states[i]) && result.effects.empty();
            std::string cell = samples::code(result.state);
            if (cell == samples::code(states[i]))
                cell = isQuiet ? "." : "=";
            const std::string where = samples::code(states[i]) + " x " + name;
            QVERIFY2(cell == row[i], (where + " leads to " + cell + ", not to " + row[i]).c_str());
        }
    }
}

void TransitionTest::outdatedAnswersAreDropped()
{
    for (const FlowState& state : samples::states()) {
        for (const auto& [name, event] : samples::events()) {
            if (!carriesAttempt(event))
                continue;
            if (state.stage == Stage::choosing && name == "ready")
                continue; // cancelledDesktopsAreGivenBack
            const Step result = step(state, outdated(event));
            QVERIFY2(fingerprintOf(result.state) == fingerprintOf(state) && result.effects.empty(),
                (samples::code(state) + " x old " + name).c_str());
        }
    }
}

void TransitionTest::signedOutKeepsNothingOfAPerson()
{
    for (const FlowState& state : samples::states()) {
        if (state.stage == Stage::signedOut)
            continue;
        const Step result = step(state, SignOutRequested {});
        QVERIFY(result.state.user.empty() && result.state.displayName.empty());
        QVERIFY(
            result.state.tiles.empty() && result.state.pool.empty() && result.state.lease.empty());
        QVERIFY(result.state.key.empty() && !result.state.notice);
        QVERIFY(has<SendSignOut>(result));
        const auto* close = find<CloseDesktop>(result);
        QVERIFY(close != nullptr && close->frames == Frames::clear);
    }
}

void TransitionTest::kioskReturnsToTheSignInPage()
{
    auto leaving = samples::base(Stage::leaving);
    leaving.mode = Mode::kiosk;
    for (const LeaseAction action : { LeaseAction::disconnect, LeaseAction::logoff }) {
        leaving.leaving = action;
        for (const FlowEvent& event : { FlowEvent(LeaseCommandDone { samples::now }),
                 FlowEvent(LeaseCommandFailed { samples::now, {} }) }) {
            const Step result = step(leaving, event);
            QCOMPARE(result.state.stage, Stage::signedOut);
            QVERIFY(has<SendSignOut>(result));
            QVERIFY(result.state.notice && !result.state.notice->text.empty());
        }
    }
    auto showing = samples::base(Stage::showing);
    showing.mode = Mode::kiosk;
    for (const auto kind : { wire::EventKind::sessionEnded, wire::EventKind::sessionMoved }) {
        const Step result = step(showing, BrokerEvent { samples::told(kind) });
        QCOMPARE(result.state.stage, Stage::signedOut);
        QVERIFY(has<SendSignOut>(result));
    }
}

void TransitionTest::anAnnouncedEndIsKnownUntilItIsTakenBack()
{
    auto event = samples::told(wire::EventKind::sessionEnding);
    event.message = "IT renews your desktop.";
    event.endsInMs = 600'000;
    const Step first = step(samples::base(Stage::showing), BrokerEvent { event });
    QVERIFY(first.state.ending);
    QCOMPARE(first.state.ending->endsInMs, std::int64_t(600'000));
    QCOMPARE(first.state.ending->lease, first.state.lease);
    QCOMPARE(first.state.stage, Stage::showing);
    event.endsInMs = 570'000;
    const Step second = step(first.state, BrokerEvent { event });
    QVERIFY(second.state.ending->told > first.state.ending->told);
    auto other = event;
    other.lease = "another";
    other.endsInMs.reset();
    QVERIFY(step(second.state, BrokerEvent { other }).state.ending == second.state.ending);
    event.endsInMs.reset();
    QVERIFY(!step(second.state, BrokerEvent { event }).state.ending);
    const auto text = [](std::int64_t left) {
        return QString::fromStdString(endingText("IT renews your desktop.", left));
    };
    QCOMPARE(text(600'000), QStringLiteral("IT renews your desktop. 9 minutes are left."));
    QCOMPARE(text(119'000), QStringLiteral("IT renews your desktop. 1 minute is left."));
    QCOMPARE(text(59'000), QStringLiteral("IT renews your desktop. Less than a minute is left."));
    QCOMPARE(text(0), QStringLiteral("IT renews your desktop. It ends now."));
}

void TransitionTest::abandonedKioskSignsOut()
{
    auto loading = samples::base(Stage::loading);
    loading.mode = Mode::kiosk;
    loading.idleSignOutMs = 90'000;
    const std::vector<wire::DesktopTile> two { samples::tile("a", wire::TileState::available),
        samples::tile("b", wire::TileState::available) };
    const Step shown = step(loading, TilesArrived { samples::now, two });
    QCOMPARE(shown.state.stage, Stage::choosing);
    QVERIFY(has<StartTimer>(shown));
    QCOMPARE(find<StartTimer>(shown)->milliseconds, 90'000);

    const Step seen = step(shown.state, PersonSeen {}); // the time begins anew
    QCOMPARE(find<StartTimer>(seen)->milliseconds, 90'000);
    const Step left = step(seen.state, TimerFired { find<StartTimer>(seen)->attempt });
    QCOMPARE(left.state.stage, Stage::signedOut);
    QVERIFY(has<SendSignOut>(left));
    QVERIFY(left.state.tiles.empty() && left.state.user.empty());
    QVERIFY(left.state.notice && !left.state.notice->text.empty());

    // Whoever chose something in time is not thrown out of it.
    const Step chosen = step(shown.state, DesktopChosen { "a" });
    const Step late = step(chosen.state, TimerFired { find<StartTimer>(shown)->attempt });
    QCOMPARE(late.state.stage, Stage::connecting);

    loading.idleSignOutMs = 0;
    QVERIFY(!has<StartTimer>(step(loading, TilesArrived { samples::now, two })));
    loading.idleSignOutMs = 90'000;
    loading.mode = Mode::personal; // its user locks it otherwise
    QVERIFY(!has<StartTimer>(step(loading, TilesArrived { samples::now, two })));
}

void TransitionTest::cancelledDesktopsAreGivenBack()
{
    const auto isGivenBack = [](const Step& result) {
        const auto* command = find<SendLeaseCommand>(result);
        return command != nullptr && command->action == LeaseAction::giveBack
            && command->lease == "lease-1";
    };
    for (const Phase phase : { Phase::asking, Phase::waiting, Phase::opening }) {
        auto connecting = samples::base(Stage::connecting, phase);
        const Step personal = step(connecting, CancelRequested {});
        QVERIFY(isGivenBack(personal));
        QCOMPARE(personal.state.stage, Stage::choosing);
        connecting.mode = Mode::kiosk; // a sign-out would abandon the request
        const Step kiosk = step(connecting, CancelRequested {});
        QVERIFY(isGivenBack(kiosk));
        QCOMPARE(kiosk.state.stage, Stage::leaving);
        for (const FlowEvent& answer : { FlowEvent(LeaseCommandDone { kiosk.state.attempt }),
                 FlowEvent(LeaseCommandFailed { kiosk.state.attempt, { Errc::conflict, {} } }) }) {
            const Step gone = step(kiosk.state, answer);
            QCOMPARE(gone.state.stage, Stage::signedOut);
            QVERIFY(has<SendSignOut>(gone));
        }
        connecting.lease.clear(); // nothing was granted
        QVERIFY(!has<SendLeaseCommand>(step(connecting, CancelRequested {})));
    }
    // Granted while the person cancelled.
    const Step late = step(
        samples::base(Stage::choosing), ConnectAnswered { samples::now - 1, samples::ready() });
    QVERIFY(isGivenBack(late));
    QCOMPARE(late.state.stage, Stage::choosing);
    // What was shown once is never given back like that.
    QVERIFY(!has<SendLeaseCommand>(
        step(samples::base(Stage::reconnecting, Phase::opening), CancelRequested {})));
}

// R9: a retry of the same request carries the same key.
void TransitionTest::progressRetryKeepsTheKey()
{
    Step current = step(samples::base(Stage::choosing), DesktopChosen { "a" });
    QCOMPARE(find<SendConnect>(current)->key, freshKey);
    for (int i = 0; i < 5; ++i) {
        const FlowEvent answer = i % 2 == 0
            ? FlowEvent(ConnectAnswered { current.state.attempt, samples::preparing() })
            : FlowEvent(ConnectFailed { current.state.attempt, { Errc::timeout, {} }, 0 });
        current = transition(current.state, answer, "key-other");
        QVERIFY(has<StartTimer>(current));
        if (i == 0) {
            QCOMPARE(current.state.progress, std::string("Starting your desktop…"));
            QCOMPARE(find<StartTimer>(current)->milliseconds, 700);
        }
        current = transition(current.state, TimerFired { current.state.attempt }, "key-another");
        QCOMPARE(find<SendConnect>(current)->key, freshKey);
    }
}

// R9, S1: what comes after a spent ticket is a new request.
void TransitionTest::newAttemptTakesANewKey()
{
    const auto opening = samples::base(Stage::connecting, Phase::opening);
    for (const FlowEvent& event : { FlowEvent(RedeemFailed { samples::now, { Errc::stale, {} } }),
             FlowEvent(DesktopLost { samples::now, { Errc::unavailable, {} } }),
             FlowEvent(ViewerCrashed { samples::now }), FlowEvent(TimerFired { samples::now }) }) {
        const Step failed = step(opening, event);
        QVERIFY(has<CloseDesktop>(failed));
        const Step again = transition(failed.state, TimerFired { failed.state.attempt }, "key-3");
        QVERIFY(has<SendConnect>(again));
        QCOMPARE(find<SendConnect>(again)->key, freshKey);
        QVERIFY(find<SendConnect>(again)->attempt != samples::now);
    }
}

void TransitionTest::handshakeAndTicketRunSideBySide()
{
    const Step result = step(samples::base(Stage::connecting, Phase::asking),
        ConnectAnswered { samples::now, samples::ready() });
    const auto* open = find<OpenDesktop>(result);
    QVERIFY(open != nullptr);
    QCOMPARE(open->address, std::string("10.0.0.9"));
    QCOMPARE(open->fingerprint, std::string("f00d"));
    QVERIFY(open->clipboard);
    QVERIFY(has<RedeemTicket>(result) && has<StartTimer>(result));
    QVERIFY(!has<GiveCredential>(result));

    auto withoutPolicy = samples::ready();
    withoutPolicy.policy.reset(); // S6: off unless the pool allows it
    const Step strict = step(samples::base(Stage::connecting, Phase::asking),
        ConnectAnswered { samples::now, withoutPolicy });
    QVERIFY(!find<OpenDesktop>(strict)->clipboard);
}

// S3, S5
void TransitionTest::credentialForAnotherCertificateIsNotGiven()
{
    for (const Stage stage : { Stage::connecting, Stage::reconnecting }) {
        const Step result = step(samples::base(stage, Phase::opening),
            CredentialArrived { samples::now, "ward", Secret("once"), "beef" });
        QVERIFY(!has<GiveCredential>(result));
        QVERIFY(has<CloseDesktop>(result));
        QVERIFY(result.state.stage == Stage::choosing || result.state.stage == Stage::ended);
        QVERIFY(result.state.notice->text.find("trust") != std::string::npos);
    }
}

void TransitionTest::connectingGivesUpAfterThreeTries()
{
    FlowState state = samples::base(Stage::connecting, Phase::asking);
    for (int i = 0; i < 3; ++i) {
        state = step(state, ConnectAnswered { state.attempt, samples::ready() }).state;
        QCOMPARE(state.phase, Phase::opening);
        state = step(state, DesktopLost { state.attempt, { Errc::unavailable, "gone" } }).state;
        if (i < 2) {
            QCOMPARE(state.phase, Phase::waiting);
            state = step(state, TimerFired { state.attempt }).state;
        }
    }
    QCOMPARE(state.stage, Stage::choosing);
    QCOMPARE(state.notice->text, std::string("gone"));
}

// R7, R8: nobody is thrown out because something is away for a while.
void TransitionTest::reconnectingOutlivesALongCut()
{
    FlowState state
        = step(samples::base(Stage::showing), DesktopLost { samples::now, { Errc::timeout, {} } })
              .state;
    for (int i = 0; i < 100; ++i) {
        state = step(state, TimerFired { state.attempt }).state;
        QCOMPARE(state.phase, Phase::checking);
        state = step(state, TilesFailed { state.attempt, { Errc::unavailable, {} } }).state;
        QCOMPARE(state.stage, Stage::reconnecting);
        QCOMPARE(state.phase, Phase::waiting);
        QCOMPARE(pageOf(state), Page::desktop);
    }
    // A viewer that dies on every start is another matter: say so in the end.
    state = step(samples::base(Stage::showing), ViewerCrashed { samples::now }).state;
    int rounds = 0;
    while (state.stage == Stage::reconnecting && rounds < 50) {
        if (state.phase == Phase::waiting)
            state = step(state, TimerFired { state.attempt }).state;
        else if (state.phase == Phase::checking)
            state = step(state,
                TilesArrived {
                    state.attempt, { samples::tile("a", wire::TileState::running, "lease-1") } })
                        .state;
        else if (state.phase == Phase::asking)
            state = step(state, ConnectAnswered { state.attempt, samples::ready() }).state;
        else {
            state = step(state, ViewerCrashed { state.attempt }).state;
            ++rounds;
        }
    }
    QCOMPARE(state.stage, Stage::ended);
    QCOMPARE(rounds, 6);
}

// A log-off inside the desktop and a cut line look alike: never fetch a new desktop for somebody
// who logged off.
void TransitionTest::cutLineIsCheckedBeforeConnecting()
{
    const Step lost = step(
        samples::base(Stage::showing), DesktopLost { samples::now, { Errc::unavailable, {} } });
    QVERIFY(!has<SendConnect>(lost) && has<StartTimer>(lost));
    QCOMPARE(find<CloseDesktop>(lost)->frames, Frames::keep);
    const Step checking = step(lost.state, TimerFired { lost.state.attempt });
    QVERIFY(has<FetchTiles>(checking) && !has<SendConnect>(checking));
    const Step gone = step(checking.state,
        TilesArrived {
            checking.state.attempt, { samples::tile("a", wire::TileState::available) } });
    QCOMPARE(gone.state.stage, Stage::ended);
    QCOMPARE(find<CloseDesktop>(gone)->frames, Frames::clear);
    QVERIFY(!has<SendConnect>(gone));
}

// A desktop whose programs wait for something draws nothing: that is no reason to hang up.
void TransitionTest::blankDesktopIsShownAfterAll()
{
    const Step connected
        = step(samples::base(Stage::connecting, Phase::opening), DesktopConnected { samples::now });
    QVERIFY(has<StartTimer>(connected));
    const Step shown = step(connected.state, TimerFired { samples::now });
    QCOMPARE(shown.state.stage, Stage::showing);
    QVERIFY(!has<CloseDesktop>(shown));
    // A credential that was refused in the meantime is a failure as before.
    const Step refused
        = step(connected.state, DesktopLost { samples::now, { Errc::wrongCredentials, {} } });
    QCOMPARE(refused.state.phase, Phase::waiting);
    const Step again = step(step(refused.state, TimerFired { refused.state.attempt }).state,
        ConnectAnswered { refused.state.attempt, samples::ready() });
    QVERIFY(!again.state.isConnected);
}

void TransitionTest::replacedSessionIsNotPulledBack()
{
    for (const FlowState& state :
        { samples::base(Stage::showing), samples::base(Stage::reconnecting, Phase::opening) }) {
        const Step result = step(state, DesktopLost { samples::now, { Errc::conflict, {} } });
        QCOMPARE(result.state.stage, Stage::moved);
        QVERIFY(!has<SendConnect>(result) && !has<StartTimer>(result));
    }
}

// S9
void TransitionTest::crashReconnectsAtOnceAndKeepsThePicture()
{
    const Step result = step(samples::base(Stage::showing), ViewerCrashed { samples::now });
    QCOMPARE(result.state.stage, Stage::reconnecting);
    QCOMPARE(pageOf(result.state), Page::desktop);
    QCOMPARE(find<CloseDesktop>(result)->frames, Frames::keep);
    QCOMPARE(find<SendConnect>(result)->key, freshKey);
    QCOMPARE(find<SendConnect>(result)->pool, std::string("a"));
}

// R7: only who opens a desktop may be given another one.
void TransitionTest::reconnectingAsksForTheOwnSessionOnly()
{
    const Step result = step(samples::base(Stage::showing), ViewerCrashed { samples::now });
    QVERIFY(find<SendConnect>(result)->resumeOnly);
    const Step ended = step(result.state,
        ConnectFailed { result.state.attempt, { Errc::stale, "Your session has ended." }, 0 });
    QCOMPARE(ended.state.stage, Stage::ended);
    const Step waits = step(result.state,
        ConnectFailed { result.state.attempt, { Errc::unavailable, "The machine is away." }, 0 });
    QCOMPARE(waits.state.stage, Stage::reconnecting);
    QVERIFY(waits.state.progress.find("The machine is away.") != std::string::npos);
    Step opened = step(samples::base(Stage::choosing),
        TilesArrived { samples::now, { samples::tile("a", wire::TileState::available) } });
    opened = step(opened.state, DesktopChosen { "a" });
    QVERIFY(has<SendConnect>(opened) && !find<SendConnect>(opened)->resumeOnly);
}

void TransitionTest::foreignLeaseIsGivenBack()
{
    const Step result = step(samples::base(Stage::reconnecting, Phase::asking),
        ConnectAnswered { samples::now, samples::ready("lease-2") });
    QCOMPARE(result.state.stage, Stage::ended);
    QVERIFY(!has<OpenDesktop>(result));
    QCOMPARE(find<SendLeaseCommand>(result)->lease, std::string("lease-2"));
    QCOMPARE(find<SendLeaseCommand>(result)->action, LeaseAction::logoff);
}

void TransitionTest::incompleteAnswerIsRefused()
{
    std::vector<wire::Connection> answers(5, samples::ready());
    answers[0].ticket.reset();
    answers[1].desktop.reset();
    answers[2].lease.reset();
    answers[3].desktop->certificateSha256.clear(); // S3: no pin, no connection
    answers[4].desktop->port = 70000;
    for (const auto& answer : answers) {
        const Step result = step(samples::base(Stage::connecting, Phase::asking),
            ConnectAnswered { samples::now, answer });
        QCOMPARE(result.state.stage, Stage::choosing);
        QVERIFY(!has<OpenDesktop>(result) && !has<RedeemTicket>(result));
        QCOMPARE(result.state.notice->kind, NoticeKind::problem);
    }
}

void TransitionTest::foreignEventsAreIgnored()
{
    for (const auto kind : { wire::EventKind::sessionEnded, wire::EventKind::sessionMoved }) {
        wire::Event event = samples::told(kind);
        event.lease = "lease-9";
        QCOMPARE(
            step(samples::base(Stage::showing), BrokerEvent { event }).state.stage, Stage::showing);
        event.lease.reset();
        QCOMPARE(
            step(samples::base(Stage::showing), BrokerEvent { event }).state.stage, Stage::showing);
    }
}

void TransitionTest::wantedPoolIsOpenedAtOnce()
{
    FlowState state = samples::base(Stage::loading);
    state.wantedPool = "Ward b";
    const std::vector tiles { samples::tile("a", wire::TileState::available),
        samples::tile("b", wire::TileState::available) };
    const Step found = step(state, TilesArrived { samples::now, tiles });
    QCOMPARE(found.state.stage, Stage::connecting);
    QCOMPARE(find<SendConnect>(found)->pool, std::string("b"));

    state.wantedPool = "Ward z";
    const Step missing = step(state, TilesArrived { samples::now, tiles });
    QCOMPARE(missing.state.stage, Stage::choosing);
    QVERIFY(missing.state.notice->text.find("Ward z") != std::string::npos);
}

void TransitionTest::restartConnectsAfresh()
{
    const Step asked = step(samples::base(Stage::showing), RestartRequested {});
    QCOMPARE(find<SendLeaseCommand>(asked)->action, LeaseAction::restart);
    const Step done = step(asked.state, LeaseCommandDone { asked.state.attempt });
    QCOMPARE(done.state.stage, Stage::connecting);
    QVERIFY(done.state.lease.empty());
    QCOMPARE(find<SendConnect>(done)->key, freshKey);
}

void TransitionTest::noticeOfTheBrokersAbsenceGoesWithIt()
{
    const std::vector tiles { samples::tile("a", wire::TileState::available) };
    const Error away { Errc::unavailable, {} };
    const Step failed = step(samples::base(Stage::choosing), TilesFailed { samples::now, away });
    QVERIFY(failed.state.notice);
    QVERIFY(!step(failed.state, TilesArrived { samples::now, tiles }).state.notice);

    FlowState told = samples::base(Stage::choosing);
    told.notice = Notice { .kind = NoticeKind::information, .text = "You are logged off." };
    QVERIFY(step(told, TilesArrived { samples::now, tiles }).state.notice); // is still to be read
}

// R7
void TransitionTest::ownDesktopThatCannotBeOpenedMayBeRestarted()
{
    FlowState state = samples::base(Stage::choosing);
    state.tiles = { samples::tile("a", wire::TileState::unavailable, "lease-1") };
    QVERIFY(restartOffer(state) == nullptr); // nobody asked for it yet
    const Step refused = step(state, DesktopChosen { "a" });
    QVERIFY(restartOffer(refused.state) != nullptr);
    const Step restarting = step(refused.state, RestartRequested {});
    QCOMPARE(restarting.state.stage, Stage::leaving);
    QCOMPARE(find<SendLeaseCommand>(restarting)->lease, std::string("lease-1"));
    QCOMPARE(find<SendLeaseCommand>(restarting)->action, LeaseAction::restart);
    const Step done = step(restarting.state, LeaseCommandDone { restarting.state.attempt });
    QCOMPARE(find<SendConnect>(done)->pool, std::string("a"));

    FlowState hopeless = samples::base(Stage::connecting, Phase::asking);
    const Step failed = step(
        hopeless, ConnectFailed { samples::now, Error { Errc::untrusted, "not the one" }, 0 });
    QCOMPARE(failed.state.stage, Stage::choosing);
    QVERIFY(restartOffer(failed.state) == nullptr); // no session: nothing to restart
    const std::vector tiles { samples::tile("a", wire::TileState::running, "lease-1") };
    const Step told = step(failed.state, TilesArrived { failed.state.attempt, tiles });
    QVERIFY(restartOffer(told.state) != nullptr);

    state.tiles[0].lease.reset();
    const Step foreign = step(state, DesktopChosen { "a" });
    QVERIFY(restartOffer(foreign.state) == nullptr);
    QVERIFY(step(foreign.state, RestartRequested {}).effects.empty());
}

void TransitionTest::unavailableDesktopIsNotOpened()
{
    FlowState state = samples::base(Stage::choosing);
    state.tiles[0].state = wire::TileState::unavailable;
    state.tiles[0].message = "Held by IT until noon.";
    const Step result = step(state, DesktopChosen { "a" });
    QCOMPARE(result.state.stage, Stage::choosing);
    QCOMPARE(result.state.notice->text, std::string("Held by IT until noon."));
    QVERIFY(result.effects.empty());
}

// R13
void TransitionTest::retryAfterOfTheBrokerIsObeyed()
{
    const Step result = step(samples::base(Stage::connecting, Phase::asking),
        ConnectFailed { samples::now, { Errc::overloaded, "busy" }, 3000 });
    QCOMPARE(find<StartTimer>(result)->milliseconds, 3000);
    QVERIFY(result.state.progress.starts_with("busy"));
}

void TransitionTest::everyErrorHasASentence()
{
    for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
        const std::string text = explain({ static_cast<Errc>(code), {} });
        QVERIFY(text.size() > 20 && text.ends_with('.'));
    }
    QCOMPARE(explain({ Errc::internal, "said by the broker" }), std::string("said by the broker"));
    QCOMPARE(asProgress("starting your desktop..."), std::string("Starting your desktop…"));
    QCOMPARE(asProgress("Waiting…"), std::string("Waiting…"));
}

QTEST_GUILESS_MAIN(TransitionTest)
#include "tst_transition.moc"
