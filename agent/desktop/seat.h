// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/account.h"
#include "agent/desktop/agentoptions.h"
#include "agent/desktop/childprocesses.h"
#include "agent/desktop/desktopcore.h"
#include "agent/desktop/localmessages.h"
#include "agent/desktop/screenlock.h"
#include "agent/desktop/sessioncontrol.h"
#include "agent/desktop/viewerwatch.h"

#include <boost/asio/steady_timer.hpp>
#include <optional>

namespace wardesk::desktop {

class Seat;

/// What a session needs of the desktop that it is in.
class SeatHost
{
public:
    virtual ~SeatHost() = default;
    virtual void seatReports(Seat& seat, const wire::AgentReport& report) = 0;
    /// Write the facts of all seats down before going on (R3).
    virtual void seatChanged(Seat& seat) = 0;
    virtual void seatIsEntered(Seat& seat) = 0; ///< from now on something of a user may be here
    virtual void seatIsLeaving(Seat& seat) = 0; ///< before its end is told
    virtual void seatRefused(Seat& seat) = 0; ///< somebody found it not ready
    virtual void seatIsLate(Seat& seat) = 0; ///< a session began after the end of it was told
};

/// One account's session: the shell round a core. Turns what happens in it into events, and carries
/// out the effects. A desktop of one user has one, with the number 0. One thread, the io_context's;
/// must live until that has stopped running.
class Seat
{
public:
    Seat(boost::asio::io_context& context, ChildProcesses& children, const AgentOptions& options,
        std::int64_t number, Account account, DesktopCore core, SeatHost& host);
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    [[nodiscard]] std::int64_t number() const { return m_number; }
    [[nodiscard]] const Account& account() const { return m_account; }
    [[nodiscard]] const DesktopCore& core() const { return m_core; }
    [[nodiscard]] DesktopCore& core() { return m_core; }
    [[nodiscard]] const SessionPlace& place() const { return m_session.place(); }

    /// The prepare that waits for the session, or null.
    [[nodiscard]] const wire::AgentCommand* heldPrepare() const
    {
        return m_held ? &m_held->command : nullptr;
    }

    /// Starts its session, or goes on with that of an earlier agent of this incarnation (R8).
    void start(const SessionPlace& earlier);
    /// Feeds the core and carries out what it says. Returns true when a credential was accepted.
    bool handle(const Event& event);
    /// As handle; a prepare that comes before the session runs waits for it, for so long.
    void receive(CommandReceived command, std::chrono::milliseconds patience);
    LocalAnswer announced(const LocalRequest& request);
    void endRest() { m_session.end(); }

private:
    void carryOut(const Effect& effect, bool& isAccepted);
    void answerHeld();
    void watchAsNeeded();
    void measureIdleLater();
    void measureIdle();

    ChildProcesses& m_children;
    const AgentOptions& m_options;
    const std::int64_t m_number;
    const Account m_account;
    SeatHost& m_host;
    SystemClock m_clock;
    DesktopCore m_core;
    SessionControl m_session;
    ScreenLock m_lock;
    ViewerWatch m_viewers;
    boost::asio::steady_timer m_coreTimer;
    boost::asio::steady_timer m_idleTimer;
    boost::asio::steady_timer m_heldTimer;
    std::optional<CommandReceived> m_held; ///< a prepare
};

}
