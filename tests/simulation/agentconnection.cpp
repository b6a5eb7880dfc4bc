// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/agentconnection.h"

#include "tests/simulation/brokerprocess.h"
#include "tests/simulation/guest.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

AgentConnection::AgentConnection(World& world, std::weak_ptr<Guest> guest, BrokerProcess& broker)
    : m_world(world)
    , m_guest(std::move(guest))
    , m_broker(&broker)
    , m_process(broker.process)
{
}

Span AgentConnection::delayOf(Span& last)
{
    const Span now = m_world.scheduler.now();
    last = std::max({ now + m_world.random.between(0ms, 3ms), last, m_cutUntil });
    return last - now;
}

void AgentConnection::open(const std::string& credentials)
{
    m_world.scheduler.after(
        m_world.random.between(2ms, 20ms), m_process, [self = shared_from_this(), credentials] {
            if (self->m_broker == nullptr)
                return; // the agent has gone already
            BrokerProcess& broker = *self->m_broker;
            broker.links.push_back(self);
            broker.reports.authenticate(credentials, [self](Result<AgentIdentity> identity) {
                if (self->m_broker == nullptr)
                    return;
                if (!identity || self->m_guestEnded) {
                    std::erase(self->m_broker->links, self);
                    self->m_broker = nullptr;
                    self->m_world.after(self->m_world.latency(), [self] { self->endAtGuest(); });
                    return;
                }
                self->m_identity = std::move(*identity);
                self->m_broker->agents.attach(*self->m_identity, self);
                self->m_world.after(self->delayOf(self->m_lastToGuest), [self] {
                    const auto guest = self->m_guest.lock();
                    if (guest && !self->m_guestEnded)
                        guest->linkUp(self);
                });
            });
        });
}

void AgentConnection::report(const wire::AgentReport& report)
{
    if (m_guestEnded)
        return;
    m_toBroker.push_back(report);
    m_world.scheduler.after(
        delayOf(m_lastToBroker), m_process, [self = shared_from_this()] { self->arrive(); });
}

void AgentConnection::arrive()
{
    if (m_broker == nullptr || m_toBroker.empty())
        return;
    m_inbox.push_back(std::move(m_toBroker.front()));
    m_toBroker.pop_front();
    if (!m_receiving)
        receiveNext();
}

void AgentConnection::receiveNext()
{
    m_receiving = m_broker != nullptr && !m_inbox.empty();
    if (!m_receiving)
        return;
    std::ignore = m_broker->main.post(Urgency::usual, [self = shared_from_this()] {
        if (self->m_broker == nullptr)
            return;
        const wire::AgentReport report = std::move(self->m_inbox.front());
        self->m_inbox.pop_front();
        self->m_broker->reports.receive(*self->m_identity, report, [self] { self->receiveNext(); });
    });
}

void AgentConnection::send(const wire::AgentCommand& command)
{
    m_toGuest.push_back(command);
    m_world.observer->ordered(command);
    m_world.after(delayOf(m_lastToGuest), [self = shared_from_this()] {
        const auto guest = self->m_guest.lock();
        if (!guest || self->m_guestEnded || self->m_toGuest.empty())
            return;
        const wire::AgentCommand next = std::move(self->m_toGuest.front());
        self->m_toGuest.pop_front();
        guest->receive(next);
    });
}

void AgentConnection::close(const std::string&)
{
    endAtBroker();
    m_world.after(delayOf(m_lastToGuest), [self = shared_from_this()] { self->endAtGuest(); });
}

void AgentConnection::endAtBroker()
{
    if (m_broker == nullptr)
        return;
    BrokerProcess& broker = *std::exchange(m_broker, nullptr);
    const auto self = shared_from_this();
    if (m_identity) {
        std::ignore = broker.main.post(Urgency::usual,
            [self, &broker] { broker.reports.left(*self->m_identity, self.get()); });
    }
    std::erase(broker.links, self);
}

void AgentConnection::endAtGuest()
{
    if (std::exchange(m_guestEnded, true))
        return;
    if (const auto guest = m_guest.lock())
        guest->linkLost(this);
}

void AgentConnection::leave(Span delay)
{
    m_guestEnded = true;
    m_world.scheduler.after(delay, m_process, [self = shared_from_this()] { self->endAtBroker(); });
}

void AgentConnection::cutUntil(Span until)
{
    m_cutUntil = std::max(m_cutUntil, until);
    // A short silence is sat out; after a longer one each end gives up in its own time, and who has
    // not is told when the network is there again.
    const Span length = until - m_world.scheduler.now();
    const Span noticedHere = m_world.random.between(10s, 15s);
    const Span noticedThere = m_world.random.between(10s, 15s);
    if (length <= std::min(noticedHere, noticedThere))
        return;
    m_world.after(
        std::min(noticedHere, length), [self = shared_from_this()] { self->endAtGuest(); });
    m_world.scheduler.after(std::min(noticedThere, length), m_process,
        [self = shared_from_this()] { self->endAtBroker(); });
}

void AgentConnection::brokerDied(Span delay)
{
    m_broker = nullptr;
    m_world.after(delay, [self = shared_from_this()] { self->endAtGuest(); });
}

}
