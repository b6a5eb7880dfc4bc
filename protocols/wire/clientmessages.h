// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What the thin client and the broker say to each other: bodies of /api/v1 (openapi.yaml has the
/// routes) and the events of GET /api/v1/events. Times are milliseconds since 1970, UTC.
namespace wardesk::wire {

struct ErrorBody
{
    std::string code; ///< wireCode() of protocols/base/error.h
    std::string message; ///< plain language, says what to do
};
BOOST_DESCRIBE_STRUCT(ErrorBody, (), (code, message))

/// POST /api/v1/session
struct SignIn
{
    std::string user;
    std::string password;
    std::optional<std::string> organisation; ///< default: the broker's first one
    std::optional<std::string> terminal; ///< name of the terminal, for people reading the audit
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (user, password, organisation, terminal))

struct SignedIn
{
    std::string token; ///< 256 bits, base64url; sent as "Authorization: Bearer TOKEN"
    std::int64_t expiresAt = 0;
    std::string user;
    std::string displayName;
    bool admin = false;
};
BOOST_DESCRIBE_STRUCT(SignedIn, (), (token, expiresAt, user, displayName, admin))

/// GET /api/v1/me/desktops answers a list of these: one tile each.
enum class TileState {
    available, ///< a ready desktop is waiting
    preparing, ///< one is being made; connecting will wait
    running, ///< the user's own session is there, disconnected or elsewhere
    connected, ///< the user's own session, and some client shows it now
    full, ///< nothing free and the pool may not grow
    unavailable ///< held or broken: the message says why
};
BOOST_DESCRIBE_ENUM(TileState, available, preparing, running, connected, full, unavailable)

struct DesktopTile
{
    std::string pool; ///< id, given back when connecting
    std::string name;
    std::string description;
    TileState state = TileState::available;
    std::string message; ///< the state in words
    std::optional<std::string> lease; ///< the user's open lease in this pool
};
BOOST_DESCRIBE_STRUCT(DesktopTile, (), (pool, name, description, state, message, lease))

struct DesktopList
{
    std::vector<DesktopTile> desktops;
};
BOOST_DESCRIBE_STRUCT(DesktopList, (), (desktops))

/// POST /api/v1/me/connections, with the header Idempotency-Key (R9): made by the client, the same
/// for every retry.
struct Connect
{
    std::string pool;
    std::optional<std::int64_t> width;
    std::optional<std::int64_t> height;
    /// Of a client that connects again by itself: one's running session or nothing (R7).
    std::optional<bool> resumeOnly;
};
BOOST_DESCRIBE_STRUCT(Connect, (), (pool, width, height, resumeOnly))

enum class ConnectionState {
    preparing, ///< ask again with the same key after retryAfterMs
    ready ///< ticket and desktop are filled in
};
BOOST_DESCRIBE_ENUM(ConnectionState, preparing, ready)

/// Where the desktop is and how to know that it is the right one (S3).
struct DesktopAddress
{
    std::string address;
    std::int64_t port = 3389;
    std::string
        certificateSha256; ///< of the DER certificate, lower-case hex; trust exactly this one
};
BOOST_DESCRIBE_STRUCT(DesktopAddress, (), (address, port, certificateSha256))

struct ConnectionPolicy
{
    bool clipboard = false; ///< S6: text only, both ways
};
BOOST_DESCRIBE_STRUCT(ConnectionPolicy, (), (clipboard))

struct Connection
{
    ConnectionState state = ConnectionState::preparing;
    std::string message; ///< progress in words, e.g. "starting your desktop"
    std::optional<std::int64_t> retryAfterMs;
    std::optional<std::string> lease;
    std::optional<std::int64_t> epoch;
    std::optional<std::string> ticket; ///< S1: 256 random bits, used once, 30 s
    std::optional<DesktopAddress> desktop;
    std::optional<ConnectionPolicy> policy;
    std::optional<bool> resumed; ///< true: a session of this user that was running already
};
BOOST_DESCRIBE_STRUCT(
    Connection, (), (state, message, retryAfterMs, lease, epoch, ticket, desktop, policy, resumed))

/// POST /api/v1/tickets/redeem: turns the ticket into the one-time credential. A second use answers
/// "stale".
struct RedeemTicket
{
    std::string ticket;
};
BOOST_DESCRIBE_STRUCT(RedeemTicket, (), (ticket))

struct OneTimeCredential
{
    std::string account; ///< user name inside the desktop
    std::string credential; ///< S5: 128 bits, dead at first use or after expiresInMs
    std::int64_t expiresInMs = 60000;
    DesktopAddress desktop;
};
BOOST_DESCRIBE_STRUCT(OneTimeCredential, (), (account, credential, expiresInMs, desktop))

/// Events: one JSON object per WebSocket text frame on GET /api/v1/events.
enum class EventKind {
    desktopsChanged, ///< the tiles may look different: fetch them again
    sessionMoved, ///< the lease was opened at another terminal: this client shows "your session
                  ///< moved"
    sessionEnded, ///< logged off, or recycled by IT: the reason is in the message
    signedOut, ///< the token was revoked
    sessionEnding ///< the lease will be ended in endsInMs; told again and again, and once without
                  ///< endsInMs when that is not so any more
};
BOOST_DESCRIBE_ENUM(
    EventKind, desktopsChanged, sessionMoved, sessionEnded, signedOut, sessionEnding)

struct Event
{
    EventKind kind = EventKind::desktopsChanged;
    std::optional<std::string> lease;
    std::string message;
    std::optional<std::int64_t> endsInMs;
};
BOOST_DESCRIBE_STRUCT(Event, (), (kind, lease, message, endsInMs))

}
