// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/brokerprocess.h"

namespace wardesk::broker::simulation {

/// `what` at a broker that lives; nothing happens when the one that is asked is away.
template <typename What> void asAdministrator(World& world, What what)
{
    const auto admin = world.database.store->findUserByName(world.organisation, "admin");
    const std::size_t index = world.anyBroker();
    if (!admin || !world.brokers[index])
        return;
    what(*world.brokers[index],
        Principal { .user = *admin,
            .token = {},
            .terminal = "",
            .address = "192.0.2.2",
            .signedInUntil = {} });
}

}
