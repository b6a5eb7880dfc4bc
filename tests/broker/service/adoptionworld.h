// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/broker/service/world.h"

/// What the tests of adoption do to a hospital.
namespace wardesk::broker::test {

/// Connects as the client does: ticket, credential, session.
inline Lease use(World& world, const Principal& who, const Pool& pool, const std::string& key)
{
    const auto connection = world.connect(who, pool, key);
    if (!connection || !connection->ticket || !world.redeem(who, *connection->ticket))
        return {};
    for (const DesktopRow& row : world.rows()) {
        if (row.lease && row.lease->id.value() == *connection->lease)
            world.agentOf(row.desktop.name)->session(wire::SessionState::connected);
    }
    world.settle();
    return world.store.findLease(world.organisation, LeaseId(*connection->lease)).value_or(Lease());
}

inline void logOff(World& world, const Principal& who, const Lease& lease)
{
    std::ignore = world.await<bool>([&](Done<bool> answer) {
        world.sessions.logOff(who, LeaseScope::own, lease.id, std::move(answer));
    });
    world.bootDesktops();
}

inline bool isAdopting(const World& world)
{
    const auto status = world.adoption.status();
    return status && status->state == "adopting";
}

/// Asks once, without waiting.
inline Result<wire::Connection> tryConnect(
    World& world, const Principal& who, const Pool& pool, const std::string& key)
{
    std::optional<Result<wire::Connection>> answer;
    wire::Connect request;
    request.pool = pool.id.value();
    world.connections.connect(who, request, key,
        [&answer](Result<wire::Connection> result) { answer = std::move(result); });
    world.settle();
    return *answer;
}

}
