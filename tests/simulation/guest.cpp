// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/guest.h"

#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "tests/simulation/agentconnection.h"
#include "tests/simulation/brokerprocess.h"

namespace wardesk::broker::simulation {

using namespace std::chrono_literals;
using desktop::DesktopCore;

template <typename Work> void Guest::later(Span delay, Work work)
{
    m_world.after(delay, [weak = weak_from_this(), work] {
        const auto self = weak.lock();
        if (!self || self->m_halted)
            return;
        if (self->m_frozenAt)
            self->m_postponed.emplace_back(work);
        else
            work(*self);
    });
}

Guest::Guest(World& world, Life& life, const DomainSpec& spec)
    : m_world(world)
    , m_life(life)
{
    const auto json = fromBase64(spec.bootstrap.reveal());
    const auto bootstrap = wire::decode<wire::AgentBootstrap>(json.value_or("{}"));
    if (!bootstrap)
        return;
    m_credentials = bootstrap->desktop + '.' + std::to_string(bootstrap->incarnation) + '.'
        + bootstrap->secret;
    m_certificate = sha256Hex(bootstrap->secret + " of this boot");
    m_memory.epoch = bootstrap->epoch;
}

void Guest::boot()
{
    later(m_world.random.between(300ms, 1500ms), [](Guest& g) { g.reviveAgent(); });
    if (m_neverBoots)
        return;
    later(m_world.random.between(1s, 6s), [](Guest& g) { g.answerRdp(); });
}

void Guest::answerRdp()
{
    if (m_neverBoots)
        return;
    m_rdpAnswers = true;
    handle(desktop::RdpAnswered { m_certificate });
}

void Guest::silenceRdp(std::optional<Span> until)
{
    if (m_frozenAt || !std::exchange(m_rdpAnswers, false))
        return;
    dropViewers();
    handle(desktop::RdpSilent {});
    if (until)
        later(*until, [](Guest& g) { g.answerRdp(); });
}

void Guest::reviveAgent()
{
    if (m_halted || m_core)
        return;
    wire::ResetProof proof;
    proof.places = { "/tmp" };
    proof.rdpKeySha256 = m_certificate;
    m_core.emplace(desktop::DesktopSettings { .version = "simulated", .proof = proof }, m_memory);
    if (m_memory.session == wire::SessionState::none && !m_neverBoots)
        startSession();
    else if (!m_hasSession)
        handle(desktop::SessionGone {});
    if (m_rdpAnswers)
        handle(desktop::RdpAnswered { m_certificate });
    lookSoon();
    connectLater(m_world.random.between(10ms, 200ms));
}

void Guest::startSession()
{
    later(m_world.random.between(1s, 6s), [](Guest& g) {
        if (!g.m_core || g.m_hasSession || g.m_core->memory().session != wire::SessionState::none)
            return;
        g.m_hasSession = g.m_life.hasBooted = true;
        g.m_life.sessionEnded = false;
        ++g.m_sessions;
        g.handle(desktop::SessionStarted {});
    });
}

void Guest::halt()
{
    m_halted = true;
    dropViewers();
    if (m_link)
        m_link->leave(m_world.random.chance(0.5) ? Span(5ms) : m_world.random.between(1s, 15s));
    m_link.reset();
}

MonotonicTime Guest::time() const
{
    const Span now = m_frozenAt.value_or(m_world.scheduler.now());
    return MonotonicTime(std::chrono::hours(1)) + (now - m_frozenFor);
}

void Guest::freeze()
{
    m_frozenAt = m_world.scheduler.now();
    dropViewers();
    if (m_link)
        m_link->leave(m_world.random.between(5ms, 15s));
    m_link.reset();
    m_linkIsUp = false;
}

void Guest::thaw()
{
    m_frozenFor += m_world.scheduler.now() - *std::exchange(m_frozenAt, std::nullopt);
    for (const auto& work : std::exchange(m_postponed, {}))
        later(m_world.random.between(0ms, 200ms), work);
    m_due.reset();
    schedule();
    // It notices by itself, too, that its connection is dead, sooner or later than it is told.
    connectLater(m_world.random.between(10ms, 1s));
}

bool Guest::wake(std::int64_t token)
{
    if (m_halted || m_frozenAt || !m_core)
        return false;
    m_life.mustWake = false;
    if (m_core->memory().resumed == token)
        return true;
    handle(desktop::Woken { token, std::nullopt });
    m_wasReady = false;
    if (m_rdpAnswers)
        later(m_world.random.between(10ms, 500ms), [](Guest& g) {
            if (g.m_rdpAnswers)
                g.handle(desktop::RdpAnswered { g.m_certificate });
        });
    if (m_link) {
        m_link->leave(10ms);
        m_link.reset();
        m_linkIsUp = false;
    }
    connectLater(10ms);
    return true;
}

void Guest::connectLater(Span delay)
{
    later(delay, [](Guest& g) { g.connect(); });
}

void Guest::connect()
{
    if (!m_core || m_link)
        return;
    const std::size_t index = m_world.anyBroker();
    if (m_cutUntil > m_world.scheduler.now() || !m_world.brokers[index]) {
        m_wait = std::min<Span>(m_wait * 2, 5s);
        connectLater(m_world.random.between(100ms, m_wait));
        return;
    }
    m_link = std::make_shared<AgentConnection>(m_world, weak_from_this(), *m_world.brokers[index]);
    m_link->open(m_credentials);
    // Nobody answers: given up, and tried again.
    later(10s, [weak = std::weak_ptr(m_link)](Guest& g) {
        const auto link = weak.lock();
        if (!link || link != g.m_link || g.m_linkIsUp)
            return;
        link->leave(1s);
        g.linkLost(link.get());
    });
}

void Guest::linkUp(const std::shared_ptr<AgentConnection>& link)
{
    if (link != m_link || m_halted || !m_core)
        return;
    m_linkIsUp = true;
    m_linkUpAt = m_world.scheduler.now();
    m_wait = 200ms;
    handle(desktop::LinkUp {});
}

std::optional<Span> Guest::speaksSince() const
{
    if (!m_core || !m_linkIsUp || !m_link || m_frozenAt)
        return std::nullopt;
    return std::max(m_linkUpAt, m_link->silentUntil());
}

void Guest::linkLost(const AgentConnection* link)
{
    if (m_link.get() != link)
        return;
    m_link.reset();
    m_linkIsUp = false;
    m_wait = std::min<Span>(m_wait * 2, 5s);
    connectLater(m_world.random.between(100ms, m_wait));
}

void Guest::reconnect()
{
    if (!m_link)
        return;
    m_link->leave(10ms);
    linkLost(m_link.get());
}

void Guest::cutUntil(Span until)
{
    m_cutUntil = std::max(m_cutUntil, until);
    if (m_link)
        m_link->cutUntil(until);
}

void Guest::heal()
{
    m_cutUntil = Span(0);
    if (m_frozenAt)
        return; // nothing is wrong with it but what the disk has of it
    answerRdp();
    reviveAgent();
    if (m_life.isLiar || (m_link && m_link->isCut()))
        reconnect(); // whoever lied tells the truth again
}

void Guest::receive(const wire::AgentCommand& command)
{
    if (m_halted || m_frozenAt || !m_core)
        return;
    const std::string fresh = randomToken(16);
    const auto effects
        = m_core->handle(desktop::CommandReceived { command, Secret(fresh) }, time());
    for (const desktop::Effect& effect : effects) {
        const auto* sent = std::get_if<desktop::SendReport>(&effect);
        if (sent == nullptr || sent->report.kind != wire::AgentReportKind::answer
            || sent->report.error)
            continue;
        m_world.observer->obeyed(m_life, command);
        if (sent->report.credential)
            m_world.observer->credentialMade(m_life, *sent->report.credential, command.epoch);
    }
    bool accepted = false;
    for (const desktop::Effect& effect : effects)
        carryOut(effect, accepted);
    schedule();
}

bool Guest::handle(const desktop::Event& event)
{
    if (m_halted || !m_core)
        return false;
    bool accepted = false;
    for (const desktop::Effect& effect : m_core->handle(event, time()))
        carryOut(effect, accepted);
    schedule();
    return accepted;
}

void Guest::schedule()
{
    const auto due = m_core ? m_core->deadline() : std::nullopt;
    if (!due || due == m_due)
        return;
    m_due = due;
    later(std::max(Span(0), *due - time()), [](Guest& g) { g.handle(desktop::TimePassed {}); });
}

void Guest::carryOut(const desktop::Effect& effect, bool& accepted)
{
    using namespace desktop;
    if (const auto* send = std::get_if<SendReport>(&effect)) {
        const bool isReady = send->report.isReady.value_or(m_wasReady);
        m_life.wasUnready = m_life.wasUnready || (m_wasReady && !isReady);
        m_wasReady = isReady;
        if (m_linkIsUp)
            m_link->report(send->report);
    } else if (std::holds_alternative<RememberState>(effect)) {
        m_memory = m_core->memory();
    } else if (std::holds_alternative<AcceptCredential>(effect)) {
        accepted = true;
    } else if (std::holds_alternative<CutViewers>(effect)) {
        m_world.observer->cut(m_life);
        dropViewers();
    } else if (std::holds_alternative<StartSession>(effect)) {
        startSession();
    } else if (std::holds_alternative<EndSession>(effect)) {
        later(m_world.random.between(200ms, 2s), [](Guest& g) { g.endSession(); });
    }
}

bool Guest::offer(const std::string& account, const std::string& credential, const UserId& user,
    const std::weak_ptr<Viewer>& viewer)
{
    const bool accepted = m_rdpAnswers && !m_frozenAt
        && handle(desktop::CredentialOffered { account, Secret(credential) });
    if (!accepted)
        return false;
    m_world.observer->credentialAccepted(m_life, credential);
    later(m_world.random.between(100ms, 400ms), [user, viewer, session = m_sessions](Guest& g) {
        if (g.m_hasSession && g.m_sessions == session && g.m_rdpAnswers)
            g.show(user, viewer);
    });
    lookSoon();
    return true;
}

void Guest::show(const UserId& user, const std::weak_ptr<Viewer>& viewer)
{
    dropViewers(); // a session has one screen: the newer client takes it
    const std::uint64_t number = ++m_lastViewer;
    m_viewers[number] = { user, viewer };
    m_life.shownNow = 1;
    m_world.observer->shown(m_life, user);
    lookSoon();
    m_touchedAt = time();
    m_life.idleFor = Span(0);
    m_isLeftAlone = m_world.idleness.chance(0.5);
    watchIdle(number);
    if (const auto client = viewer.lock())
        client->shown(shared_from_this(), number);
    else
        leave(number);
}

void Guest::watchIdle(std::uint64_t viewer)
{
    const auto timers = m_memory.timers.value_or(wire::SessionTimers {});
    if (!m_viewers.contains(viewer) || (timers.lockMs == 0 && timers.disconnectMs == 0))
        return;
    later(m_core ? m_core->idleLook() : 5s, [viewer](Guest& g) {
        if (!g.m_viewers.contains(viewer))
            return;
        if (!g.m_isLeftAlone)
            g.m_touchedAt = g.time();
        g.m_life.idleFor = std::chrono::duration_cast<Span>(g.time() - g.m_touchedAt);
        g.handle(desktop::IdleMeasured { g.m_life.idleFor });
        g.watchIdle(viewer);
    });
}

void Guest::dropViewers()
{
    const auto viewers = std::exchange(m_viewers, {});
    m_life.shownNow = 0;
    for (const auto& [number, seen] : viewers) {
        if (const auto client = seen.viewer.lock())
            client->dropped(number);
    }
    if (!viewers.empty())
        lookSoon();
}

void Guest::leave(std::uint64_t viewer)
{
    if (m_viewers.erase(viewer) == 0)
        return;
    m_life.shownNow = static_cast<int>(m_viewers.size());
    lookSoon();
}

void Guest::lookSoon()
{
    if (std::exchange(m_looking, true))
        return;
    later(m_world.random.between(20ms, 300ms), [](Guest& g) {
        g.m_looking = false;
        desktop::Viewers viewers;
        for (const auto& [number, seen] : g.m_viewers)
            viewers.insert(number);
        g.handle(desktop::ViewersSeen { viewers });
    });
}

void Guest::endSession()
{
    if (m_halted || m_frozenAt)
        return;
    if (m_hasSession || (m_core && m_core->memory().session == wire::SessionState::ended)) {
        m_hasSession = false;
        m_life.sessionEnded = true;
        dropViewers();
    }
    handle(desktop::SessionGone {});
}

void Guest::killAgent(std::optional<Span> until)
{
    if (!m_core || m_frozenAt)
        return;
    m_core.reset();
    m_due.reset();
    if (m_link)
        m_link->leave(5ms);
    m_link.reset();
    m_linkIsUp = false;
    if (until)
        later(*until, [](Guest& g) { g.reviveAgent(); });
}

void Guest::lie()
{
    if (!m_linkIsUp || !m_core || m_frozenAt)
        return;
    m_life.isLiar = true;
    wire::AgentReport report;
    report.kind = wire::AgentReportKind::session;
    report.epoch = m_core->memory().epoch;
    switch (m_world.random.between(0, 3)) {
    case 0:
        report.session = wire::SessionState::ended;
        report.lease = m_core->memory().lease;
        break;
    case 1:
        report.session = wire::SessionState::connected;
        break;
    case 2:
        report.kind = wire::AgentReportKind::ready;
        report.isReady = false;
        break;
    default:
        report.kind = wire::AgentReportKind::ready;
        report.isReady = true;
        report.certificateSha256 = std::string(64, 'f');
        break;
    }
    m_link->report(report);
}

}
