// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/seat.h"

#include "agent/desktop/socketlist.h"
#include "agent/link/log.h"

#include <charconv>

namespace wardesk::desktop {

using agent::log;
using std::chrono::milliseconds;
using wire::SessionState;

namespace {

template <typename... Visitors> struct OverloadedForSeat : Visitors...
{
    using Visitors::operator()...;
};
template <typename... Visitors> OverloadedForSeat(Visitors...) -> OverloadedForSeat<Visitors...>;

/// Others in the desktop go on when this one's client is sent away.
ViewerWatch::Reach reachOf(std::int64_t seat)
{
    return seat == 0 ? ViewerWatch::Reach::desktop : ViewerWatch::Reach::display;
}

}

Seat::Seat(boost::asio::io_context& context, ChildProcesses& children, const AgentOptions& options,
    std::int64_t number, Account account, DesktopCore core, SeatHost& host)
    : m_children(children)
    , m_options(options)
    , m_number(number)
    , m_account(std::move(account))
    , m_host(host)
    , m_core(std::move(core))
    , m_session(context, m_children, m_account,
          { m_options.sessionCommand, m_options.rdp.sessionManagerGroup }, m_options.sessionTiming,
          [this] {
              m_host.seatIsLeaving(*this);
              handle(SessionGone {});
          })
    , m_lock(context, m_children, m_options.lockCommand, m_account)
    , m_viewers(
          context, m_options.procNet, m_options.rdp.port, m_account.user,
          [this](Viewers viewers) { handle(ViewersSeen { std::move(viewers) }); }, reachOf(number))
    , m_coreTimer(context)
    , m_idleTimer(context)
    , m_heldTimer(context)
{
}

void Seat::start(const SessionPlace& earlier)
{
    const auto session = m_core.memory().session;
    if (m_core.hasSession()) {
        // An earlier agent of this incarnation left a session behind (R8).
        if (const auto adopted = m_session.adopt(earlier); !adopted) {
            log("the session of the earlier agent is gone: " + adopted.error().detail);
            m_host.seatIsLeaving(*this);
            handle(SessionGone {});
        } else {
            m_viewers.setDisplay(displayNumber(earlier.display));
            if (m_core.memory().isLocked)
                m_lock.lock(m_session.place());
        }
    } else if (session == SessionState::none) {
        m_session.start();
    }
    watchAsNeeded();
    measureIdleLater();
}

void Seat::receive(CommandReceived command, milliseconds patience)
{
    const bool isTooEarly = command.command.kind == wire::AgentCommandKind::prepare
        && m_core.memory().session == SessionState::none;
    if (!isTooEarly) {
        handle(command);
        return;
    }
    answerHeld(); // of two, the older one is refused
    m_held = std::move(command);
    m_heldTimer.expires_after(patience);
    m_heldTimer.async_wait([this](const boost::system::error_code& error) {
        if (error || !m_held)
            return;
        answerHeld();
        m_host.seatRefused(*this);
    });
}

void Seat::answerHeld()
{
    m_heldTimer.cancel();
    if (auto held = std::exchange(m_held, std::nullopt))
        handle(*held);
}

LocalAnswer Seat::announced(const LocalRequest& request)
{
    if (m_core.memory().session == SessionState::ended)
        m_host.seatIsLate(*this);
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
    answerHeld();
    return { true, std::nullopt };
}

bool Seat::handle(const Event& event)
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

void Seat::carryOut(const Effect& effect, bool& isAccepted)
{
    std::visit(
        OverloadedForSeat {
            [this](const SendReport& send) { m_host.seatReports(*this, send.report); },
            [this](const RememberState&) { m_host.seatChanged(*this); },
            [this, &isAccepted](const AcceptCredential&) {
                log("credential accepted for " + m_account.name);
                isAccepted = true;
            },
            [](const RefuseCredential& refused) { log("credential refused: " + refused.why); },
            [this](const LockScreen&) { m_lock.lock(m_session.place()); },
            [this](const UnlockScreen&) { m_lock.unlock(); },
            [this](const CutViewers&) { m_viewers.cut(); },
            [this](const PlantMarks&) { m_host.seatIsEntered(*this); },
            [this](const StartSession&) { m_session.start(); },
            [this](const EndSession&) { m_session.end(); },
        },
        effect);
}

void Seat::watchAsNeeded()
{
    const bool isConnected = m_core.memory().session == SessionState::connected;
    if (!m_core.hasSession()) {
        m_viewers.setInterval(std::nullopt);
        m_lock.unlock(); // there is nothing to be locked
        return;
    }
    m_viewers.setInterval(milliseconds(m_core.isAdmitting() ? 50 : isConnected ? 200 : 1'000));
}

void Seat::measureIdleLater()
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

void Seat::measureIdle()
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
