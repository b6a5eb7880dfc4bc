// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/terminal.h"

#include "protocols/base/encoding.h"
#include "tests/simulation/clinician.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

namespace {

/// About two minutes.
constexpr int refusalsBorne = 60;

}

Terminal::Terminal(World& world, Clinician& owner, std::string name)
    : m_world(world)
    , m_owner(owner)
    , m_name(std::move(name))
{
}

/// Work of the present attempt: void as soon as there is another.
template <typename Work> void Terminal::later(Span delay, Work work)
{
    m_world.after(delay, [self = shared_from_this(), attempt = m_attempt, work] {
        if (self->m_attempt == attempt)
            work(*self);
    });
}

std::string Terminal::newKey()
{
    return m_owner.user().name + '-' + randomToken(9);
}

void Terminal::begin(const PoolId& pool)
{
    ++m_attempt;
    m_state = State::asking;
    m_pool = pool;
    m_key = newKey();
    m_world.trace.tell(
        "client", [&] { return m_owner.user().name + " asks for a desktop at " + m_name; });
    ask();
}

void Terminal::startAnew(Span delay)
{
    later(delay, [](Terminal& t) {
        t.m_key = t.newKey();
        t.ask();
    });
}

void Terminal::giveUp()
{
    ++m_attempt;
    m_state = State::idle;
    // The client gives back what it was given and did not use, unless it was switched off.
    if (LeaseTruth* lease = m_world.observer->find(m_lease);
        lease != nullptr && !lease->wasShown && m_world.random.chance(0.5)) {
        lease->giveBackAsked = true;
        request<bool>(
            m_world, m_token,
            [id = m_lease](BrokerProcess& broker, const Principal& who, Done<bool> done) {
                broker.sessions.giveBack(who, id, std::move(done));
            },
            [](const Result<bool>&) {});
    }
    m_owner.lostAt(*this);
}

void Terminal::ask()
{
    if (m_token.empty())
        signIn();
    else
        connect();
}

void Terminal::signIn()
{
    wire::SignIn credentials;
    credentials.user = m_owner.user().name;
    credentials.password = "secret";
    credentials.terminal = m_name;
    request<wire::SignedIn>(
        m_world,
        [credentials](BrokerProcess& broker, Done<wire::SignedIn> done) {
            broker.signIns.signIn(credentials, "192.0.2.1", std::move(done));
        },
        [self = shared_from_this(), attempt = m_attempt](Result<wire::SignedIn> answer) {
            if (self->m_attempt != attempt)
                return;
            if (!answer) {
                self->later(self->m_world.random.between(500ms, 3s), [](Terminal& t) { t.ask(); });
                return;
            }
            self->m_token = answer->token;
            self->connect();
        });
}

void Terminal::connect()
{
    wire::Connect wanted;
    wanted.pool = m_pool.value();
    const std::function<void(BrokerProcess&, const Principal&, Done<wire::Connection>)> at
        = [wanted, key = m_key](
              BrokerProcess& broker, const Principal& who, Done<wire::Connection> done) {
              broker.connections.connect(who, wanted, key,
                  [&broker, user = who.user.id, done](Result<wire::Connection> answer) {
                      if (answer)
                          broker.world.observer->connectAnswered(user, *answer);
                      done(std::move(answer));
                  });
          };
    request<wire::Connection>(m_world, m_token, at,
        [self = shared_from_this(), attempt = m_attempt](Result<wire::Connection> answer) {
            if (self->m_attempt == attempt)
                self->answered(std::move(answer));
        });
    // The network, or an impatient proxy, may repeat it, and much later.
    if (m_world.random.chance(m_world.network.doubling))
        m_world.after(m_world.random.spread(1ms, 9min), [&world = m_world, token = m_token, at] {
            request<wire::Connection>(world, token, at, [](const Result<wire::Connection>&) {});
        });
}

void Terminal::answered(Result<wire::Connection> answer)
{
    Random& random = m_world.random;
    if (!answer) {
        const Errc code = answer.error().code;
        if (code == Errc::stale || code == Errc::conflict) { // that session has ended
            startAnew(random.between(100ms, 1s));
            return;
        }
        if (code == Errc::notFound) { // he may not use it
            ++m_attempt;
            m_state = State::idle;
            m_owner.lostAt(*this);
            return;
        }
        if (code == Errc::unauthenticated)
            m_token.clear();
        // Set aside: the user may take a fresh one.
        if (code == Errc::unavailable && !m_lease.isEmpty() && random.chance(0.1))
            restart();
        later(random.between(500ms, 5s), [](Terminal& t) { t.ask(); });
        return;
    }
    if (answer->state == wire::ConnectionState::preparing) {
        later(Span(answer->retryAfterMs.value_or(500)), [](Terminal& t) { t.ask(); });
        return;
    }
    m_lease = LeaseId(answer->lease.value_or(""));
    const std::string ticket = answer->ticket.value_or("");
    // Most people do not wait; some go and come back, also about when the desktop is given back.
    Span wait { random.between(0ms, 300ms) };
    if (!m_world.isHealing && random.chance(0.05))
        wait = random.spread(1s, 45s);
    if (!m_world.isHealing && random.chance(0.04)) {
        startAnew(random.between(4min + 50s, 5min + 10s));
        return;
    }
    later(wait, [ticket, lease = m_lease](Terminal& t) { t.redeem(ticket, lease, false); });
}

void Terminal::redeem(const std::string& ticket, const LeaseId&, bool again)
{
    const std::function<void(BrokerProcess&, const Principal&, Done<wire::OneTimeCredential>)> at =
        [ticket](BrokerProcess& broker, const Principal& who, Done<wire::OneTimeCredential> done) {
            broker.connections.redeem(
                who, { ticket }, [&broker, ticket, done](Result<wire::OneTimeCredential> answer) {
                    if (answer)
                        broker.world.observer->redeemAnswered(ticket, *answer);
                    done(std::move(answer));
                });
        };
    request<wire::OneTimeCredential>(m_world, m_token, at,
        [self = shared_from_this(), attempt = m_attempt, again](
            Result<wire::OneTimeCredential> answer) {
            if (self->m_attempt == attempt && !again)
                self->redeemed(std::move(answer));
        });
    // A thief has seen the ticket, or a proxy repeats the request.
    if (!again && m_world.random.chance(0.1))
        m_world.after(m_world.random.spread(1ms, 20s),
            [self = shared_from_this(), ticket] { self->redeem(ticket, {}, true); });
}

void Terminal::redeemed(Result<wire::OneTimeCredential> answer)
{
    Random& random = m_world.random;
    if (!answer) {
        if (answer.error().code == Errc::unauthenticated)
            m_token.clear();
        // A desktop that lets nobody in: the client offers to restart it, and in the end its user
        // does.
        if (answer.error().code == Errc::preparing && ++m_refusals % refusalsBorne == 0)
            restart();
        startAnew(random.between(300ms, 3s));
        return;
    }
    Span wait { random.between(5ms, 100ms) };
    if (!m_world.isHealing && random.chance(0.03))
        wait = random.spread(1s, 90s);
    later(wait, [credential = *answer](Terminal& t) { t.reach(credential); });
}

void Terminal::reach(const wire::OneTimeCredential& credential)
{
    Life* const life = m_world.at(credential.desktop.address);
    const auto guest = life == nullptr ? nullptr : m_world.guestOf(life->uuid);
    // S3: whatever else answers at that address is refused by its certificate.
    const bool accepted = guest && guest->certificate() == credential.desktop.certificateSha256
        && guest->offer(credential.account, credential.credential, m_owner.user().id,
            std::weak_ptr<Viewer>(shared_from_this()));
    if (!accepted) {
        startAnew(m_world.random.between(500ms, 3s));
        return;
    }
    if (m_world.random.chance(0.1))
        later(m_world.random.spread(1ms, 40s), [credential, guest](Terminal& t) {
            guest->offer(credential.account, credential.credential, t.m_owner.user().id, {});
        });
    // The picture comes, or it does not: then once more.
    later(3s, [](Terminal& t) {
        if (t.m_state != State::shown)
            t.startAnew(Span(0));
    });
}

void Terminal::shown(const std::shared_ptr<Guest>& guest, std::uint64_t number)
{
    if (m_state == State::idle) { // the user has gone meanwhile
        guest->leave(number);
        return;
    }
    ++m_attempt;
    m_refusals = 0;
    m_state = State::shown;
    m_guest = guest;
    m_viewer = number;
    m_owner.pictureAt(*this);
}

void Terminal::dropped(std::uint64_t number)
{
    if (m_state != State::shown || m_viewer != number)
        return;
    ++m_attempt;
    m_state = State::idle;
    m_guest.reset();
    m_owner.lostAt(*this);
}

void Terminal::logOffInside()
{
    if (const auto guest = m_guest.lock())
        guest->logOff(m_viewer);
}

void Terminal::order(
    void (SessionControl::*what)(const Principal&, LeaseScope, const LeaseId&, Done<bool>))
{
    request<bool>(
        m_world, m_token,
        [what, lease = m_lease](BrokerProcess& broker, const Principal& who, Done<bool> done) {
            (broker.sessions.*what)(who, LeaseScope::own, lease, std::move(done));
        },
        [](const Result<bool>&) {});
}

void Terminal::logOffByBroker()
{
    if (LeaseTruth* lease = m_world.observer->find(m_lease))
        lease->logoffAsked = lease->disconnectAsked = true;
    order(&SessionControl::logOff);
    // It may have failed: then by the desktop's own menu.
    later(20s, [](Terminal& t) { t.logOffInside(); });
}

void Terminal::disconnect()
{
    const auto guest = m_guest.lock();
    const std::uint64_t viewer = m_viewer;
    dropped(viewer);
    if (guest)
        guest->leave(viewer);
}

void Terminal::disconnectByBroker()
{
    if (LeaseTruth* lease = m_world.observer->find(m_lease))
        lease->disconnectAsked = true;
    order(&SessionControl::disconnect);
    later(20s, [](Terminal& t) { t.disconnect(); });
}

void Terminal::restart()
{
    if (LeaseTruth* lease = m_world.observer->find(m_lease))
        lease->restartAsked = true;
    request<bool>(
        m_world, m_token,
        [lease = m_lease](BrokerProcess& broker, const Principal& who, Done<bool> done) {
            broker.sessions.restart(who, lease, std::move(done));
        },
        [](const Result<bool>&) {});
}

void Terminal::vanish()
{
    const auto guest = m_guest.lock();
    const std::uint64_t viewer = m_viewer;
    m_token.clear();
    dropped(viewer);
    if (guest)
        m_world.after(m_world.random.spread(1s, 60s), [guest, viewer] { guest->leave(viewer); });
}

}
