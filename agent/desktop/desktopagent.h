// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/agentoptions.h"
#include "agent/desktop/childprocesses.h"
#include "agent/desktop/incarnation.h"
#include "agent/desktop/localsocket.h"
#include "agent/desktop/rdpwatch.h"
#include "agent/desktop/resetproof.h"
#include "agent/desktop/seat.h"
#include "agent/desktop/seatplan.h"
#include "agent/desktop/wakeport.h"
#include "agent/link/brokerlink.h"

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>

namespace wardesk::desktop {

/// The shell round the desktop's sessions: the broker's commands and PAM's questions go to the
/// session that they are for. There is one, unless the desktop is shared. One thread, the
/// io_context's; must live until that has stopped running.
class DesktopAgent final : private agent::LinkListener, private SeatHost
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
    DesktopAgent(boost::asio::io_context& context, AgentOptions options, Incarnation incarnation,
        ProofPlaces places);

    void linkUp() override;
    void linkDown() override { }
    void linkMessage(std::string_view text) override;
    /// Where the link may go: all brokers that are known, or the one of the bootstrap.
    [[nodiscard]] std::vector<agent::BrokerAddress> brokers() const;
    void learnBrokers(std::vector<wire::BrokerEndpoint> brokers);
    LocalAnswer local(const LocalRequest& request, const LocalSocket::Peer& peer);

    /// The machine was saved to the host's disk and runs again.
    [[nodiscard]] Result<void> wake(const wire::MachineWake& told);
    [[nodiscard]] std::optional<std::int64_t> resumed() const;

    void seatReports(Seat& seat, const wire::AgentReport& report) override;
    void seatChanged(Seat& seat) override;
    void seatIsEntered(Seat& seat) override;
    void seatIsLeaving(Seat& seat) override;
    void seatRefused(Seat& seat) override;
    void seatIsLate(Seat& seat) override;

    Seat& addSeat(std::int64_t number, Account account, DesktopMemory memory);
    [[nodiscard]] Seat* seatOf(const std::string& account) const;
    [[nodiscard]] Seat* seatOf(uid_t user) const;
    void feedAll(const Event& event);
    void send(const wire::AgentReport& report);
    void refuse(const CommandReceived& received, const Error& error);
    void remember();
    void completeProof();
    void rdpAnswered(const std::string& certificate);

    // of a shared desktop (sharedseats.cpp)
    [[nodiscard]] bool isShared() const { return m_limits.seats > 0; }
    void startShared();
    void obeyShared(CommandReceived command);
    /// Makes the account, and then its session, which first does what waits in m_making.
    void makeSeat(std::int64_t number);
    void seatMade(std::int64_t number, bool isMade);
    void seatNotMade(std::int64_t number, const Error& why);
    /// Takes the command into those that wait for their account, or answers it.
    void await(std::int64_t number, CommandReceived received);
    void emptySeat(const Seat& seat);
    void seatEmptied(std::int64_t number, bool isDone);
    void warmNext();
    [[nodiscard]] Seats seats() const;
    [[nodiscard]] bool isSharedReady() const;
    /// Why nobody new can be let in; empty: nothing is known against it.
    [[nodiscard]] std::string whyFull() const;
    [[nodiscard]] wire::AgentReport sharedReport(wire::AgentReportKind kind) const;
    void tellSharedReadiness();
    void look();

    boost::asio::io_context& m_context;
    const AgentOptions m_options;
    Incarnation m_incarnation;
    const SeatLimits m_limits;
    const ProofPlaces m_places;
    ChildProcesses m_children;
    std::map<std::int64_t, std::unique_ptr<Seat>> m_seats;
    std::optional<std::string> m_certificate; ///< while port 3389 answers with it
    RdpWatch m_rdp;
    std::unique_ptr<LocalSocket> m_local;
    std::unique_ptr<agent::BrokerLink> m_link;
    WakePort m_wakePort;

    // of a shared desktop
    /// An account on its way.
    struct Making
    {
        std::vector<CommandReceived> waiting; ///< bounded (R13)
        std::string why {}; ///< it has failed, and is tried again; empty: it has not
        std::unique_ptr<boost::asio::steady_timer> again {};
    };
    std::map<std::int64_t, Making> m_making;
    struct Emptying
    {
        int failures = 0;
        std::unique_ptr<boost::asio::steady_timer> again {};
    };
    std::map<std::int64_t, Emptying> m_emptying; ///< until each is done
    std::map<std::int64_t, std::int64_t> m_seenEpochs; ///< by seat, before it is made
    bool m_isRefusing = false; ///< somebody found no session, and none has started since
    std::optional<std::string> m_reportedReady; ///< the certificate that it was said with
};

}
