// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The desktop agent's channel: WebSocket (TLS) at GET /api/v1/agent, opened by the agent, one JSON
/// object per text frame. The agent trusts exactly the broker key pinned in its bootstrap; it
/// proves itself with the bootstrap secret in the header "Authorization: Bootstrap <desktop
/// id>.<incarnation>.<secret>". Every command carries the lease's epoch; the agent keeps the
/// highest it has seen and answers `stale` to lower ones (R3).
namespace wardesk::wire {

/// One of several brokers, as the desktops see it.
struct BrokerEndpoint
{
    std::string host;
    std::int64_t port = 0;
    std::string keySha256; ///< as below
};
BOOST_DESCRIBE_STRUCT(BrokerEndpoint, (), (host, port, keySha256))

/// What the domain hands to the agent: environment variable WARDESK_BOOTSTRAP of the container's
/// init (base64 of this JSON), written by init to /run/wardesk/bootstrap.json (root, 0600); the
/// agent removes it after reading.
struct AgentBootstrap
{
    std::string brokerHost; ///< as seen from the desktop's network
    std::int64_t brokerPort = 0;
    std::string brokerKeySha256; ///< SHA-256 of the broker certificate's SubjectPublicKeyInfo
                                 ///< (DER), lower-case hex
    std::string desktop; ///< id
    std::string hostname; ///< of the desktop: [A-Za-z0-9-]; wardesk-init sets it
    std::int64_t incarnation = 0;
    std::int64_t epoch = 0; ///< lowest epoch the agent may obey
    std::string secret; ///< 256 bits, base64url; worth one incarnation
    /// All brokers there were when the desktop began, the one above among them; absent when it is
    /// the only one. Agents of older images know the one above.
    std::optional<std::vector<BrokerEndpoint>> brokers;
    std::optional<bool> keepsDisk; ///< it outlives this incarnation
    std::optional<std::string> owner; ///< id of the user whom it is kept for, if that is known
    std::optional<std::int64_t> seats; ///< shared: sessions at a time; absent: one user, ever
    std::optional<std::int64_t> accounts; ///< shared: sessions in this incarnation at most
};
BOOST_DESCRIBE_STRUCT(AgentBootstrap, (),
    (brokerHost, brokerPort, brokerKeySha256, desktop, hostname, incarnation, epoch, secret,
        brokers, keepsDisk, owner, seats, accounts))

enum class SessionState {
    none, ///< no X session
    prepared, ///< running, nobody has connected to it yet
    connected,
    disconnected,
    ended ///< the user logged off: nothing of it runs any more
};
BOOST_DESCRIBE_ENUM(SessionState, none, prepared, connected, disconnected, ended)

/// Agent -> broker.
enum class AgentReportKind {
    hello, ///< first after every (re)connect: the whole state, so that a new broker adopts what
           ///< runs (R11)
    ready, ///< xrdp was seen answering with TLS and the prepared session is up
    session, ///< the session's state changed (log-on, disconnect, reconnect, log-off)
    idle, ///< idleMs since the last key or pointer movement, every 30 s while connected
    answer ///< to a command: `id` is the command's
};
BOOST_DESCRIBE_ENUM(AgentReportKind, hello, ready, session, idle, answer)

/// What shows that the desktop is a fresh one. Taken once in an incarnation, before its session is
/// started; the broker compares it with that of the incarnation before.
struct ResetProof
{
    std::vector<std::string> places; ///< where marks of earlier incarnations were looked for
    std::vector<std::string> marks; ///< those that were found: "/tmp/... of incarnation 3"
    std::string machineId;
    std::string bootId;
    std::string rdpKeySha256; ///< of the RDP server's public key; empty: it could not be read
    std::vector<std::string> hostKeysSha256; ///< of the SSH host keys, if there are any
};
BOOST_DESCRIBE_STRUCT(
    ResetProof, (), (places, marks, machineId, bootId, rdpKeySha256, hostKeysSha256))

/// One session of a shared desktop.
struct SeatReport
{
    std::int64_t seat = 0; ///< the number of its account, from 1
    SessionState session = SessionState::none;
    std::int64_t epoch = 0; ///< the highest seen for this seat
    std::string lease;
    std::optional<std::string> user; ///< id of the lease's user
};
BOOST_DESCRIBE_STRUCT(SeatReport, (), (seat, session, epoch, lease, user))

struct AgentReport
{
    AgentReportKind kind = AgentReportKind::hello;
    std::int64_t epoch = 0; ///< the highest epoch seen
    std::optional<bool> isReady; ///< hello, ready
    std::optional<std::string>
        certificateSha256; ///< hello, ready: of the certificate that port 3389 really shows
    std::optional<SessionState> session; ///< hello, ready, session, and the answer to `state`
    std::optional<std::string> lease; ///< the lease of the last prepare that was obeyed
    std::optional<std::string> user; ///< whose lease that is, as the prepare said (R11)
    std::optional<std::int64_t> idleMs;
    std::optional<std::string> version; ///< hello
    std::optional<ResetProof> proof; ///< hello, ready; absent from agents of older images
    std::optional<std::int64_t>
        resumed {}; ///< hello, ready: of the last MachineWake; what was ready before says nothing
    /// hello, ready, session, of a shared desktop: all that were given out in this incarnation,
    /// also those that have ended. `session`, `lease` and `user` are absent then. An agent of an
    /// older image does not say this, and is not let in.
    std::optional<std::vector<SeatReport>> sessions;
    // answer only
    std::optional<std::int64_t> id;
    std::optional<std::string> error; ///< wire code; absent when the command was obeyed
    std::optional<std::string> message; ///< also of a `ready` that says no: why, for people
    std::optional<std::string> account; ///< answer to prepare
    std::optional<std::string> credential; ///< answer to prepare
};
BOOST_DESCRIBE_STRUCT(AgentReport, (),
    (kind, epoch, isReady, certificateSha256, session, lease, user, idleMs, version, proof, resumed,
        sessions, id, error, message, account, credential))

/// What the agent does with a session that nobody uses, in milliseconds without key and pointer; 0:
/// never. It needs no broker for it.
struct SessionTimers
{
    std::int64_t lockMs = 0; ///< lock the screen
    std::int64_t disconnectMs = 0; ///< end the RDP connection; the session goes on, locked
    bool operator==(const SessionTimers&) const = default;
};
BOOST_DESCRIBE_STRUCT(SessionTimers, (), (lockMs, disconnectMs))

/// Broker -> agent.
enum class AgentCommandKind {
    prepare, ///< make a one-time credential for this lease and epoch and send it back (S5)
    lock, ///< lock the screen now
    disconnect, ///< end the RDP connection, keep the session (and lock it)
    logoff, ///< end the session; a `session: ended` report follows
    brokers, ///< where to go when this broker is away: for the link, not for the desktop; no epoch,
             ///< no answer
    state, ///< say in the answer what the session is now; an agent that does not know this is
           ///< silent
    timers, ///< the timers of the pool were changed
    logoffUnused ///< as logoff, but refused (`conflict`) when somebody is there or about to come
};
BOOST_DESCRIBE_ENUM(
    AgentCommandKind, prepare, lock, disconnect, logoff, brokers, state, timers, logoffUnused)

struct AgentCommand
{
    std::int64_t id = 0; ///< chosen by the broker, given back in the answer
    AgentCommandKind kind = AgentCommandKind::prepare;
    std::int64_t epoch = 0;
    std::string lease;
    std::optional<std::int64_t> credentialMs; ///< prepare: life of the credential, default 60,000
    std::optional<std::string> user; ///< id of the lease's user, told again in reports
    std::optional<std::vector<BrokerEndpoint>> brokers; ///< brokers: all there are
    std::optional<SessionTimers> timers; ///< prepare, timers
    std::optional<std::int64_t> seat {}; ///< in a shared desktop: which; its epochs are its own
};
BOOST_DESCRIBE_STRUCT(
    AgentCommand, (), (id, kind, epoch, lease, credentialMs, user, brokers, timers, seat))

}
