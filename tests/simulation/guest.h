// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopcore.h"
#include "agent/desktop/seatplan.h"
#include "tests/simulation/world.h"

#include <functional>
#include <vector>

namespace wardesk::broker::simulation {

class AgentConnection;

/// A client that looks at a desktop's session, as the desktop's RDP server knows it.
class Viewer
{
public:
    virtual ~Viewer() = default;
    virtual void shown(const std::shared_ptr<Guest>& guest, std::uint64_t number) = 0;
    virtual void dropped(std::uint64_t number) = 0;
};

/// What runs inside a domain: the real core of the agent, a session, and an RDP server that asks
/// the agent who may come in.
class Guest : public std::enable_shared_from_this<Guest>
{
public:
    Guest(World& world, Life& life, const DomainSpec& spec);
    void boot();
    /// The domain does not run any more.
    void halt();
    /// It stands still: what is due happens when it goes on.
    void freeze();
    void thaw();
    /// The host says that it was resumed; false: no agent listens.
    bool wake(std::int64_t token);

    // the way to the broker
    void linkUp(const std::shared_ptr<AgentConnection>& link);
    void linkLost(const AgentConnection* link);
    void receive(const wire::AgentCommand& command);

    // the RDP server
    /// `accepted` is told whether the session is about to be shown to the viewer.
    bool offer(const std::string& account, const std::string& credential, const UserId& user,
        const std::weak_ptr<Viewer>& viewer);
    void leave(std::uint64_t viewer);
    /// The user whom this viewer shows the session logs off.
    void logOff(std::uint64_t viewer);

    /// A session dies: of a shared desktop that of the lowest number that there is.
    void endSession();

    // what can go wrong
    void killAgent(std::optional<Span> until);
    void cutUntil(Span until);
    void lie();
    /// What answers RDP falls, and the session with what runs in it goes on.
    void silenceRdp(std::optional<Span> until);
    void reviveAgent();
    void reconnect();
    void heal(); ///< all of that is over
    void neverBoot() { m_neverBoots = true; }

    [[nodiscard]] Life& life() { return m_life; }
    [[nodiscard]] const std::string& certificate() const { return m_certificate; }
    /// Since when its agent has been able to answer a broker; nothing: it is not.
    [[nodiscard]] std::optional<Span> speaksSince() const;

private:
    struct Seen
    {
        UserId user;
        std::weak_ptr<Viewer> viewer;
    };
    /// One account's session; a desktop that is one user's has one, with the number 0.
    struct Seat
    {
        std::int64_t number = 0;
        desktop::DesktopMemory memory; ///< what the agent has written down
        std::optional<desktop::DesktopCore> core; ///< nothing while the agent is dead
        std::optional<MonotonicTime> due;
        std::map<std::uint64_t, Seen> viewers;
        std::uint64_t sessions = 0; ///< started so far
        MonotonicTime touchedAt {}; ///< the last key or pointer
        bool isLeftAlone = false;
        bool hasSession = false;
        bool isLooking = false;
    };
    [[nodiscard]] std::optional<std::int64_t> resumed() const;
    bool handle(Seat& seat, const desktop::Event& event);
    void handleAll(const desktop::Event& event);
    void carryOut(Seat& seat, const desktop::Effect& effect, bool& accepted);
    void schedule(Seat& seat);
    void reviveSeat(Seat& seat);
    void connectLater(Span delay);
    void connect();
    void lookSoon(Seat& seat);
    void watchIdle(Seat& seat, std::uint64_t viewer);
    void dropViewers(Seat& seat);
    void startSession(Seat& seat);
    void endSession(Seat& seat);
    void obey(Seat& seat, const wire::AgentCommand& command);
    void show(Seat& seat, const UserId& user, const std::weak_ptr<Viewer>& viewer);
    void answerRdp();
    [[nodiscard]] SeatTruth& truthOf(const Seat& seat) { return m_life.seats[seat.number]; }
    [[nodiscard]] Seat* seatOfViewer(std::uint64_t viewer);
    template <typename Work> void later(Span delay, Work work);
    /// Its own: stands still while it does.
    [[nodiscard]] MonotonicTime time() const;
    /// The same for a seat, which stays where it is as long as the guest lives.
    template <typename Work> void later(Seat& seat, Span delay, Work work);

    // what the agent of a shared desktop does round its cores (agent/desktop/sharedseats.cpp)
    [[nodiscard]] bool isShared() const { return m_limits.seats > 0; }
    Seat& addSeat(std::int64_t number);
    void warmNext();
    [[nodiscard]] desktop::Seats seats() const;
    [[nodiscard]] bool isSharedReady() const;
    [[nodiscard]] wire::AgentReport sharedReport(wire::AgentReportKind kind) const;
    void tellShared(Seat& seat, const wire::AgentReport& report);
    void look();
    void send(const wire::AgentReport& report);
    void refuse(const wire::AgentCommand& command, const Error& error);

    World& m_world;
    Life& m_life;
    std::string m_credentials;
    std::string m_certificate;
    desktop::SeatLimits m_limits;
    std::int64_t m_leastEpoch = 0;
    std::map<std::int64_t, Seat> m_seats;
    std::optional<std::int64_t> m_resumed; ///< of a shared desktop: what its agent has written down
    bool m_agentLives = false;
    std::shared_ptr<AgentConnection> m_link; ///< up or being opened
    bool m_linkIsUp = false;
    Span m_linkUpAt { 0 };
    Span m_cutUntil { 0 };
    Span m_wait { 200 };
    std::uint64_t m_lastViewer = 0;
    bool m_rdpAnswers = false;
    bool m_wasReady = false; ///< in what its agent said last
    std::optional<bool> m_saidReady; ///< of a shared desktop: what the broker was told last
    bool m_neverBoots = false;
    bool m_halted = false;
    std::optional<Span> m_frozenAt;
    Span m_frozenFor { 0 };
    std::vector<std::function<void(Guest&)>> m_postponed;
};

}
