// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/core/transition.h"

#include "client-qt/core/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wardesk::client {

namespace {

/// From the answer "ready" to the first frame. A session that must be started takes 3.2 s on an
/// idle host.
constexpr int openingLimitMs = 20'000;
/// The broker's "your session moved" or "ended" travels on another connection than the desktop's
/// hang-up: let it arrive before the hang-up is taken for a cut line, or two terminals would pull
/// one session to and fro.
constexpr int graceMs = 250;
/// A desktop whose programs draw nothing yet has no first picture. It is shown as it is after this:
/// longer than a refused credential (0.6 s) or a new session (3.2 s) needs to be told apart from
/// it.
constexpr int blankMs = 4000;
constexpr int defaultPollMs = 500;
constexpr int connectTries = 3;
constexpr int reconnectTries = 6;

bool isWorthRetrying(Errc code)
{
    switch (code) {
    case Errc::preparing:
    case Errc::overloaded:
    case Errc::unavailable:
    case Errc::timeout:
        return true;
    case Errc::invalidArgument:
    case Errc::unauthenticated:
    case Errc::wrongCredentials:
    case Errc::forbidden:
    case Errc::notFound:
    case Errc::conflict:
    case Errc::poolFull:
    case Errc::stale:
    case Errc::tooLarge:
    case Errc::tooMany:
    case Errc::storageFull:
    case Errc::untrusted:
    case Errc::internal:
        break;
    }
    return false;
}

int backoffMs(int failures)
{
    constexpr std::array steps { 250, 500, 1000, 2000, 4000 };
    return steps[static_cast<std::size_t>(
        std::clamp(failures - 1, 0, static_cast<int>(steps.size()) - 1))];
}

Notice problem(std::string text)
{
    return { .kind = NoticeKind::problem, .text = std::move(text) };
}
Notice information(std::string text)
{
    return { .kind = NoticeKind::information, .text = std::move(text) };
}

/// One transition under way: the state, what to do, and the key to use should a new connect request
/// begin.
class Machine
{
public:
    Machine(FlowState state, const std::string& freshKey)
        : m_state(std::move(state))
        , m_freshKey(freshKey)
    {
    }

    Step finish() && { return { std::move(m_state), std::move(m_effects) }; }

    // People
    // ------------------------------------------------------------------------------------------------------

    void operator()(const SignInRequested& event)
    {
        if (!is(Stage::signedOut))
            return;
        if (event.user.empty() || event.password.isEmpty()) {
            m_state.notice = problem("Enter your name and your password.");
            return;
        }
        enter(Stage::signingIn);
        m_state.notice.reset();
        m_state.user = event.user;
        m_state.progress = "Signing in…";
        act(SendSignIn {
            .attempt = m_state.attempt, .user = event.user, .password = event.password });
    }

    void operator()(const DesktopChosen& event)
    {
        if (!is(Stage::choosing))
            return;
        const auto* tile = tileOf(event.pool);
        if (tile == nullptr)
            return;
        if (tile->state == wire::TileState::unavailable) {
            m_state.areTilesStale = false;
            m_state.failedPool = tile->pool;
            m_state.notice
                = problem(tile->message.empty() ? "This desktop is not available." : tile->message);
            return;
        }
        connectTo(tile->pool, tile->name);
    }

    void operator()(const RefreshRequested&)
    {
        if (!is(Stage::choosing))
            return;
        m_state.notice.reset();
        m_state.failedPool.clear();
        act(FetchTiles { m_state.attempt });
    }

    void operator()(const CancelRequested&)
    {
        if (is(Stage::signingIn) || is(Stage::loading))
            signOut({});
        else if (is(Stage::connecting) && !m_state.lease.empty() && m_state.mode == Mode::kiosk)
            beginLeaving(LeaseAction::giveBack, "Cancelling…"); // signing out would cut it short
        else if (is(Stage::connecting) || is(Stage::reconnecting)) {
            if (is(Stage::connecting) && !m_state.lease.empty())
                giveBack(m_state.lease);
            dropDesktop(Frames::clear);
            leaveTo({});
        }
    }

    void operator()(const PersonSeen&)
    {
        if (is(Stage::choosing))
            awaitPerson();
    }

    void operator()(const DisconnectRequested&)
    {
        leave(LeaseAction::disconnect, "Disconnecting…");
    }
    void operator()(const LogoffRequested&) { leave(LeaseAction::logoff, "Logging you off…"); }
    void operator()(const RestartRequested&)
    {
        if (const auto* offer = restartOffer(m_state)) {
            m_state.pool = offer->pool;
            m_state.poolName = offer->name;
            m_state.lease = *offer->lease;
            beginLeaving(LeaseAction::restart, "Restarting your desktop…");
        } else
            leave(LeaseAction::restart, "Restarting your desktop…");
    }

    void operator()(const SignOutRequested&)
    {
        if (!is(Stage::signedOut))
            signOut({});
    }

    void operator()(const BackRequested&)
    {
        if (is(Stage::ended) || is(Stage::moved))
            choose({});
    }

    void operator()(const ReopenRequested&)
    {
        if ((is(Stage::ended) || is(Stage::moved)) && !m_state.pool.empty())
            connectTo(m_state.pool, m_state.poolName);
    }

    // The broker
    // --------------------------------------------------------------------------------------------------

    void operator()(const SignInDone& event)
    {
        if (!is(Stage::signingIn) || !isCurrent(event.attempt))
            return;
        enter(Stage::loading);
        m_state.user = event.user;
        m_state.displayName = event.displayName.empty() ? event.user : event.displayName;
        m_state.progress = "Looking for your desktops…";
        // The tiles first: they are what the person waits for.
        act(FetchTiles { m_state.attempt });
        act(OpenEvents {});
    }

    void operator()(const SignInFailed& event)
    {
        if (!is(Stage::signingIn) || !isCurrent(event.attempt))
            return;
        const std::string user = m_state.user;
        forget();
        m_state.user = user; // the name may stay on the page; the password never does
        m_state.notice = problem(explain(event.error));
    }

    void operator()(const TilesArrived& event)
    {
        if (!isCurrent(event.attempt))
            return;
        if (is(Stage::choosing)) {
            m_state.tiles = event.tiles;
            if (std::exchange(m_state.areTilesStale, false))
                m_state.notice.reset(); // the broker is back
        } else if (is(Stage::loading)) {
            m_state.tiles = event.tiles;
            openAtOnceOrChoose();
        } else if (is(Stage::reconnecting) && m_state.phase == Phase::checking) {
            m_state.tiles = event.tiles;
            const auto* tile = tileOf(m_state.pool);
            if (tile != nullptr && tile->lease == m_state.lease) {
                m_state.mustCheck = false;
                ask();
            } else
                endWith(information("Your session has ended."));
        }
    }

    void operator()(const TilesFailed& event)
    {
        if (!isCurrent(event.attempt))
            return;
        const bool checking = is(Stage::reconnecting) && m_state.phase == Phase::checking;
        if (!checking && !is(Stage::choosing) && !is(Stage::loading))
            return;
        if (event.error.code == Errc::unauthenticated)
            expire();
        else if (checking)
            askLater(event.error, 0);
        else {
            if (is(Stage::loading))
                enter(Stage::choosing);
            m_state.notice = problem(explain(event.error));
            m_state.areTilesStale = true;
        }
    }

    void operator()(const ConnectAnswered& event)
    {
        const wire::Connection& answer = event.connection;
        if (!isCurrent(event.attempt) && is(Stage::choosing) && answer.lease)
            giveBack(*answer.lease); // cancelled while it was on its way
        if (!isCurrent(event.attempt) || m_state.phase != Phase::asking)
            return;
        if (answer.lease && is(Stage::reconnecting) && *answer.lease != m_state.lease) {
            // The old session is over and nobody asked for a new one: give it back.
            act(SendLeaseCommand {
                .attempt = 0, .lease = *answer.lease, .action = LeaseAction::logoff });
            endWith(information("Your session has ended."));
            return;
        }
        if (answer.lease)
            m_state.lease = *answer.lease;
        if (answer.state == wire::ConnectionState::preparing) {
            m_state.phase = Phase::waiting;
            if (is(Stage::connecting) && !answer.message.empty())
                m_state.progress = asProgress(answer.message);
            const auto wait = answer.retryAfterMs.value_or(defaultPollMs);
            startTimer(static_cast<int>(std::clamp<std::int64_t>(wait, 50, 10'000)));
            return;
        }
        if (!answer.lease || !answer.ticket || !answer.desktop
            || answer.desktop->certificateSha256.empty() || answer.desktop->port < 1
            || answer.desktop->port > 65535) {
            giveUp({ Errc::internal, "The broker's answer is not complete. Tell IT." });
            return;
        }
        m_state.phase = Phase::opening;
        m_state.isConnected = false;
        m_state.fingerprint = answer.desktop->certificateSha256;
        if (is(Stage::connecting))
            m_state.progress = "Opening your desktop…";
        // Both at once: the handshake with the desktop hides the ticket's round trip.
        act(OpenDesktop { .attempt = m_state.attempt,
            .address = answer.desktop->address,
            .port = static_cast<int>(answer.desktop->port),
            .fingerprint = answer.desktop->certificateSha256,
            .clipboard = answer.policy && answer.policy->clipboard });
        act(RedeemTicket { .attempt = m_state.attempt, .ticket = Secret(*answer.ticket) });
        startTimer(openingLimitMs);
    }

    void operator()(const ConnectFailed& event)
    {
        if (!isCurrent(event.attempt) || m_state.phase != Phase::asking)
            return;
        if (event.error.code == Errc::unauthenticated)
            expire();
        else if (event.error.code == Errc::stale && is(Stage::reconnecting))
            endWith(information("Your session has ended."));
        else if (isWorthRetrying(event.error.code))
            askLater(event.error, event.retryAfterMs);
        else
            giveUp(event.error);
    }

    void operator()(const CredentialArrived& event)
    {
        if (!isCurrent(event.attempt) || m_state.phase != Phase::opening)
            return;
        if (event.fingerprint != m_state.fingerprint) {
            // S3, S5: the credential belongs to another certificate than the one we are talking to.
            tryAgain({ Errc::untrusted, {} });
            return;
        }
        act(GiveCredential { .account = event.account, .credential = event.credential });
    }

    void operator()(const RedeemFailed& event)
    {
        if (!isCurrent(event.attempt) || m_state.phase != Phase::opening)
            return;
        if (event.error.code == Errc::unauthenticated)
            expire();
        else
            tryAgain(event.error);
    }

    void operator()(const LeaseCommandDone& event)
    {
        if (!is(Stage::leaving) || !isCurrent(event.attempt))
            return;
        switch (m_state.leaving) {
        case LeaseAction::disconnect:
            leaveTo(information("You are disconnected. Your desktop goes on running."));
            break;
        case LeaseAction::logoff:
            leaveTo(information("You are logged off."));
            break;
        case LeaseAction::giveBack:
            leaveTo({});
            break;
        case LeaseAction::restart:
            connectTo(m_state.pool, m_state.poolName);
            break;
        }
    }

    void operator()(const LeaseCommandFailed& event)
    {
        if (!is(Stage::leaving) || !isCurrent(event.attempt))
            return;
        if (event.error.code == Errc::unauthenticated) {
            expire();
            return;
        }
        switch (m_state.leaving) {
        case LeaseAction::disconnect: // the line to the desktop is down already, which is what was
                                      // wanted
            leaveTo(information("You are disconnected. Your desktop goes on running."));
            break;
        case LeaseAction::logoff:
            leaveTo(problem(
                "You are disconnected, but your programs may still run. " + explain(event.error)));
            break;
        case LeaseAction::restart:
            leaveTo(problem("Your desktop was not restarted. " + explain(event.error)));
            break;
        case LeaseAction::giveBack: // it comes back by itself after some minutes
            leaveTo({});
            break;
        }
    }

    void operator()(const BrokerEvent& event)
    {
        const wire::Event& told = event.event;
        const bool hasDesktop
            = is(Stage::connecting) || is(Stage::showing) || is(Stage::reconnecting);
        const bool isOurs
            = hasDesktop && told.lease && !m_state.lease.empty() && *told.lease == m_state.lease;
        switch (told.kind) {
        case wire::EventKind::desktopsChanged:
            if (is(Stage::choosing))
                act(FetchTiles { m_state.attempt });
            break;
        case wire::EventKind::sessionMoved:
            if (isOurs)
                moveAway(told.message);
            break;
        case wire::EventKind::sessionEnded:
            if (isOurs)
                endWith(
                    information(told.message.empty() ? "Your session has ended." : told.message));
            break;
        case wire::EventKind::sessionEnding:
            if (isOurs)
                noteEnding(told);
            break;
        case wire::EventKind::signedOut:
            if (!is(Stage::signedOut) && !is(Stage::signingIn))
                signOut(information(told.message.empty() ? "You were signed out." : told.message));
            break;
        }
    }

    void noteEnding(const wire::Event& told)
    {
        if (!told.endsInMs) {
            m_state.ending.reset();
            return;
        }
        const std::uint64_t before = m_state.ending ? m_state.ending->told : 0;
        m_state.ending = Ending { .lease = m_state.lease,
            .message = told.message,
            .endsInMs = *told.endsInMs,
            .told = before + 1 };
    }

    // The desktop's connection
    // ------------------------------------------------------------------------------------

    void operator()(const DesktopConnected& event)
    {
        if (!isCurrent(event.attempt) || m_state.phase != Phase::opening)
            return;
        m_state.isConnected = true;
        startTimer(blankMs);
    }

    void operator()(const FirstFrameShown& event)
    {
        if (isCurrent(event.attempt) && m_state.phase == Phase::opening)
            show();
    }

    void operator()(const DesktopLost& event)
    {
        if (!isCurrent(event.attempt))
            return;
        const bool isOpening = m_state.phase == Phase::opening;
        if (event.error.code == Errc::conflict && (isOpening || is(Stage::showing)))
            moveAway({}); // another client took the session over: do not pull it back
        else if (isOpening)
            tryAgain(event.error);
        else if (is(Stage::showing)) {
            beginReconnecting();
            m_state.mustCheck = true;
            m_state.phase = Phase::waiting;
            startTimer(graceMs);
        }
    }

    void operator()(const ViewerCrashed& event)
    {
        if (!isCurrent(event.attempt))
            return;
        if (m_state.phase == Phase::opening)
            tryAgain({ Errc::internal,
                "The desktop viewer stopped. Please try again; if it happens again, tell IT." });
        else if (is(Stage::showing)) { // our own worker died, so the session is still there: no
                                       // need to check
            beginReconnecting();
            ask();
        }
    }

    void operator()(const TimerFired& event)
    {
        if (!isCurrent(event.attempt))
            return;
        if (is(Stage::choosing) && m_state.mode == Mode::kiosk)
            signOut(information("You were signed out because nobody used this terminal."));
        else if (m_state.phase == Phase::opening && m_state.isConnected)
            show();
        else if (m_state.phase == Phase::opening)
            tryAgain({ Errc::timeout,
                "Your desktop does not answer. Please try again; if it stays so, tell IT." });
        else if (m_state.phase == Phase::waiting) {
            if (m_state.mustCheck) {
                m_state.phase = Phase::checking;
                act(FetchTiles { m_state.attempt });
            } else
                ask();
        }
    }

private:
    bool is(Stage stage) const { return m_state.stage == stage; }
    bool isCurrent(std::uint64_t attempt) const { return attempt == m_state.attempt; }
    void act(Effect effect) { m_effects.push_back(std::move(effect)); }
    void startTimer(int milliseconds) { act(StartTimer { m_state.attempt, milliseconds }); }

    const wire::DesktopTile* tileOf(const std::string& pool) const
    {
        const auto found = std::find_if(m_state.tiles.begin(), m_state.tiles.end(),
            [&](const wire::DesktopTile& tile) { return tile.pool == pool; });
        return found == m_state.tiles.end() ? nullptr : &*found;
    }

    /// A new stage makes every answer that is still on its way out of date.
    void enter(Stage stage)
    {
        m_state.stage = stage;
        m_state.phase = Phase::none;
        m_state.areTilesStale = false;
        m_state.failedPool.clear();
        ++m_state.attempt;
        if (stage == Stage::choosing)
            awaitPerson();
    }

    /// A terminal of a ward must not stand open for the next one who comes by.
    void awaitPerson()
    {
        if (m_state.mode == Mode::kiosk && m_state.idleSignOutMs > 0)
            startTimer(m_state.idleSignOutMs);
    }

    /// Nobody waits for the answer: a desktop that was used after all is refused, and kept.
    void giveBack(const std::string& lease)
    {
        act(SendLeaseCommand { .attempt = 0, .lease = lease, .action = LeaseAction::giveBack });
    }

    void openAtOnceOrChoose()
    {
        const wire::DesktopTile* only
            = m_state.tiles.size() == 1 ? &m_state.tiles.front() : nullptr;
        if (!m_state.wantedPool.empty()) {
            const auto wanted = std::find_if(
                m_state.tiles.begin(), m_state.tiles.end(), [&](const wire::DesktopTile& tile) {
                    return tile.name == m_state.wantedPool || tile.pool == m_state.wantedPool;
                });
            only = wanted == m_state.tiles.end() ? nullptr : &*wanted;
            if (only == nullptr)
                m_state.notice
                    = problem("There is no desktop named \"" + m_state.wantedPool + "\" for you.");
        }
        if (only != nullptr && only->state != wire::TileState::unavailable)
            connectTo(only->pool, only->name);
        else
            enter(Stage::choosing);
    }

    void connectTo(std::string pool, std::string name)
    {
        enter(Stage::connecting);
        m_state.pool = std::move(pool);
        m_state.poolName = std::move(name);
        m_state.key = m_freshKey;
        m_state.lease.clear();
        m_state.failures = 0;
        m_state.mustCheck = false;
        m_state.notice.reset();
        m_state.progress = "Starting your desktop…";
        ask();
    }

    void show()
    {
        m_state.stage = Stage::showing;
        m_state.phase = Phase::none;
        m_state.failures = 0;
        m_state.mustCheck = false;
        m_state.isConnected = false;
        m_state.progress.clear();
        m_state.notice.reset();
        act(StopTimer {});
    }

    void ask()
    {
        m_state.phase = Phase::asking;
        act(SendConnect { .attempt = m_state.attempt,
            .pool = m_state.pool,
            .key = m_state.key,
            .resumeOnly = is(Stage::reconnecting) });
    }

    /// The broker could not answer: the same request again, with the same key.
    void askLater(const Error& error, int retryAfterMs)
    {
        ++m_state.failures;
        m_state.phase = Phase::waiting;
        if (is(Stage::connecting))
            m_state.progress = explain(error) + " Trying again…";
        else if (is(Stage::reconnecting))
            m_state.progress = "Reconnecting… " + explain(error);
        startTimer(retryAfterMs > 0 ? std::min(retryAfterMs, 30'000) : backoffMs(m_state.failures));
    }

    /// The desktop could not be opened: a new request with a new key, because the ticket is spent.
    void tryAgain(const Error& error)
    {
        const bool isReconnecting = is(Stage::reconnecting);
        const bool isLineDown = error.code == Errc::unavailable || error.code == Errc::timeout;
        ++m_state.failures;
        const bool isHopeless = error.code == Errc::untrusted
            || (isReconnecting ? m_state.failures >= reconnectTries && !isLineDown
                               : m_state.failures >= connectTries);
        if (isHopeless) {
            giveUp(error);
            return;
        }
        act(CloseDesktop { isReconnecting ? Frames::keep : Frames::clear });
        ++m_state.attempt;
        m_state.key = m_freshKey;
        m_state.mustCheck = isReconnecting;
        m_state.phase = Phase::waiting;
        if (!isReconnecting)
            m_state.progress = "Opening your desktop did not work yet. Trying again…";
        startTimer(backoffMs(m_state.failures));
    }

    void beginReconnecting()
    {
        act(CloseDesktop { Frames::keep });
        enter(Stage::reconnecting);
        m_state.key = m_freshKey;
        m_state.mustCheck = false;
        m_state.progress = "Reconnecting…";
    }

    void giveUp(const Error& error)
    {
        if (is(Stage::reconnecting)) {
            endWith(problem(explain(error)));
            return;
        }
        const std::string pool = m_state.pool;
        dropDesktop(Frames::clear);
        choose(problem(explain(error)));
        m_state.failedPool = pool;
    }

    void leave(LeaseAction action, const char* progress)
    {
        if (is(Stage::showing) || is(Stage::reconnecting))
            beginLeaving(action, progress);
    }

    void beginLeaving(LeaseAction action, const char* progress)
    {
        dropDesktop(Frames::clear);
        enter(Stage::leaving);
        m_state.leaving = action;
        m_state.progress = progress;
        m_state.notice.reset();
        act(SendLeaseCommand {
            .attempt = m_state.attempt, .lease = m_state.lease, .action = action });
    }

    /// Where a finished session leads: on a ward terminal to the sign-in page.
    void leaveTo(std::optional<Notice> notice)
    {
        if (m_state.mode == Mode::kiosk)
            signOut(std::move(notice));
        else
            choose(std::move(notice));
    }

    void choose(std::optional<Notice> notice)
    {
        enter(Stage::choosing);
        forgetDesktop();
        m_state.notice = std::move(notice);
        act(FetchTiles { m_state.attempt });
    }

    void endWith(Notice notice) { stopAt(Stage::ended, std::move(notice)); }

    void moveAway(const std::string& message)
    {
        stopAt(Stage::moved,
            information(
                message.empty() ? "Your session was opened at another terminal." : message));
    }

    void stopAt(Stage stage, Notice notice)
    {
        dropDesktop(Frames::clear);
        if (m_state.mode == Mode::kiosk) {
            signOut(std::move(notice));
            return;
        }
        enter(stage);
        m_state.lease.clear();
        m_state.progress.clear();
        m_state.notice = std::move(notice);
    }

    void dropDesktop(Frames frames)
    {
        act(StopTimer {});
        act(CloseDesktop { frames });
    }

    void expire() { signOut(problem("Your sign-in has ended. Please sign in again.")); }

    void signOut(std::optional<Notice> notice)
    {
        dropDesktop(Frames::clear);
        act(SendSignOut {});
        forget();
        m_state.notice = std::move(notice);
    }

    /// Nothing of the last person stays, not even the name.
    void forget()
    {
        enter(Stage::signedOut);
        m_state.user.clear();
        m_state.displayName.clear();
        m_state.tiles.clear();
        forgetDesktop();
    }

    void forgetDesktop()
    {
        m_state.pool.clear();
        m_state.poolName.clear();
        m_state.key.clear();
        m_state.lease.clear();
        m_state.fingerprint.clear();
        m_state.progress.clear();
        m_state.failures = 0;
        m_state.mustCheck = false;
        m_state.notice.reset();
    }

    FlowState m_state;
    const std::string& m_freshKey;
    std::vector<Effect> m_effects;
};

}

Step transition(FlowState state, const FlowEvent& event, const std::string& freshKey)
{
    Machine machine(std::move(state), freshKey);
    std::visit(machine, event);
    return std::move(machine).finish();
}

const wire::DesktopTile* restartOffer(const FlowState& state)
{
    if (state.stage != Stage::choosing || state.failedPool.empty())
        return nullptr;
    const auto failed
        = std::find_if(state.tiles.begin(), state.tiles.end(), [&](const wire::DesktopTile& tile) {
              return tile.pool == state.failedPool && tile.lease && !tile.lease->empty();
          });
    return failed == state.tiles.end() ? nullptr : &*failed;
}

Page pageOf(const FlowState& state)
{
    switch (state.stage) {
    case Stage::signedOut:
    case Stage::signingIn:
        return Page::signIn;
    case Stage::choosing:
        return Page::tiles;
    case Stage::loading:
    case Stage::connecting:
    case Stage::leaving:
        return Page::progress;
    case Stage::showing:
    case Stage::reconnecting:
        return Page::desktop;
    case Stage::ended:
    case Stage::moved:
        return Page::farewell;
    }
    return Page::signIn;
}

}
