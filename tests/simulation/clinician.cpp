// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/clinician.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;

Clinician::Clinician(World& world, User user)
    : m_world(world)
    , m_user(std::move(user))
{
}

template <typename Work> void Clinician::later(Span delay, Work work)
{
    m_world.after(delay, [self = shared_from_this(), work] { work(*self); });
}

void Clinician::begin()
{
    for (const char* place : { "bedside", "office" })
        m_terminals.push_back(
            std::make_shared<Terminal>(m_world, *this, m_user.name + "'s " + place));
    thinkLater(m_world.random.spread(1s, 2min));
}

void Clinician::thinkLater(Span delay)
{
    later(delay, [](Clinician& c) { c.think(); });
}

void Clinician::think()
{
    if (m_isDone)
        return;
    Random& random = m_world.random;
    if (m_ending && m_hasSeen && hasNothingLeft())
        return;
    Terminal& terminal = *random.pick(m_terminals);
    const bool isBusy = std::any_of(
        m_terminals.begin(), m_terminals.end(), [](const auto& one) { return !one->isIdle(); });
    if (!isBusy) {
        // One round is one pool: in the end everybody still knows where a session was left.
        const auto open = m_world.observer->openLeasesOf(m_user.id);
        m_pool = open.empty() ? random.pick(m_world.pools).id : open.front()->pool;
        if (m_ending && m_world.shutOut.contains({ m_pool, m_user.id }))
            m_pool = m_world.pools.front().id; // in vain he tries only in the trouble
        terminal.begin(m_pool);
        if (!m_ending && random.chance(0.1)) { // without patience
            later(random.spread(500ms, 2min), [at = terminal.shared_from_this()](Clinician&) {
                if (!at->isIdle() && !at->isShown())
                    at->giveUp();
            });
        }
        return;
    }
    // The other terminal: the session moves.
    if (!m_ending && terminal.isIdle() && random.chance(0.3)) {
        m_world.trace.tell("client", [&] { return m_user.name + " moves to " + terminal.name(); });
        terminal.begin(m_pool);
    }
}

void Clinician::pictureAt(Terminal& terminal)
{
    if (m_ending)
        m_hasSeen = true;
    Random& random = m_world.random;
    const std::uint64_t work = ++m_work;
    const Span length = m_ending ? random.between(2s, 10s) : random.spread(5s, 8min);
    if (!m_ending && random.chance(0.2))
        thinkLater(random.spread(1s, length)); // perhaps somewhere else
    later(length, [work, at = terminal.shared_from_this()](Clinician& c) {
        if (c.m_work == work && at->isShown())
            c.finishWork(*at);
    });
}

void Clinician::finishWork(Terminal& terminal)
{
    const auto choice = m_world.random.between(0, 99);
    m_world.trace.tell("client", [&] {
        return m_user.name + " ends the work at " + terminal.name() + " (" + std::to_string(choice)
            + ')';
    });
    if (m_ending || choice < 45)
        terminal.logOffInside();
    else if (choice < 60)
        terminal.logOffByBroker();
    else if (choice < 75)
        terminal.disconnect();
    else if (choice < 82)
        terminal.disconnectByBroker();
    else if (choice < 90)
        terminal.vanish();
    else if (choice < 96)
        terminal.restart();
    else
        thinkLater(m_world.random.spread(1s, 1min));
}

void Clinician::lostAt(Terminal&)
{
    Random& random = m_world.random;
    if (m_ending)
        thinkLater(random.between(500ms, 3s));
    else
        thinkLater(random.chance(0.4) ? random.spread(100ms, 3s) : random.spread(1s, 6min));
}

/// True also while the broker has still to hear that a session is over.
bool Clinician::hasNothingLeft()
{
    const auto open = m_world.observer->openLeasesOf(m_user.id);
    m_isDone = open.empty();
    if (m_isDone)
        return true;
    for (const LeaseTruth* lease : open) {
        if (!m_world.observer->lifeOf(lease->domain).seats[lease->seat].sessionEnded)
            return false;
    }
    thinkLater(2s);
    return true;
}

void Clinician::comeToAnEnd()
{
    m_ending = true;
    for (const auto& terminal : m_terminals) {
        if (terminal->isShown())
            later(m_world.random.between(1s, 20s), [at = terminal](Clinician&) {
                if (at->isShown())
                    at->logOffInside();
            });
    }
    thinkLater(m_world.random.between(1s, 10s));
}

std::string Clinician::describe() const
{
    std::string text = m_user.name + (m_isDone ? " is done" : " is not done");
    for (const auto& terminal : m_terminals)
        text += terminal->isShown() ? ", shown at " + terminal->name()
            : terminal->isIdle()    ? ""
                                    : ", asking at " + terminal->name();
    return text;
}

}
