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

template <typename Work> void Guest::later(Seat& seat, Span delay, Work work)
{
    later(delay, [number = seat.number, work](Guest& g) { work(g, g.m_seats.at(number)); });
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
    m_leastEpoch = bootstrap->epoch;
    m_limits = { bootstrap->seats.value_or(0), bootstrap->accounts.value_or(0) };
    if (!isShared())
        addSeat(0);
}

Guest::Seat& Guest::addSeat(std::int64_t number)
{
    Seat& seat = m_seats[number];
    seat.number = number;
    seat.memory.epoch = m_leastEpoch;
    return seat;
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
    handleAll(desktop::RdpAnswered { m_certificate });
}

void Guest::silenceRdp(std::optional<Span> until)
{
    if (m_frozenAt || !std::exchange(m_rdpAnswers, false))
        return;
    for (auto& [number, seat] : m_seats)
        dropViewers(seat);
    handleAll(desktop::RdpSilent {});
    if (until)
        later(*until, [](Guest& g) { g.answerRdp(); });
}

void Guest::reviveAgent()
{
    if (m_halted || m_agentLives)
        return;
    m_agentLives = true;
    for (auto& [number, seat] : m_seats)
        reviveSeat(seat);
    look();
    connectLater(m_world.random.between(10ms, 200ms));
}

void Guest::reviveSeat(Seat& seat)
{
    wire::ResetProof proof;
    proof.places = { "/tmp" };
    proof.rdpKeySha256 = m_certificate;
    desktop::DesktopSettings settings;
    settings.version = "simulated";
    settings.proof = proof;
    if (isShared())
        settings.account = desktop::accountOfSeat(settings.account, seat.number);
    seat.core.emplace(std::move(settings), seat.memory);
    if (seat.memory.session == wire::SessionState::none && !m_neverBoots)
        startSession(seat);
    else if (!seat.hasSession)
        handle(seat, desktop::SessionGone {});
    if (m_rdpAnswers)
        handle(seat, desktop::RdpAnswered { m_certificate });
    lookSoon(seat);
}

void Guest::startSession(Seat& seat)
{
    later(seat, m_world.random.between(1s, 6s), [](Guest& g, Seat& s) {
        if (!s.core || s.hasSession || s.core->memory().session != wire::SessionState::none)
            return;
        s.hasSession = g.m_life.hasBooted = true;
        g.truthOf(s).sessionEnded = false;
        ++s.sessions;
        g.handle(s, desktop::SessionStarted {});
    });
}

void Guest::halt()
{
    m_halted = true;
    for (auto& [number, seat] : m_seats)
        dropViewers(seat);
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
    for (auto& [number, seat] : m_seats)
        dropViewers(seat);
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
    for (auto& [number, seat] : m_seats) {
        seat.due.reset();
        schedule(seat);
    }
    // It notices by itself, too, that its connection is dead, sooner or later than it is told.
    connectLater(m_world.random.between(10ms, 1s));
}

std::optional<std::int64_t> Guest::resumed() const
{
    return isShared() ? m_resumed : m_seats.at(0).memory.resumed;
}

bool Guest::wake(std::int64_t token)
{
    if (m_halted || m_frozenAt || !m_agentLives)
        return false;
    m_life.mustWake = false;
    if (resumed() == token)
        return true;
    if (isShared())
        m_resumed = token;
    // As the real one's: nothing is told on the old connection.
    m_saidReady = m_wasReady = false;
    for (auto& [number, seat] : m_seats)
        handle(seat, desktop::Woken { token, std::nullopt });
    m_wasReady = false;
    if (m_rdpAnswers)
        later(m_world.random.between(10ms, 500ms), [](Guest& g) {
            if (g.m_rdpAnswers)
                g.handleAll(desktop::RdpAnswered { g.m_certificate });
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
    if (!m_agentLives || m_link)
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
    if (link != m_link || m_halted || !m_agentLives)
        return;
    m_linkIsUp = true;
    m_linkUpAt = m_world.scheduler.now();
    m_wait = 200ms;
    if (!isShared()) {
        handle(m_seats.at(0), desktop::LinkUp {});
        return;
    }
    auto hello = sharedReport(wire::AgentReportKind::hello);
    hello.isReady = m_saidReady = isSharedReady();
    if (m_rdpAnswers)
        hello.certificateSha256 = m_certificate;
    hello.resumed = m_resumed;
    send(hello);
}

std::optional<Span> Guest::speaksSince() const
{
    if (!m_agentLives || !m_linkIsUp || !m_link || m_frozenAt)
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
    if (m_halted || m_frozenAt || !m_agentLives)
        return;
    if (command.kind == wire::AgentCommandKind::brokers)
        return;
    if (!isShared()) {
        obey(m_seats.at(0), command);
        return;
    }
    if (command.kind == wire::AgentCommandKind::state && !command.seat) {
        wire::AgentReport answer = sharedReport(wire::AgentReportKind::answer);
        answer.sessions.reset();
        answer.id = command.id;
        answer.session = wire::SessionState::none;
        send(answer);
        return;
    }
    if (const auto good = desktop::checkSeat(command.seat, m_limits); !good) {
        refuse(command, good.error());
        return;
    }
    const auto [found, isNew] = m_seats.try_emplace(*command.seat);
    if (isNew)
        reviveSeat(addSeat(*command.seat));
    // The session is given the time that the real agent gives it.
    const bool isEarly = command.kind == wire::AgentCommandKind::prepare
        && found->second.memory.session == wire::SessionState::none;
    if (!isEarly) {
        obey(found->second, command);
        return;
    }
    later(found->second, 3500ms, [command](Guest& g, Seat& s) {
        if (s.core)
            g.obey(s, command);
    });
}

void Guest::obey(Seat& seat, const wire::AgentCommand& command)
{
    const std::string fresh = randomToken(16);
    const auto effects
        = seat.core->handle(desktop::CommandReceived { command, Secret(fresh) }, time());
    for (const desktop::Effect& effect : effects) {
        const auto* sent = std::get_if<desktop::SendReport>(&effect);
        if (sent == nullptr || sent->report.kind != wire::AgentReportKind::answer
            || sent->report.error)
            continue;
        m_world.observer->obeyed(m_life, command);
        if (sent->report.credential)
            m_world.observer->credentialMade(
                m_life, *sent->report.credential, command.epoch, seat.number);
    }
    bool accepted = false;
    for (const desktop::Effect& effect : effects)
        carryOut(seat, effect, accepted);
    schedule(seat);
    look();
}

bool Guest::handle(Seat& seat, const desktop::Event& event)
{
    if (m_halted || !seat.core)
        return false;
    bool accepted = false;
    for (const desktop::Effect& effect : seat.core->handle(event, time()))
        carryOut(seat, effect, accepted);
    schedule(seat);
    return accepted;
}

void Guest::handleAll(const desktop::Event& event)
{
    for (auto& [number, seat] : m_seats)
        handle(seat, event);
    look();
}

void Guest::schedule(Seat& seat)
{
    const auto due = seat.core ? seat.core->deadline() : std::nullopt;
    if (!due || due == seat.due)
        return;
    seat.due = due;
    later(seat, std::max(Span(0), *due - time()),
        [](Guest& g, Seat& s) { g.handle(s, desktop::TimePassed {}); });
}

void Guest::send(const wire::AgentReport& report)
{
    const bool isReady = report.isReady.value_or(m_wasReady);
    m_life.wasUnready = m_life.wasUnready || (m_wasReady && !isReady);
    m_wasReady = isReady;
    if (m_linkIsUp)
        m_link->report(report);
}

void Guest::carryOut(Seat& seat, const desktop::Effect& effect, bool& accepted)
{
    using namespace desktop;
    if (const auto* sent = std::get_if<SendReport>(&effect)) {
        if (isShared())
            tellShared(seat, sent->report);
        else
            send(sent->report);
    } else if (std::holds_alternative<RememberState>(effect)) {
        seat.memory = seat.core->memory();
    } else if (std::holds_alternative<AcceptCredential>(effect)) {
        accepted = true;
    } else if (std::holds_alternative<CutViewers>(effect)) {
        m_world.observer->cut(m_life, seat.number);
        dropViewers(seat);
    } else if (std::holds_alternative<StartSession>(effect)) {
        startSession(seat);
    } else if (std::holds_alternative<EndSession>(effect)) {
        later(seat, m_world.random.between(200ms, 2s), [](Guest& g, Seat& s) { g.endSession(s); });
    }
}

bool Guest::offer(const std::string& account, const std::string& credential, const UserId& user,
    const std::weak_ptr<Viewer>& viewer)
{
    const std::string base = desktop::DesktopSettings().account;
    for (auto& [number, seat] : m_seats) {
        if (account != (isShared() ? desktop::accountOfSeat(base, number) : base))
            continue;
        const bool accepted = m_rdpAnswers && !m_frozenAt
            && handle(seat, desktop::CredentialOffered { account, Secret(credential) });
        look();
        if (!accepted)
            return false;
        m_world.observer->credentialAccepted(m_life, credential);
        later(seat, m_world.random.between(100ms, 400ms),
            [user, viewer, session = seat.sessions](Guest& g, Seat& s) {
                if (s.hasSession && s.sessions == session && g.m_rdpAnswers)
                    g.show(s, user, viewer);
            });
        lookSoon(seat);
        return true;
    }
    return false;
}

void Guest::show(Seat& seat, const UserId& user, const std::weak_ptr<Viewer>& viewer)
{
    dropViewers(seat); // a session has one screen: the newer client takes it
    const std::uint64_t number = ++m_lastViewer;
    seat.viewers[number] = { user, viewer };
    truthOf(seat).shownNow = 1;
    m_world.observer->shown(m_life, seat.number, user);
    lookSoon(seat);
    seat.touchedAt = time();
    truthOf(seat).idleFor = Span(0);
    seat.isLeftAlone = m_world.idleness.chance(0.5);
    watchIdle(seat, number);
    if (const auto client = viewer.lock())
        client->shown(shared_from_this(), number);
    else
        leave(number);
}

void Guest::watchIdle(Seat& seat, std::uint64_t viewer)
{
    const auto timers = seat.memory.timers.value_or(wire::SessionTimers {});
    if (!seat.viewers.contains(viewer) || (timers.lockMs == 0 && timers.disconnectMs == 0))
        return;
    later(seat, seat.core ? seat.core->idleLook() : 5s, [viewer](Guest& g, Seat& s) {
        if (!s.viewers.contains(viewer))
            return;
        if (!s.isLeftAlone)
            s.touchedAt = g.time();
        SeatTruth& truth = g.truthOf(s);
        truth.idleFor = std::chrono::duration_cast<Span>(g.time() - s.touchedAt);
        g.handle(s, desktop::IdleMeasured { truth.idleFor });
        g.watchIdle(s, viewer);
    });
}

void Guest::dropViewers(Seat& seat)
{
    const auto viewers = std::exchange(seat.viewers, {});
    truthOf(seat).shownNow = 0;
    for (const auto& [number, seen] : viewers) {
        if (const auto client = seen.viewer.lock())
            client->dropped(number);
    }
    if (!viewers.empty())
        lookSoon(seat);
}

Guest::Seat* Guest::seatOfViewer(std::uint64_t viewer)
{
    for (auto& [number, seat] : m_seats) {
        if (seat.viewers.contains(viewer))
            return &seat;
    }
    return nullptr;
}

void Guest::leave(std::uint64_t viewer)
{
    Seat* seat = seatOfViewer(viewer);
    if (seat == nullptr)
        return;
    seat->viewers.erase(viewer);
    truthOf(*seat).shownNow = static_cast<int>(seat->viewers.size());
    lookSoon(*seat);
}

void Guest::lookSoon(Seat& seat)
{
    if (std::exchange(seat.isLooking, true))
        return;
    later(seat, m_world.random.between(20ms, 300ms), [](Guest& g, Seat& s) {
        s.isLooking = false;
        desktop::Viewers viewers;
        for (const auto& [number, seen] : s.viewers)
            viewers.insert(number);
        g.handle(s, desktop::ViewersSeen { viewers });
    });
}

void Guest::endSession(Seat& seat)
{
    if (m_halted)
        return;
    if (seat.hasSession
        || (seat.core && seat.core->memory().session == wire::SessionState::ended)) {
        seat.hasSession = false;
        truthOf(seat).sessionEnded = true;
        dropViewers(seat);
    }
    handle(seat, desktop::SessionGone {});
    look();
}

void Guest::endSession()
{
    if (m_frozenAt)
        return;
    for (auto& [number, seat] : m_seats) {
        if (!isShared() || seat.hasSession) {
            endSession(seat);
            return;
        }
    }
}

void Guest::logOff(std::uint64_t viewer)
{
    if (Seat* seat = isShared() ? seatOfViewer(viewer) : &m_seats.at(0))
        endSession(*seat);
}

void Guest::killAgent(std::optional<Span> until)
{
    if (!m_agentLives || m_frozenAt)
        return;
    m_agentLives = false;
    m_saidReady.reset();
    for (auto& [number, seat] : m_seats) {
        seat.core.reset();
        seat.due.reset();
    }
    if (m_link)
        m_link->leave(5ms);
    m_link.reset();
    m_linkIsUp = false;
    if (until)
        later(*until, [](Guest& g) { g.reviveAgent(); });
}

void Guest::lie()
{
    if (!m_linkIsUp || !m_agentLives || m_frozenAt || isShared())
        return;
    const desktop::DesktopMemory& memory = m_seats.at(0).core->memory();
    m_life.isLiar = true;
    wire::AgentReport report;
    report.kind = wire::AgentReportKind::session;
    report.epoch = memory.epoch;
    switch (m_world.random.between(0, 3)) {
    case 0:
        report.session = wire::SessionState::ended;
        report.lease = memory.lease;
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
