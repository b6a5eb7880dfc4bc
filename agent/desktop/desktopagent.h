// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/childprocesses.h"
#include "agent/desktop/desktopcore.h"
#include "agent/desktop/incarnation.h"
#include "agent/desktop/localsocket.h"
#include "agent/desktop/machineidentity.h"
#include "agent/desktop/rdpwatch.h"
#include "agent/desktop/resetproof.h"
#include "agent/desktop/screenlock.h"
#include "agent/desktop/sessioncontrol.h"
#include "agent/desktop/viewerwatch.h"
#include "agent/desktop/wakeport.h"
#include "agent/link/brokerlink.h"

#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace wardesk::desktop {

struct AgentOptions
{
    std::string runDirectory = "/run/wardesk";
    std::string account = "clinician";
    std::vector<std::string> sessionCommand { "xrdp-sesrun", "-g", "1200x800", "-b", "32" };
    std::vector<std::string> lockCommand { "i3lock", "-n", "-u", "-c", "203040" };
    std::vector<std::string> idleCommand { "xprintidle" };
    std::optional<ProofPlaces> proofPlaces; ///< nothing: those of the account
    RdpEndpoint rdp;
    std::string procNet = "/proc/net";
    std::string version;
    /// Virtual machines: the port by which the host says that this one was resumed. Empty: none.
    std::string wakePort;
    std::optional<MachinePlaces> machine; ///< nothing: what the wake port says is refused
    RdpWatch::Timing rdpTiming {};
    SessionControl::Timing sessionTiming {};
    agent::BrokerLink::Options link {};
};

/// The shell round the desktop core: turns what happens in the desktop into events, and carries out
/// the effects. One thread, the io_context's; must live until that has stopped running.
class DesktopAgent final : private agent::LinkListener
{
public:
    [[nodiscard]] static Result<std::unique_ptr<DesktopAgent>> create(
        boost::asio::io_context& context, AgentOptions options);
    ~DesktopAgent() override;
    DesktopAgent(const DesktopAgent&) = delete;
    DesktopAgent& operator=(const DesktopAgent&) = delete;

    void start();
    void stop();

private:
    DesktopAgent(boost::asio::io_context& context, AgentOptions options, Account account,
        Incarnation incarnation);

    void linkUp() override;
    void linkDown() override { }
    void linkMessage(std::string_view text) override;
    /// Where the link may go: all brokers that are known, or the one of the bootstrap.
    [[nodiscard]] std::vector<agent::BrokerAddress> brokers() const;
    void learnBrokers(std::vector<wire::BrokerEndpoint> brokers);
    LocalAnswer local(const LocalRequest& request, const LocalSocket::Peer& peer);
    LocalAnswer sessionAnnounced(const LocalRequest& request);

    /// The machine was saved to the host's disk and runs again.
    [[nodiscard]] Result<void> wake(const wire::MachineWake& told);
    /// Feeds the core and carries out what it says. Returns true when a credential was accepted.
    bool handle(const Event& event);
    void carryOut(const Effect& effect, bool& isAccepted);
    void saveDisk() const;
    void remember();
    void completeProof();
    void watchAsNeeded();
    void measureIdleLater();
    void measureIdle();

    boost::asio::io_context& m_context;
    const AgentOptions m_options;
    const Account m_account;
    const ProofPlaces m_places;
    Incarnation m_incarnation;
    SystemClock m_clock;
    DesktopCore m_core;
    ChildProcesses m_children;
    SessionControl m_session;
    ScreenLock m_lock;
    RdpWatch m_rdp;
    ViewerWatch m_viewers;
    boost::asio::steady_timer m_coreTimer;
    boost::asio::steady_timer m_idleTimer;
    std::unique_ptr<LocalSocket> m_local;
    std::unique_ptr<agent::BrokerLink> m_link;
    WakePort m_wakePort;
};

}
