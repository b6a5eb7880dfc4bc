// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/desktopagent.h"

#include "agent/desktop/seataccounts.h"
#include "agent/desktop/sessionmanager.h"
#include "agent/link/log.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <random>
#include <unistd.h>

namespace wardesk::desktop {

using agent::log;
using wire::SessionState;

namespace {

constexpr std::size_t credentialBytes = 16; // 128 bits (S5)

const char* nameOf(SessionState state)
{
    return boost::describe::enum_to_string(state, "?");
}

void logReport(const Seat& seat, const wire::AgentReport& report)
{
    if (report.kind == wire::AgentReportKind::session && report.session)
        log((seat.number() > 0 ? seat.account().name + ": " : std::string("session: "))
            + nameOf(*report.session));
    if (report.kind == wire::AgentReportKind::ready && seat.number() == 0)
        log(report.isReady == true ? "ready" : "not ready");
    if (report.error)
        log("command refused: " + report.message.value_or(*report.error));
}

SeatLimits limitsOf(const wire::AgentBootstrap& bootstrap)
{
    return { bootstrap.seats.value_or(0), bootstrap.accounts.value_or(0) };
}

}

Result<std::unique_ptr<DesktopAgent>> DesktopAgent::create(
    boost::asio::io_context& context, AgentOptions options)
{
    auto account = options.findAccount(options.account);
    if (!account)
        return tl::unexpected(account.error());
    auto incarnation = loadIncarnation(options.runDirectory);
    if (!incarnation)
        return tl::unexpected(incarnation.error());
    const bool isShared = incarnation->bootstrap.seats.has_value();
    ProofPlaces places = options.proofPlaces.value_or(
        proofPlacesOf(isShared ? std::string("/home") : account->home));
    // Once in an incarnation, and before anything of a session is there.
    if (!incarnation->proof) {
        incarnation->proof = proveReset(places, incarnation->bootstrap);
        if (auto saved = saveIncarnation(options.runDirectory, *incarnation); !saved)
            return tl::unexpected(saved.error());
    }
    for (const std::string& mark : incarnation->proof->marks)
        log("this is no fresh desktop: " + mark);
    if (isShared && options.separatesAccounts) {
        if (auto separated = separateAccounts(); !separated)
            return tl::unexpected(separated.error());
    }
    std::unique_ptr<DesktopAgent> agent(
        new DesktopAgent(context, std::move(options), std::move(*incarnation), std::move(places)));
    if (!isShared)
        agent->addSeat(0, std::move(*account), agent->m_incarnation.memory);

    auto local = LocalSocket::create(context, agent->m_options.runDirectory + "/agent.sock",
        [raw = agent.get()](const LocalRequest& request, const LocalSocket::Peer& peer) {
            return raw->local(request, peer);
        });
    if (!local)
        return tl::unexpected(local.error());
    agent->m_local = std::move(*local);

    auto random = [engine = std::make_shared<std::mt19937>(std::random_device {}())] {
        return std::uniform_real_distribution<double>(0, 1)(*engine);
    };
    auto link = agent::BrokerLink::create(
        context, agent->brokers(), *agent, agent->m_options.link, std::move(random));
    if (!link)
        return tl::unexpected(link.error());
    agent->m_link = std::move(*link);
    return agent;
}

DesktopAgent::DesktopAgent(boost::asio::io_context& context, AgentOptions options,
    Incarnation incarnation, ProofPlaces places)
    : m_context(context)
    , m_options(std::move(options))
    , m_incarnation(std::move(incarnation))
    , m_limits(limitsOf(m_incarnation.bootstrap))
    , m_places(std::move(places))
    , m_children(context)
    , m_rdp(
          context, m_options.rdp, m_options.rdpTiming,
          [this](const std::string& certificate) { rdpAnswered(certificate); },
          [this] {
              m_certificate.reset();
              feedAll(RdpSilent {});
          })
    , m_wakePort(
          context, m_options.wakePort, [this](const wire::MachineWake& told) { return wake(told); })
{
}

DesktopAgent::~DesktopAgent() = default;

Seat& DesktopAgent::addSeat(std::int64_t number, Account account, DesktopMemory memory)
{
    DesktopSettings settings { .account = account.name,
        .version = m_options.version,
        .proof = m_incarnation.proof,
        .owner = m_incarnation.bootstrap.owner.value_or("") };
    SeatHost& self = *this;
    auto& seat = m_seats[number];
    seat = std::make_unique<Seat>(m_context, m_children, m_options, number, std::move(account),
        DesktopCore(std::move(settings), std::move(memory)), self);
    return *seat;
}

void DesktopAgent::start()
{
    log("wardesk-agent " + m_options.version + " for desktop " + m_incarnation.bootstrap.desktop
        + ", incarnation " + std::to_string(m_incarnation.bootstrap.incarnation));
    m_link->start();
    m_rdp.start();
    m_wakePort.start();
    m_children.onStrangerEnded([this] { m_rdp.checkSoon(); });
    if (isShared())
        startShared();
    else
        m_seats.at(0)->start(m_incarnation.place);
    look();
}

void DesktopAgent::stop()
{
    m_link->stop();
    m_local.reset();
    m_context.stop();
}

std::optional<std::int64_t> DesktopAgent::resumed() const
{
    return isShared() ? m_incarnation.memory.resumed : m_seats.at(0)->core().memory().resumed;
}

Result<void> DesktopAgent::wake(const wire::MachineWake& told)
{
    if (told.resumed == resumed())
        return {}; // said again because the answer was lost
    if (resumed() && told.resumed < *resumed())
        return failure(Errc::stale, "this machine was resumed after that");
    if (!m_options.machine)
        return failure(Errc::unavailable, "this agent cannot set the machine's clock");
    if (auto woken = wakeMachine(told, *m_options.machine); !woken)
        return woken;
    log("this machine was suspended, and runs again");
    // Nobody has ever used what is suspended; what is found now would say otherwise.
    auto proof = proveReset(m_places, m_incarnation.bootstrap);
    readKeys(m_places, proof);
    m_incarnation.proof = proof;
    // As in each session's core: what was ready before says nothing, and nothing is told on the old
    // connection.
    m_certificate.reset();
    m_reportedReady.reset();
    if (isShared()) {
        m_incarnation.memory.resumed = told.resumed;
        remember(); // there may be no session that does it
    }
    feedAll(Woken { told.resumed, std::move(proof) });
    m_rdp.checkSoon();
    m_link->renew();
    return {};
}

void DesktopAgent::linkUp()
{
    if (!isShared()) {
        m_seats.at(0)->handle(LinkUp {});
        return;
    }
    m_reportedReady = isSharedReady() ? m_certificate : std::nullopt;
    auto hello = sharedReport(wire::AgentReportKind::hello);
    hello.isReady = isSharedReady();
    hello.certificateSha256 = m_certificate;
    hello.version = m_options.version;
    hello.proof = m_incarnation.proof;
    hello.resumed = resumed();
    send(hello);
}

void DesktopAgent::linkMessage(std::string_view text)
{
    auto command = wire::decode<wire::AgentCommand>(text);
    if (!command) {
        // Without its id there is nobody to answer to. A newer broker may know commands that we do
        // not.
        log("a message of the broker was not understood: " + command.error().detail);
        return;
    }
    if (command->kind == wire::AgentCommandKind::brokers) {
        if (command->brokers)
            learnBrokers(std::move(*command->brokers));
        return;
    }
    CommandReceived received { std::move(*command), Secret(randomToken(credentialBytes)) };
    if (isShared()) {
        obeyShared(std::move(received));
        return;
    }
    if (const auto good = checkSeat(received.command.seat, m_limits); !good) {
        refuse(received, good.error());
        return;
    }
    m_seats.at(0)->handle(received);
}

void DesktopAgent::refuse(const CommandReceived& received, const Error& error)
{
    wire::AgentReport answer;
    answer.kind = wire::AgentReportKind::answer;
    answer.epoch = highestEpoch(seats(), m_incarnation.bootstrap.epoch);
    answer.id = received.command.id;
    answer.error = wireCode(error.code);
    answer.message = error.detail;
    log("command refused: " + error.detail);
    send(answer);
}

std::vector<agent::BrokerAddress> DesktopAgent::brokers() const
{
    const auto& bootstrap = m_incarnation.bootstrap;
    const Secret authorization("Bootstrap " + bootstrap.desktop + '.'
        + std::to_string(bootstrap.incarnation) + '.' + bootstrap.secret);
    const std::vector<wire::BrokerEndpoint> only { { bootstrap.brokerHost, bootstrap.brokerPort,
        bootstrap.brokerKeySha256 } };
    std::vector<agent::BrokerAddress> addresses;
    for (const wire::BrokerEndpoint& broker : bootstrap.brokers.value_or(only)) {
        agent::BrokerAddress address;
        address.host = broker.host;
        address.port = static_cast<std::uint16_t>(broker.port);
        address.keySha256 = broker.keySha256;
        address.authorization = authorization;
        addresses.push_back(std::move(address));
    }
    return addresses;
}

void DesktopAgent::learnBrokers(std::vector<wire::BrokerEndpoint> brokers)
{
    auto before = m_incarnation.bootstrap.brokers;
    m_incarnation.bootstrap.brokers = std::move(brokers);
    const auto good = checkBrokers(m_incarnation.bootstrap);
    const auto set = good ? m_link->setAddresses(this->brokers()) : good;
    if (!set) {
        log("the broker's list of brokers is wrong: " + set.error().detail);
        m_incarnation.bootstrap.brokers = std::move(before);
        return;
    }
    remember(); // for an agent that is started again
}

Seat* DesktopAgent::seatOf(const std::string& account) const
{
    for (const auto& [number, seat] : m_seats) {
        if (seat->account().name == account)
            return seat.get();
    }
    return nullptr;
}

Seat* DesktopAgent::seatOf(uid_t user) const
{
    for (const auto& [number, seat] : m_seats) {
        if (seat->account().user == user)
            return seat.get();
    }
    return nullptr;
}

LocalAnswer DesktopAgent::local(const LocalRequest& request, const LocalSocket::Peer& peer)
{
    switch (request.kind) {
    case LocalRequestKind::verify: {
        if (peer.user != ::geteuid())
            return { false, "only PAM may ask this" };
        // A credential is one account's: it opens no other session of the desktop.
        Seat* seat = seatOf(request.account.value_or(""));
        if (seat == nullptr) {
            log("credential refused: it is for another account");
            return {};
        }
        return { seat->handle(CredentialOffered {
                     seat->account().name, Secret(request.credential.value_or("")) }),
            std::nullopt };
    }
    case LocalRequestKind::sessionStarted:
    case LocalRequestKind::sessionEnded:
        break;
    }
    Seat* seat = seatOf(peer.user);
    if (seat == nullptr)
        return { false, "only the session's account may say this" };
    if (request.kind == LocalRequestKind::sessionStarted) {
        if (isShared() && m_options.separatesAccounts
            && !hasOwnSharedMemory(static_cast<pid_t>(request.leader.value_or(0)))) {
            // Whoever is in another session could see what it draws: nobody is let into it.
            log("the session of " + seat->account().name
                + " is not used: it has no /dev/shm of its own (pam_namespace)");
            return { false, "a session of a shared desktop needs a /dev/shm of its own" };
        }
        return seat->announced(request);
    }
    seat->endRest();
    return { true, std::nullopt };
}

void DesktopAgent::rdpAnswered(const std::string& certificate)
{
    completeProof();
    // Before anybody is let in. sesman listens by now: it was asked, too.
    if (const std::string& path = m_options.rdp.sessionManager; !path.empty()) {
        const auto closed = closeToUsers(path, m_options.rdp.sessionManagerGroup);
        if (!closed && !m_certificate)
            log(closed.error().detail);
        if (!closed && isShared() && m_options.separatesAccounts)
            return; // one user could keep all others out
    }
    m_certificate = certificate;
    feedAll(RdpAnswered { certificate });
}

void DesktopAgent::feedAll(const Event& event)
{
    for (const auto& [number, seat] : m_seats)
        seat->handle(event);
    look();
}

void DesktopAgent::send(const wire::AgentReport& report)
{
    m_link->send(wire::encode(report));
}

void DesktopAgent::seatReports(Seat& seat, const wire::AgentReport& report)
{
    logReport(seat, report);
    if (!isShared() || report.kind == wire::AgentReportKind::answer) {
        send(report);
        if (!isShared())
            look();
        return;
    }
    if (report.kind == wire::AgentReportKind::session) {
        if (report.session == SessionState::prepared)
            m_isRefusing = false;
        send(sharedReport(wire::AgentReportKind::session));
        if (report.session == SessionState::ended)
            emptySeat(seat);
    }
    // Not inside of the seat that speaks: what follows may make others.
    boost::asio::post(m_context, [this] { look(); });
}

void DesktopAgent::seatChanged(Seat&)
{
    remember();
}

void DesktopAgent::seatIsEntered(Seat& seat)
{
    // In a shared desktop others can read the mark, and whose it is is no business of theirs.
    const std::string user = isShared() ? std::string() : seat.core().memory().user;
    if (const auto planted = plantMarks(m_places, m_incarnation.bootstrap, user); !planted)
        log("a mark cannot be left: " + planted.error().detail);
}

/// The broker ends the domain as soon as it hears that the session is over.
void DesktopAgent::seatIsLeaving(Seat&)
{
    if (!m_incarnation.bootstrap.keepsDisk.value_or(false))
        return;
    const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || ::syncfs(root) != 0)
        log("the disk could not be written out before the end of this life");
    if (root >= 0)
        ::close(root);
}

void DesktopAgent::remember()
{
    if (isShared()) {
        std::vector<SeatState> states;
        for (const auto& [number, seat] : m_seats)
            states.push_back({ number, seat->core().memory(), seat->place() });
        m_incarnation.seats = std::move(states);
    } else if (const auto only = m_seats.find(0); only != m_seats.end()) {
        m_incarnation.memory = only->second->core().memory();
        m_incarnation.place = only->second->place();
    }
    if (const auto saved = saveIncarnation(m_options.runDirectory, m_incarnation); !saved)
        log("the state cannot be written down: " + saved.error().detail);
}

void DesktopAgent::completeProof()
{
    auto& proof = m_incarnation.proof;
    if (!proof || !proof->rdpKeySha256.empty())
        return;
    readKeys(m_places, *proof);
    for (const auto& [number, seat] : m_seats)
        seat->core().show(*proof);
    remember();
}

}
