// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/transition.h"

#include <string>
#include <utility>
#include <vector>

/// One state of every kind and one event of every kind, for the table of all combinations.
namespace wardesk::client::samples {

inline constexpr std::uint64_t now = 7; ///< the attempt that all sample states are in

inline wire::DesktopTile tile(
    std::string pool, wire::TileState state, std::optional<std::string> lease = {})
{
    wire::DesktopTile value;
    value.pool = std::move(pool);
    value.name = "Ward " + value.pool;
    value.state = state;
    value.lease = std::move(lease);
    return value;
}

inline FlowState base(Stage stage, Phase phase = Phase::none)
{
    FlowState state;
    state.stage = stage;
    state.phase = phase;
    state.attempt = now;
    if (stage == Stage::signedOut)
        return state;
    state.user = "nurse";
    if (stage == Stage::signingIn)
        return state;
    state.displayName = "Nurse Joy";
    if (stage == Stage::loading)
        return state;
    state.tiles = { tile("a", wire::TileState::available), tile("b", wire::TileState::full) };
    if (stage == Stage::choosing)
        return state;
    state.pool = "a";
    state.poolName = "Ward a";
    if (stage == Stage::ended || stage == Stage::moved)
        return state;
    state.key = "key-1";
    state.lease = "lease-1";
    state.fingerprint = "f00d";
    return state;
}

/// Two letters for the stage and phase: the cells of the table.
inline std::string code(const FlowState& state)
{
    const auto phase = [&](const char* stage) -> std::string {
        switch (state.phase) {
        case Phase::none:
            return std::string(stage) + "?";
        case Phase::waiting:
            return std::string(stage) + "W";
        case Phase::checking:
            return std::string(stage) + "C";
        case Phase::asking:
            return std::string(stage) + "A";
        case Phase::opening:
            return std::string(stage) + "O";
        }
        return "??";
    };
    switch (state.stage) {
    case Stage::signedOut:
        return "SO";
    case Stage::signingIn:
        return "SI";
    case Stage::loading:
        return "LO";
    case Stage::choosing:
        return "CH";
    case Stage::connecting:
        return phase("C");
    case Stage::showing:
        return "SH";
    case Stage::reconnecting:
        return phase("R");
    case Stage::leaving:
        return "LV";
    case Stage::ended:
        return "EN";
    case Stage::moved:
        return "MV";
    }
    return "??";
}

inline std::vector<FlowState> states()
{
    auto checking = base(Stage::reconnecting, Phase::checking);
    checking.mustCheck = true;
    auto waiting = base(Stage::reconnecting, Phase::waiting);
    waiting.mustCheck = true;
    return { base(Stage::signedOut), base(Stage::signingIn), base(Stage::loading),
        base(Stage::choosing), base(Stage::connecting, Phase::asking),
        base(Stage::connecting, Phase::waiting), base(Stage::connecting, Phase::opening),
        base(Stage::showing), waiting, checking, base(Stage::reconnecting, Phase::asking),
        base(Stage::reconnecting, Phase::opening), base(Stage::leaving), base(Stage::ended),
        base(Stage::moved) };
}

inline wire::Connection ready(std::string lease = "lease-1")
{
    wire::Connection connection;
    connection.state = wire::ConnectionState::ready;
    connection.lease = std::move(lease);
    connection.ticket = "ticket";
    connection.desktop = wire::DesktopAddress { "10.0.0.9", 3389, "f00d" };
    connection.policy = wire::ConnectionPolicy { true };
    return connection;
}

inline wire::Connection preparing()
{
    wire::Connection connection;
    connection.message = "starting your desktop";
    connection.retryAfterMs = 700;
    return connection;
}

inline wire::Event told(wire::EventKind kind)
{
    wire::Event event;
    event.kind = kind;
    event.lease = "lease-1";
    return event;
}

struct NamedEvent
{
    std::string name;
    FlowEvent event;
};

inline std::vector<NamedEvent> events()
{
    const Error away { Errc::unavailable, {} };
    const Error full { Errc::poolFull, "all in use" };
    const Error expired { Errc::unauthenticated, {} };
    const auto ours = tile("a", wire::TileState::running, "lease-1");
    const auto other = tile("b", wire::TileState::available);
    return {
        { "signIn", SignInRequested { "nurse", Secret("pw") } },
        { "choose", DesktopChosen { "a" } },
        { "refresh", RefreshRequested {} },
        { "seen", PersonSeen {} },
        { "cancel", CancelRequested {} },
        { "disconnect", DisconnectRequested {} },
        { "logoff", LogoffRequested {} },
        { "restart", RestartRequested {} },
        { "signOut", SignOutRequested {} },
        { "back", BackRequested {} },
        { "reopen", ReopenRequested {} },
        { "signInDone", SignInDone { now, "nurse", "Nurse Joy" } },
        { "signInFailed", SignInFailed { now, { Errc::wrongCredentials, {} } } },
        { "oneTile", TilesArrived { now, { ours } } },
        { "twoTiles", TilesArrived { now, { tile("a", wire::TileState::available), other } } },
        { "tilesFailed", TilesFailed { now, away } },
        { "tilesExpired", TilesFailed { now, expired } },
        { "preparing", ConnectAnswered { now, preparing() } },
        { "ready", ConnectAnswered { now, ready() } },
        { "connectAway", ConnectFailed { now, away, 0 } },
        { "connectFull", ConnectFailed { now, full, 0 } },
        { "connectExpired", ConnectFailed { now, expired, 0 } },
        { "credential", CredentialArrived { now, "ward", Secret("once"), "f00d" } },
        { "redeemFailed", RedeemFailed { now, { Errc::stale, {} } } },
        { "redeemExpired", RedeemFailed { now, expired } },
        { "commandDone", LeaseCommandDone { now } },
        { "commandFailed", LeaseCommandFailed { now, away } },
        { "commandExpired", LeaseCommandFailed { now, expired } },
        { "changed", BrokerEvent { told(wire::EventKind::desktopsChanged) } },
        { "moved", BrokerEvent { told(wire::EventKind::sessionMoved) } },
        { "ended", BrokerEvent { told(wire::EventKind::sessionEnded) } },
        { "ending", BrokerEvent { told(wire::EventKind::sessionEnding) } },
        { "revoked", BrokerEvent { told(wire::EventKind::signedOut) } },
        { "connected", DesktopConnected { now } },
        { "firstFrame", FirstFrameShown { now } },
        { "lost", DesktopLost { now, away } },
        { "crashed", ViewerCrashed { now } },
        { "timer", TimerFired { now } },
    };
}

}
