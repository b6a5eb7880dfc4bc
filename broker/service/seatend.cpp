// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/seatend.h"

#include "broker/service/log.h"

#include <utility>

namespace wardesk::broker {

namespace {

constexpr std::chrono::seconds patienceWithTheEnd { 5 };
constexpr int mostTries = 60; ///< five minutes; then only its next report brings it up again

struct SeatEnd
{
    Shell& shell;
    AgentLinks& agents;
    Lease closed;
    std::function<void()> deaf;
    int tries = 0;
};

void tell(SeatEnd end);

void order(SeatEnd end, Epoch epoch)
{
    AgentLinks& agents = end.agents;
    const AgentOrder wanted { .desktop = end.closed.desktop,
        .incarnation = end.closed.incarnation,
        .kind = wire::AgentCommandKind::logoff,
        .epoch = epoch,
        .lease = end.closed.id,
        .user = end.closed.user,
        .seat = end.closed.seat,
        .patience = patienceWithTheEnd };
    agents.command(wanted, [end = std::move(end)](const Result<wire::AgentReport>& obeyed) mutable {
        if (obeyed)
            return;
        logEvent(LogLevel::warning, "seat.end",
            { { "lease", end.closed.id.value() }, { "why", obeyed.error().detail } });
        if (const auto deaf = std::exchange(end.deaf, {}))
            deaf();
        if (obeyed.error().code == Errc::unavailable && ++end.tries < mostTries)
            tell(std::move(end));
    });
}

/// With the last epoch that its user had: whoever asked once more between the plan and the end has
/// raised it, and the agent obeys no older one (R3).
void tell(SeatEnd end)
{
    if (!end.agents.isConnected(end.closed.desktop, end.closed.incarnation)) {
        if (end.deaf)
            end.deaf();
        return;
    }
    Shell& shell = end.shell;
    onStore(
        shell, Urgency::first,
        [organisation = end.closed.organisation, id = end.closed.id](
            Store& store) { return store.findLease(organisation, id); },
        [end = std::move(end)](const Result<Lease>& lease) mutable {
            const Epoch epoch = lease ? lease->epoch : end.closed.epoch;
            order(std::move(end), epoch);
        });
}

}

void endSeat(Shell& shell, AgentLinks& agents, const Lease& closed, std::function<void()> deaf)
{
    if (closed.seat > 0)
        tell({ shell, agents, closed, std::move(deaf) });
}

}
