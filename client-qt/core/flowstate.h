// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/clientmessages.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the thin client knows at one moment. Plain values: no widget, no socket, no clock.
/// DESIGN.md has the diagram.
namespace wardesk::client {

enum class Stage {
    signedOut,
    signingIn,
    loading, ///< signed in, the list of desktops is on its way
    choosing,
    connecting,
    showing,
    reconnecting, ///< the desktop was on the screen and was lost; same window
    leaving, ///< a disconnect, log-off or restart was asked for and is not answered yet
    ended, ///< the session is over, and the page says why
    moved ///< the session was opened at another terminal
};

/// What connecting and reconnecting are busy with; none in all other stages.
enum class Phase {
    none,
    waiting, ///< for the timer, then asking (or checking) again
    checking, ///< whether the lease is still ours: a log-off and a cut line look the same from here
    asking, ///< POST /me/connections is on its way
    opening ///< TCP, TLS and the ticket run side by side; ends with the first frame
};

enum class Mode {
    personal, ///< a clinician's own computer: after a session the desktops are shown again
    kiosk ///< a ward terminal: after a session somebody else may stand there, so sign out
};

enum class LeaseAction { disconnect, logoff, restart, giveBack };

enum class NoticeKind { information, problem };

struct Notice
{
    NoticeKind kind = NoticeKind::information;
    std::string text;
    friend bool operator==(const Notice&, const Notice&) = default;
};

/// The desktop will be taken away: which one, why, and how long that was from when it was told.
struct Ending
{
    std::string lease;
    std::string message;
    std::int64_t endsInMs = 0;
    std::uint64_t told = 0; ///< counts the announcements: each one is newer than all before
    friend bool operator==(const Ending&, const Ending&) = default;
};

struct FlowState
{
    Mode mode = Mode::personal;
    int idleSignOutMs
        = 120'000; ///< kiosk: unused for so long with the list of desktops open; 0: never
    std::string wantedPool; ///< name or id of the pool to open at once after sign-in; empty: when
                            ///< there is only one

    Stage stage = Stage::signedOut;
    Phase phase = Phase::none;
    /// Counts what was begun; answers to anything older are dropped.
    std::uint64_t attempt = 0;
    std::string user;
    std::string displayName;
    std::vector<wire::DesktopTile> tiles;

    std::string pool;
    std::string poolName;
    std::string key; ///< R9: the same for every retry of one connect request
    std::string lease;
    std::string fingerprint; ///< S3: the certificate that the credential may be shown to
    int failures = 0; ///< in a row, since the last frame
    bool mustCheck
        = false; ///< reconnecting: ask whether the lease is still open before connecting again
    bool isConnected = false; ///< opening: the desktop answered, its first picture is awaited
    LeaseAction leaving = LeaseAction::disconnect;
    std::optional<Ending> ending;

    std::string progress; ///< in words, for people
    std::optional<Notice> notice;
    std::string failedPool; ///< choosing: the desktop that could not be opened just now
    bool areTilesStale = false; ///< choosing: the list could not be fetched, and the notice says so
};

/// Choosing: the desktop that its user cannot open and may restart instead; null when there is
/// none.
[[nodiscard]] const wire::DesktopTile* restartOffer(const FlowState& state);

/// What the window shows, derived from the state and stored nowhere.
enum class Page { signIn, progress, tiles, desktop, farewell };
[[nodiscard]] Page pageOf(const FlowState& state);

}
