// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/rollouts.h"

#include "broker/domain/reasons.h"
#include "tests/simulation/administrator.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

const ImageId brokenImage("broken");

namespace {

using Act = void (PoolRollouts::*)(
    const Principal&, const std::string&, const wire::RolloutReason&, Done<wire::RolloutItem>);

void act(World& world, const PoolId& pool, Act what, const char* words)
{
    world.trace.tell("admin", [&] { return std::string(words) + " of " + pool.value(); });
    asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
        (broker.rollouts.*what)(who, pool.value(), {}, [](const Result<wire::RolloutItem>&) {});
    });
}

wire::NewRollout anyRollout(Random& chance)
{
    static constexpr const char* images[] { "image", "image-2", "broken" };
    wire::NewRollout request;
    request.image = images[chance.between(0, 2)];
    request.canaryPercent = chance.between(0, 100);
    request.wavePercent = chance.between(1, 100);
    if (chance.chance(0.3)) {
        request.mode = "force";
        request.countdownMinutes = chance.between(0, 4);
    }
    return request;
}

void start(World& world, const PoolId& pool, wire::NewRollout request, Span delay)
{
    world.trace.tell("admin", [&] { return "wants " + request.image + " for " + pool.value(); });
    asAdministrator(world, [&](BrokerProcess& broker, const Principal& who) {
        if (delay > 0ms)
            request.startAt
                = (ProcessClock(world.scheduler).wall() + delay).time_since_epoch().count();
        broker.rollouts.start(who, pool.value(), request, [](const Result<wire::RolloutItem>&) {});
    });
}

}

Result<void> addVersions(
    Store& store, const OrganisationId& organisation, ImageKind kind, WallTime now)
{
    for (const char* version : { "image-2", "broken" }) {
        Image image;
        image.id = ImageId(version);
        image.organisation = organisation;
        image.kind = kind;
        image.name = "ward";
        image.version = version;
        image.source = std::string("/images/") + version;
        image.createdAt = now;
        if (auto added = store.insertImage(image); !added)
            return added;
    }
    return {};
}

void planRollouts(World& world, Random chance)
{
    if (!chance.chance(0.4))
        return;
    const auto count = chance.between(1, 8);
    for (std::int64_t i = 0; i < count; ++i) {
        const PoolId pool = world
                                .pools[static_cast<std::size_t>(
                                    chance.between(0, std::int64_t(world.pools.size()) - 1))]
                                .id;
        const Span at = chance.between(Span(0), world.settings.trouble);
        const double kind = chance.unit();
        const wire::NewRollout request = anyRollout(chance);
        const Span delay = chance.chance(0.2) ? chance.between(Span(1s), Span(5min)) : Span(0);
        world.after(at, [&world, pool, kind, request, delay] {
            if (world.isHealing)
                return;
            if (kind < 0.6)
                start(world, pool, request, delay);
            else if (kind < 0.7)
                act(world, pool, &PoolRollouts::stop, "stops the rollout");
            else if (kind < 0.8)
                act(world, pool, &PoolRollouts::resume, "resumes the rollout");
            else if (kind < 0.95)
                act(world, pool, &PoolRollouts::rollBack, "rolls back the rollout");
            else
                act(world, pool, &PoolRollouts::cancel, "cancels the rollout");
        });
    }
}

void settleRollouts(World& world)
{
    for (const Pool& pool : world.pools) {
        const auto open = world.database.store->findOpenRollout(pool.id);
        const auto present = world.database.store->findPool(world.organisation, pool.id);
        if (!open || !present)
            continue;
        if (!*open) {
            if (present->image == brokenImage) // an agent has lied it there
                act(world, pool.id, &PoolRollouts::rollBack, "rolls back the rollout");
            continue;
        }
        if ((*open)->state == RolloutState::stopped)
            act(world, pool.id, &PoolRollouts::rollBack, "rolls back the rollout");
        else if ((*open)->state == RolloutState::scheduled)
            act(world, pool.id, &PoolRollouts::cancel, "cancels the rollout");
    }
}

std::string rolloutsLeft(World& world)
{
    Store& store = *world.database.store;
    for (const Pool& known : world.pools) {
        const auto pool = store.findPool(world.organisation, known.id);
        const auto rows = store.listDesktops(known.id);
        const auto open = store.findOpenRollout(known.id);
        if (!pool || !rows || !open)
            return "the database does not answer";
        bool canProve = false;
        for (const DesktopRow& row : *rows) {
            if (!row.desktop.owner.isEmpty())
                continue;
            canProve = true;
            if (row.desktop.incarnation.image != pool->image)
                return "the desktop " + row.desktop.name + " has not its pool's version";
        }
        // A pool without desktops, or with none but kept ones, has nothing that could prove a
        // version.
        if (*open && canProve)
            return "the rollout of " + pool->name + " is " + nameOf((*open)->state);
    }
    return {};
}

}
