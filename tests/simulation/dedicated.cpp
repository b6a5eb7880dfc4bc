// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/dedicated.h"

#include "tests/simulation/administrator.h"
#include "tests/simulation/clinician.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t everybody = 5; ///< clinicians at most

std::optional<DesktopRow> anyOf(World& world, const PoolId& pool, std::uint64_t number)
{
    const auto rows = world.database.store->listDesktops(pool);
    if (!rows || rows->empty())
        return std::nullopt;
    return (*rows)[number % rows->size()];
}

void unassign(World& world, const DesktopRow& row)
{
    world.trace.tell("admin", [&] { return "takes away " + row.desktop.name; });
    asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
        broker.desktops.unassign(who, row.desktop.id.value(), { row.desktop.owner.value() },
            [](const Result<wire::DesktopItem>&) {});
    });
}

void assign(World& world, const DesktopRow& row, std::uint64_t number)
{
    const User& user = world.clinicians[number % world.clinicians.size()]->user();
    world.trace.tell("admin", [&] { return "gives " + row.desktop.name + " to " + user.name; });
    asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
        broker.desktops.assign(
            who, row.desktop.id.value(), { user.name }, [](const Result<wire::DesktopItem>&) {});
    });
}

}

void makeDedicated(Pool& pool, std::uint64_t seed)
{
    if (!Random(seed ^ 0xded1'ca7e'ded1'ca7eULL).chance(0.5))
        return;
    pool.kind = PoolKind::dedicated;
    pool.max += everybody;
}

void planAssignments(World& world, Random chance)
{
    for (const Pool& pool : world.pools) {
        if (pool.kind != PoolKind::dedicated)
            continue;
        const auto count = chance.between(0, 6);
        for (std::int64_t i = 0; i < count; ++i) {
            const Span at = chance.between(Span(30s), world.settings.trouble);
            const bool takes = chance.chance(0.6);
            const Span again = chance.spread(Span(1s), world.settings.trouble);
            world.after(at,
                [&world, id = pool.id, takes, again, which = chance.next(), whose = chance.next()] {
                    if (world.isHealing)
                        return;
                    const auto row = anyOf(world, id, which);
                    if (!row)
                        return;
                    if (!takes) {
                        assign(world, *row, whose);
                        return;
                    }
                    unassign(world, *row);
                    // Said twice: by then it may be somebody else's.
                    world.after(again, [&world, before = *row] {
                        if (!world.isHealing)
                            unassign(world, before);
                    });
                });
        }
    }
}

}
