// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// What the agent of a shared desktop does about its accounts.
#include "agent/desktop/accountremains.h"
#include "agent/desktop/desktopagent.h"
#include "agent/link/log.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace wardesk::desktop {

using agent::log;
using wire::SessionState;

namespace {

constexpr std::chrono::seconds makeAgain { 2 };
constexpr std::chrono::seconds emptyAgain { 2 };
constexpr std::size_t mostWaiting = 8; ///< commands, for one account

bool isLogoff(const CommandReceived& one)
{
    return one.command.kind == wire::AgentCommandKind::logoff
        || one.command.kind == wire::AgentCommandKind::logoffUnused;
}

/// Whom an account is for whose session does not run yet: a broker that has lost it must hear it
/// again (R11).
void promise(DesktopMemory& memory, const wire::AgentCommand& prepare)
{
    memory.epoch = std::max(memory.epoch, prepare.epoch);
    memory.lease = prepare.lease;
    memory.user = prepare.user.value_or("");
}

std::vector<std::string> withName(std::vector<std::string> command, std::string name)
{
    command.push_back(std::move(name));
    return command;
}

}

void DesktopAgent::startShared()
{
    // A machine that was saved has a session of the account that others use; nobody gets it.
    if (const auto account = m_options.findAccount(m_options.account);
        account && account->isOrdinary())
        killAllOf(account->user);
    // Those of an earlier agent of this incarnation (R8).
    for (const SeatState& state : m_incarnation.seats.value_or(std::vector<SeatState>())) {
        auto account = m_options.findAccount(accountOfSeat(m_options.account, state.seat));
        if (!account) {
            log(account.error().detail);
            continue;
        }
        Seat& seat = addSeat(state.seat, std::move(*account), state.memory);
        seat.start(state.place);
        if (state.memory.session == SessionState::ended)
            emptySeat(seat);
    }
}

Seats DesktopAgent::seats() const
{
    Seats seats;
    for (const auto& [number, seat] : m_seats) {
        DesktopMemory memory = seat->core().memory();
        if (const wire::AgentCommand* held = seat->heldPrepare())
            promise(memory, *held);
        seats.emplace(number, std::move(memory));
    }
    for (const auto& [number, making] : m_making) {
        DesktopMemory memory;
        for (const CommandReceived& waiting : making.waiting) {
            if (waiting.command.kind == wire::AgentCommandKind::prepare)
                promise(memory, waiting.command);
        }
        seats.emplace(number, std::move(memory));
    }
    return seats;
}

void DesktopAgent::obeyShared(CommandReceived received)
{
    const auto answerNobody = [&] {
        wire::AgentReport answer;
        answer.kind = wire::AgentReportKind::answer;
        answer.epoch = highestEpoch(seats(), m_incarnation.bootstrap.epoch);
        answer.id = received.command.id;
        answer.session = SessionState::none;
        send(answer);
    };
    // A sign of life, of a desktop that nobody is in.
    if (received.command.kind == wire::AgentCommandKind::state && !received.command.seat) {
        answerNobody();
        return;
    }
    if (const auto good = checkSeat(received.command.seat, m_limits); !good) {
        refuse(received, good.error());
        return;
    }
    const std::int64_t number = *received.command.seat;
    const auto seat = m_seats.find(number);
    if (seat != m_seats.end()) {
        seat->second->receive(std::move(received), m_options.prepareWithin);
        look();
        return;
    }
    // Seen is seen, also before there is a session to remember it (R3).
    std::int64_t& seen = m_seenEpochs[number];
    if (received.command.epoch < seen) {
        refuse(received,
            Error { Errc::stale,
                "epoch " + std::to_string(received.command.epoch) + " is lower than "
                    + std::to_string(seen) });
        return;
    }
    seen = received.command.epoch;
    if (m_making.count(number) != 0) {
        await(number, std::move(received));
        return;
    }
    switch (received.command.kind) {
    case wire::AgentCommandKind::prepare:
    case wire::AgentCommandKind::logoff:
    case wire::AgentCommandKind::logoffUnused:
        // It is given before it was made; from now on it is nobody else's, also when it is over.
        await(number, std::move(received));
        makeSeat(number);
        return;
    case wire::AgentCommandKind::state:
    case wire::AgentCommandKind::lock:
    case wire::AgentCommandKind::disconnect:
    case wire::AgentCommandKind::timers:
    case wire::AgentCommandKind::brokers:
        answerNobody();
        return;
    }
}

void DesktopAgent::await(std::int64_t number, CommandReceived received)
{
    Making& making = m_making[number];
    const bool hasLogoff = std::any_of(making.waiting.begin(), making.waiting.end(), isLogoff);
    // That it is over before it has begun is kept, once; everything else can be asked again.
    const bool mustWait = isLogoff(received) && !hasLogoff;
    if (!mustWait && !making.why.empty())
        refuse(received, Error { Errc::preparing, making.why });
    else if (!mustWait && making.waiting.size() >= mostWaiting)
        refuse(received,
            Error { Errc::overloaded, "too many commands wait for an account that is being made" });
    else
        making.waiting.push_back(std::move(received));
}

void DesktopAgent::makeSeat(std::int64_t number)
{
    m_making.try_emplace(number);
    const std::string name = accountOfSeat(m_options.account, number);
    const auto started = m_children.start({ withName(m_options.makeAccount, name), {}, {} },
        [this, number](const ChildProcesses::End& end) { seatMade(number, end.code == 0); });
    if (!started)
        boost::asio::post(m_context, [this, number] { seatMade(number, false); });
}

void DesktopAgent::seatMade(std::int64_t number, bool isMade)
{
    const std::string name = accountOfSeat(m_options.account, number);
    auto account = isMade
        ? m_options.findAccount(name)
        : Result<Account>(failure(Errc::unavailable, "the account " + name + " was not made"));
    if (!account) {
        seatNotMade(number, account.error());
        return;
    }
    auto first = std::move(m_making[number].waiting);
    m_making.erase(number);
    DesktopMemory memory;
    memory.epoch = m_incarnation.bootstrap.epoch;
    memory.epoch = std::max(memory.epoch, m_seenEpochs[number]);
    Seat& seat = addSeat(number, std::move(*account), std::move(memory));
    if (m_certificate)
        seat.handle(RdpAnswered { *m_certificate });
    if (std::none_of(first.begin(), first.end(), isLogoff)) // not given back before it was made
        seat.start({});
    for (CommandReceived& command : first)
        seat.receive(std::move(command), m_options.prepareWithin);
    remember();
    look();
}

/// Its place in m_making stays, so that no other is begun in its place: a full disk, say, fails
/// them all. Whoever waits is told, and the desktop is not ready until it is made.
void DesktopAgent::seatNotMade(std::int64_t number, const Error& why)
{
    Making& making = m_making[number];
    if (making.why.empty())
        log(why.detail);
    making.why = why.detail;
    for (CommandReceived& command : std::exchange(making.waiting, {}))
        await(number, std::move(command));
    if (!making.again)
        making.again = std::make_unique<boost::asio::steady_timer>(m_context);
    making.again->expires_after(makeAgain);
    making.again->async_wait([this, number](const boost::system::error_code& error) {
        if (!error)
            makeSeat(number);
    });
    look();
}

void DesktopAgent::emptySeat(const Seat& seat)
{
    const std::int64_t number = seat.number();
    m_emptying.try_emplace(number);
    const auto started
        = m_children.start({ withName(m_options.emptyAccount, seat.account().name), {}, {} },
            [this, number](const ChildProcesses::End& end) { seatEmptied(number, end.code == 0); });
    if (!started)
        boost::asio::post(m_context, [this, number] { seatEmptied(number, false); });
}

/// What is left of one user must not wait for another: the second time it makes the desktop not
/// ready for anybody new, and it is tried until it is done.
void DesktopAgent::seatEmptied(std::int64_t number, bool isDone)
{
    const Seat& seat = *m_seats.at(number);
    const std::string& name = seat.account().name;
    if (isDone) {
        log(name + " is empty and locked");
        m_emptying.erase(number);
        look();
        return;
    }
    Emptying& emptying = m_emptying[number];
    if (++emptying.failures <= 2)
        log(name + " could not be emptied");
    if (!emptying.again)
        emptying.again = std::make_unique<boost::asio::steady_timer>(m_context);
    emptying.again->expires_after(emptyAgain * std::min(emptying.failures, 15));
    emptying.again->async_wait([this, &seat](const boost::system::error_code& error) {
        if (!error)
            emptySeat(seat);
    });
    look();
}

void DesktopAgent::warmNext()
{
    if (const std::int64_t next = nextWarm(seats(), m_limits); next > 0)
        makeSeat(next);
}

void DesktopAgent::seatRefused(Seat&)
{
    // The broker takes the refusal for the whole desktop's word, and sends nobody until it hears
    // that a session runs.
    m_isRefusing = true;
    m_reportedReady.reset();
}

/// Its starter was on the way when the account was emptied.
void DesktopAgent::seatIsLate(Seat& seat)
{
    if (isShared())
        emptySeat(seat);
}

std::string DesktopAgent::whyFull() const
{
    for (const auto& [number, making] : m_making) {
        if (!making.why.empty())
            return making.why;
    }
    for (const auto& [number, emptying] : m_emptying) {
        if (emptying.failures >= 2)
            return m_seats.at(number)->account().name + " could not be emptied";
    }
    return {};
}

/// Also while the next session is still on its way: whoever comes waits a moment for it, and the
/// desktop would be taken for useless with every sign-in.
bool DesktopAgent::isSharedReady() const
{
    return m_certificate && !m_isRefusing && whyFull().empty()
        && std::any_of(m_seats.begin(), m_seats.end(),
            [](const auto& one) { return one.second->core().hasSession(); });
}

wire::AgentReport DesktopAgent::sharedReport(wire::AgentReportKind kind) const
{
    const Seats all = seats();
    wire::AgentReport report;
    report.kind = kind;
    report.epoch = highestEpoch(all, m_incarnation.bootstrap.epoch);
    report.sessions = reportsOf(all);
    return report;
}

void DesktopAgent::tellSharedReadiness()
{
    const auto ready = isSharedReady() ? m_certificate : std::nullopt;
    if (ready == m_reportedReady)
        return;
    m_reportedReady = ready;
    const std::string why = ready ? std::string() : whyFull();
    log(ready ? "ready" : why.empty() ? "not ready" : "not ready: " + why);
    auto report = sharedReport(wire::AgentReportKind::ready);
    if (!why.empty())
        report.message = why;
    report.isReady = ready.has_value();
    report.certificateSha256 = m_certificate;
    report.proof = m_incarnation.proof;
    report.resumed = resumed();
    send(report);
}

void DesktopAgent::look()
{
    const bool isConnected = std::any_of(m_seats.begin(), m_seats.end(), [](const auto& one) {
        return one.second->core().memory().session == SessionState::connected;
    });
    m_rdp.setRest(!isConnected ? RdpWatch::Rest::nothing
            : isShared()       ? RdpWatch::Rest::rdpServer
                               : RdpWatch::Rest::everything);
    if (!isShared())
        return;
    warmNext();
    tellSharedReadiness();
}

}
