// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"
#include "protocols/wire/clientmessages.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// What can happen to the client: what people do, what the broker answers, what the desktop's
/// connection reports. Answers carry the attempt that asked for them.
namespace wardesk::client {

// People
struct SignInRequested
{
    std::string user;
    Secret password;
};
struct DesktopChosen
{
    std::string pool;
};
struct RefreshRequested
{
};
/// A key or the pointer was used; told about once a second at most.
struct PersonSeen
{
};
struct CancelRequested
{
};
struct DisconnectRequested
{
};
struct LogoffRequested
{
};
struct RestartRequested
{
};
struct SignOutRequested
{
};
struct BackRequested
{
}; ///< from the farewell page to the desktops
struct ReopenRequested
{
}; ///< from the farewell page to the same desktop

// The broker
struct SignInDone
{
    std::uint64_t attempt = 0;
    std::string user;
    std::string displayName;
};
struct SignInFailed
{
    std::uint64_t attempt = 0;
    Error error;
};
struct TilesArrived
{
    std::uint64_t attempt = 0;
    std::vector<wire::DesktopTile> tiles;
};
struct TilesFailed
{
    std::uint64_t attempt = 0;
    Error error;
};
struct ConnectAnswered
{
    std::uint64_t attempt = 0;
    wire::Connection connection;
};
struct ConnectFailed
{
    std::uint64_t attempt = 0;
    Error error;
    int retryAfterMs = 0; ///< from Retry-After; 0: not said
};
struct CredentialArrived
{
    std::uint64_t attempt = 0;
    std::string account;
    Secret credential;
    std::string fingerprint;
};
struct RedeemFailed
{
    std::uint64_t attempt = 0;
    Error error;
};
struct LeaseCommandDone
{
    std::uint64_t attempt = 0;
};
struct LeaseCommandFailed
{
    std::uint64_t attempt = 0;
    Error error;
};
struct BrokerEvent
{
    wire::Event event;
};

// The desktop's connection
/// The handshake is done. A credential that is refused is told a moment after this.
struct DesktopConnected
{
    std::uint64_t attempt = 0;
};
struct FirstFrameShown
{
    std::uint64_t attempt = 0;
};
struct DesktopLost
{
    std::uint64_t attempt = 0;
    Error error;
};
struct ViewerCrashed
{
    std::uint64_t attempt = 0;
};

struct TimerFired
{
    std::uint64_t attempt = 0;
};

using FlowEvent
    = std::variant<SignInRequested, DesktopChosen, RefreshRequested, PersonSeen, CancelRequested,
        DisconnectRequested, LogoffRequested, RestartRequested, SignOutRequested, BackRequested,
        ReopenRequested, SignInDone, SignInFailed, TilesArrived, TilesFailed, ConnectAnswered,
        ConnectFailed, CredentialArrived, RedeemFailed, LeaseCommandDone, LeaseCommandFailed,
        BrokerEvent, DesktopConnected, FirstFrameShown, DesktopLost, ViewerCrashed, TimerFired>;

}
