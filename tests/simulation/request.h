// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/brokerprocess.h"

namespace wardesk::broker::simulation {

template <typename T> using Ask = std::function<void(BrokerProcess&, Done<T>)>;

/// A request of a client: there, through the broker, and back. Any of the three may fail; the
/// client then hears of a lost connection or gives up after its own patience.
template <typename T> void request(World& world, Ask<T> ask, Done<T> answer)
{
    constexpr std::chrono::seconds patience { 15 };
    struct Open
    {
        Done<T> answer;
        void finish(Result<T> result)
        {
            if (const auto told = std::exchange(answer, nullptr))
                told(std::move(result));
        }
    };
    const auto open = std::make_shared<Open>(Open { std::move(answer) });
    world.after(patience, [open] { open->finish(failure(Errc::timeout, "no answer")); });
    if (world.random.chance(world.network.losing))
        return;
    const std::size_t index = world.anyBroker();
    const auto lost = [&world, open](Span delay) {
        world.after(
            delay, [open] { open->finish(failure(Errc::unavailable, "the connection was lost")); });
    };
    if (!world.brokers[index]) {
        lost(world.latency());
        return;
    }
    world.scheduler.after(
        world.latency(), world.brokers[index]->process, [&world, index, ask, open, lost] {
            BrokerProcess& broker = *world.brokers[index];
            const std::uint64_t call = broker.open([&world, lost] { lost(world.latency()); });
            const auto reply = [&world, &broker, call, open](Result<T> result) {
                // A reply after the death of the process cannot be: it died with its lanes.
                if (!broker.close(call) || world.random.chance(world.network.losing))
                    return;
                world.after(world.latency(), [open, result = std::move(result)]() mutable {
                    open->finish(std::move(result));
                });
            };
            std::ignore
                = broker.main.post(Urgency::usual, [&broker, ask, reply] { ask(broker, reply); });
        });
}

/// The same with a token, as the authorisation gate does it.
template <typename T>
void request(World& world, const std::string& token,
    std::function<void(BrokerProcess&, const Principal&, Done<T>)> ask, Done<T> answer)
{
    request<T>(
        world,
        [token, ask](BrokerProcess& broker, Done<T> done) {
            broker.signIns.authenticate(
                token, "192.0.2.1", [&broker, ask, done](Result<Principal> who) {
                    if (who)
                        ask(broker, *who, done);
                    else
                        done(tl::unexpected(who.error()));
                });
        },
        std::move(answer));
}

}
