// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/agentmessages.h"
#include "protocols/wire/clientmessages.h"

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Between the brokers of one database: WebSocket (TLS) at GET /api/v1/peer, one between each pair,
/// opened by the one that registered later; one JSON object per text frame. The opener wants
/// exactly the key of the `brokers` table and proves itself with "Authorization: Broker
/// <name>.<epoch>.<key>.<proof>"; the other one with "Wardesk-Peer: <proof>" in its answer.
/// Both proofs hold for this one TLS connection.
///
/// Nothing here is needed for correctness (that is the database's): a message that is lost with its
/// connection delays a desktop or a tile. The one secret that passes is the answer to `prepare`.
namespace wardesk::wire {

enum class PeerMessageKind {
    hello, ///< first, from both sides; the agents and the status follow
    agents, ///< are attached to the sender now
    agentLeft, ///< one of them is not any more
    order, ///< give this command to an agent of yours
    answer, ///< of the agent, or why there is none: `id` is the order's
    dropAgent, ///< end the connection of an agent that must not speak any longer
    tellUser, ///< an event for all clients of a user
    desktopsChanged,
    endToken, ///< a token was revoked: its clients leave
    endUser, ///< all tokens of a user were
    wakePool, ///< for whoever holds the pool
    userWaits,
    userServed,
    poolMessage, ///< what is wrong with a pool that the sender holds, in words
    status, ///< for administrators
    released ///< the sender gave up what it held: others may take it at once
};
BOOST_DESCRIBE_ENUM(PeerMessageKind, hello, agents, agentLeft, order, answer, dropAgent, tellUser,
    desktopsChanged, endToken, endUser, wakePool, userWaits, userServed, poolMessage, status,
    released)

struct PeerAgent
{
    std::string desktop; ///< id
    std::int64_t incarnation = 0;
};
BOOST_DESCRIBE_STRUCT(PeerAgent, (), (desktop, incarnation))

/// A command for an agent that is attached to another broker.
struct PeerOrder
{
    std::string desktop;
    std::int64_t incarnation = 0;
    AgentCommandKind command = AgentCommandKind::lock;
    std::int64_t epoch = 0;
    std::string lease;
    std::int64_t patienceMs = 0;
    std::optional<std::string> user; ///< prepare: id of the lease's user
    std::optional<SessionTimers> timers; ///< prepare, timers
    std::optional<std::int64_t> seat {}; ///< in a shared desktop
};
BOOST_DESCRIBE_STRUCT(
    PeerOrder, (), (desktop, incarnation, command, epoch, lease, patienceMs, user, timers, seat))

struct PeerMessage
{
    PeerMessageKind kind = PeerMessageKind::hello;
    std::optional<std::vector<PeerAgent>> agents; ///< agents, agentLeft
    std::optional<std::int64_t> id; ///< order, answer: chosen by the one who orders
    std::optional<PeerOrder> order;
    std::optional<AgentReport> report; ///< answer
    std::optional<std::string> error; ///< answer: wire code, when there is no report
    std::optional<std::string>
        message; ///< words: answer, dropAgent, endToken, endUser, poolMessage
    std::optional<std::string> user; ///< id: tellUser, endUser, userWaits, userServed
    std::optional<std::string> token; ///< hash: endToken; tellUser: all but this one
    std::optional<Event> event; ///< tellUser
    std::optional<std::string> organisation; ///< desktopsChanged
    std::optional<std::string> pool; ///< wakePool, userWaits, userServed, poolMessage
    std::optional<std::vector<std::string>> pools; ///< status: ids of the pools that are held
    std::optional<std::int64_t> agentCount; ///< status
    std::optional<std::int64_t> clientCount; ///< status
};
BOOST_DESCRIBE_STRUCT(PeerMessage, (),
    (kind, agents, id, order, report, error, message, user, token, event, organisation, pool, pools,
        agentCount, clientCount))

}
