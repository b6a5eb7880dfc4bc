// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/desktopagent.h"

#include "agent/desktop/socketlist.h"
#include "agent/link/log.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"

#include <charconv>
#include <fcntl.h>
#include <random>
#include <unistd.h>

namespace wardesk::desktop {

using agent::log;
using std::chrono::milliseconds;
using wire::SessionState;

namespace {

constexpr std::size_t credentialBytes = 16; // 128 bits (S5)

template <typename... Visitors> struct Overloaded : Visitors...
{
    using Visitors::operator()...;
};
template <typename... Visitors> Overloaded(Visitors...) -> Overloaded<Visitors...>;

const char* nameOf(SessionState state)
{
    return boost::describe::enum_to_string(state, "?");
}

void logReport(const wire::AgentReport& report)
{
    if (report.kind == wire::AgentReportKind::session && report.session)
        log(std::string("session: ") + nameOf(*report.session));
    if (report.kind == wire::AgentReportKind::ready)
        log(report.isReady == true ? "ready" : "not ready");
    if (report.error)
        log("command refused: " + report.message.value_or(*report.error));
}

}

Result<std::unique_ptr<DesktopAgent>> DesktopAgent::create(
    boost::asio::io_context& context, AgentOptions options)
{
    auto account = Account::find(options.account);
    if (!account)
        return tl::unexpected(account.error());
    auto incarnation = loadIncarnation(options.runDirectory);
    if (!incarnation)
        return tl::unexpected(incarnation.error());
    // Once in an incarnation, and before anything of a session is there.
    if (!incarnation->proof) {
        incarnation->proof = proveReset(
            options.proofPlaces.value_or(proofPlacesOf(account->home)), incarnation->bootstrap);
        if (auto saved = saveIncarnation(options.runDirectory, *incarnation); !saved)
            return tl::unexpected(saved.error());
    }
    for (const std::string& mark : incarnation->proof->marks)
        log("this is no fresh desktop: " + mark);
    std::unique_ptr<DesktopAgent> agent(new DesktopAgent(
        context, std::move(options), std::move(*account), std::move(*incarnation)));

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

DesktopAgent::DesktopAgent(boost::asio::io_context& context, AgentOptions options, Account account,
    Incarnation incarnation)
    : m_context(context)
    , m_options(std::move(options))
    , m_account(std::move(account))
    , m_places(m_options.proofPlaces.value_or(proofPlacesOf(m_account.home)))
    , m_incarnation(std::move(incarnation))
    , m_core({ .account = m_account.name,
                 .version = m_options.version,
                 .proof = m_incarnation.proof,
                 .owner = m_incarnation.bootstrap.owner.value_or("") },
          m_incarnation.memory)
    , m_children(context)
    , m_session(context, m_children, m_account, m_options.sessionCommand, m_options.sessionTiming,
          [this] {
              saveDisk();
              handle(SessionGone {});
          })
    , m_lock(context, m_children, m_options.lockCommand, m_account)
    , m_rdp(
          context, m_options.rdp, m_options.rdpTiming,
          [this](const std::string& certificate) {
              completeProof();
              handle(RdpAnswered { certificate });
          },
          [this] { handle(RdpSilent {}); })
    , m_viewers(context, m_options.procNet, m_options.rdp.port,
          [this](Viewers viewers) { handle(ViewersSeen { std::move(viewers) }); })
    , m_coreTimer(context)
    , m_idleTimer(context)
    , m_wakePort(
          context, m_options.wakePort, [this](const wire::MachineWake& told) { return wake(told); })
{
}

DesktopAgent::~DesktopAgent() = default;

void DesktopAgent::start()
{
    log("wardesk-agent " + m_options.version + " for desktop " + m_incarnation.bootstrap.desktop
        + ", incarnation " + std::to_string(m_incarnation.bootstrap.incarnation));
    m_link->start();
    m_rdp.start();
    m_wakePort.start();
    m_children.onStrangerEnded([this] { m_rdp.checkSoon(); });
    const auto earlier = m_core.memory().session;
    if (m_core.hasSession()) {
        // An earlier agent of this incarnation left a session behind (R8).
        const SessionPlace place = m_incarnation.place;
        if (const auto adopted = m_session.adopt(place); !adopted) {
            log("the session of the earlier agent is gone: " + adopted.error().detail);
            saveDisk();
            handle(SessionGone {});
        } else {
            m_viewers.setDisplay(displayNumber(place.display));
            if (m_core.memory().isLocked)
                m_lock.lock(m_session.place());
        }
    } else if (earlier == SessionState::none) {
        m_session.start();
    }
    watchAsNeeded();
    measureIdleLater();
}

void DesktopAgent::stop()
{
    m_link->stop();
    m_local.reset();
    m_context.stop();
}

Result<void> DesktopAgent::wake(const wire::MachineWake& told)
{
    if (told.resumed == m_core.memory().resumed)
        return {}; // said again because the answer was lost
    if (!m_options.machine)
        return failure(Errc::unavailable, "this agent cannot set the machine's clock");
    if (auto woken = wakeMachine(told, *m_options.machine); !woken)
        return woken;
    log("this machine was suspended, and runs again");
    // Nobody has ever used what is suspended; what is found now would say otherwise.
    auto proof = proveReset(m_places, m_incarnation.bootstrap);
    readKeys(m_places, proof);
    m_incarnation.proof = proof;
    handle(Woken { told.resumed, std::move(proof) });
    m_rdp.checkSoon();
    m_link->renew();
    return {};
}

void DesktopAgent::linkUp()
{
    handle(LinkUp {});
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
    handle(CommandReceived { std::move(*command), Secret(randomToken(credentialBytes)) });
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

LocalAnswer DesktopAgent::local(const LocalRequest& request, const LocalSocket::Peer& peer)
{
    const bool isAccount = peer.user == m_account.user;
    switch (request.kind) {
    case LocalRequestKind::verify:
        if (peer.user != ::geteuid())
            return { false, "only PAM may ask this" };
        return { handle(CredentialOffered {
                     request.account.value_or(""), Secret(request.credential.value_or("")) }),
            std::nullopt };
    case LocalRequestKind::sessionStarted:
        if (!isAccount)
            return { false, "only the session's account may say this" };
        return sessionAnnounced(request);
    case LocalRequestKind::sessionEnded:
        if (!isAccount)
            return { false, "only the session's account may say this" };
        m_session.end();
        return { true, std::nullopt };
    }
    return {};
}

LocalAnswer DesktopAgent::sessionAnnounced(const LocalRequest& request)
{
    if (m_core.memory().session != SessionState::none)
        return { false, "this incarnation has had its session" };
    const SessionPlace announced { request.leader.value_or(0), 0, request.display.value_or(""),
        request.authority.value_or("") };
    if (const auto adopted = m_session.adopt(announced); !adopted) {
        log("a session's announcement was refused: " + adopted.error().detail);
        return { false, adopted.error().detail };
    }
    m_viewers.setDisplay(displayNumber(announced.display));
    handle(SessionStarted {});
    return { true, std::nullopt };
}

bool DesktopAgent::handle(const Event& event)
{
    const auto now = m_clock.monotonic();
    const auto lookBefore = m_core.idleLook();
    bool isAccepted = false;
    for (const auto& effect : m_core.handle(event, now))
        carryOut(effect, isAccepted);
    m_coreTimer.cancel();
    if (const auto due = m_core.deadline()) {
        m_coreTimer.expires_at(*due);
        m_coreTimer.async_wait([this](const boost::system::error_code& error) {
            if (!error)
                handle(TimePassed {});
        });
    }
    watchAsNeeded();
    if (isAccepted || m_core.idleLook() < lookBefore)
        measureIdleLater();
    return isAccepted;
}

void DesktopAgent::carryOut(const Effect& effect, bool& isAccepted)
{
    std::visit(
        Overloaded {
            [this](const SendReport& send) {
                logReport(send.report);
                m_link->send(wire::encode(send.report));
            },
            [this](const RememberState&) { remember(); },
            [&isAccepted](const AcceptCredential&) {
                log("credential accepted");
                isAccepted = true;
            },
            [](const RefuseCredential& refused) { log("credential refused: " + refused.why); },
            [this](const LockScreen&) { m_lock.lock(m_session.place()); },
            [this](const UnlockScreen&) { m_lock.unlock(); },
            [this](const CutViewers&) { m_viewers.cut(); },
            [this](const PlantMarks&) {
                if (const auto planted
                    = plantMarks(m_places, m_incarnation.bootstrap, m_core.memory().user);
                    !planted)
                    log("a mark cannot be left: " + planted.error().detail);
            },
            [this](const StartSession&) { m_session.start(); },
            [this](const EndSession&) { m_session.end(); },
        },
        effect);
}

/// The broker ends the domain as soon as it hears that the session is over.
void DesktopAgent::saveDisk() const
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
    m_incarnation.memory = m_core.memory();
    m_incarnation.place = m_session.place();
    if (const auto saved = saveIncarnation(m_options.runDirectory, m_incarnation); !saved)
        log("the state cannot be written down: " + saved.error().detail);
}

void DesktopAgent::completeProof()
{
    auto& proof = m_incarnation.proof;
    if (!proof || !proof->rdpKeySha256.empty())
        return;
    readKeys(m_places, *proof);
    m_core.show(*proof);
    remember();
}

void DesktopAgent::watchAsNeeded()
{
    const bool isConnected = m_core.memory().session == SessionState::connected;
    m_rdp.setResting(isConnected);
    if (!m_core.hasSession()) {
        m_viewers.setInterval(std::nullopt);
        m_lock.unlock(); // there is nothing to be locked
        return;
    }
    m_viewers.setInterval(milliseconds(m_core.isAdmitting() ? 50 : isConnected ? 200 : 1'000));
}

void DesktopAgent::measureIdleLater()
{
    m_idleTimer.expires_after(m_core.idleLook());
    m_idleTimer.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        if (m_core.memory().session == SessionState::connected)
            measureIdle();
        measureIdleLater();
    });
}

void DesktopAgent::measureIdle()
{
    const auto started
        = m_children.start({ m_options.idleCommand, environmentOf(m_session.place()), m_account },
            [this](const ChildProcesses::End& end) {
                std::int64_t idle = 0;
                const auto* text = end.output.data();
                if (end.code == 0
                    && std::from_chars(text, text + end.output.size(), idle).ec == std::errc {})
                    handle(IdleMeasured { milliseconds(idle) });
            });
    if (!started)
        log("idle time cannot be measured: " + started.error().detail);
}

}
