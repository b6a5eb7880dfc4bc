// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/seatplan.h"

#include <algorithm>
#include <iterator>

namespace wardesk::desktop {

using wire::SessionState;

namespace {

/// Two who come in the same moment both find a session that runs.
constexpr std::int64_t warmAhead = 2;

}

std::string accountOfSeat(const std::string& base, std::int64_t seat)
{
    return base + '-' + std::to_string(seat);
}

bool isGiven(const DesktopMemory& memory)
{
    return !memory.lease.empty() || memory.isUsed || memory.session == SessionState::ended;
}

bool isLive(const DesktopMemory& memory)
{
    return isGiven(memory) && memory.session != SessionState::ended;
}

std::int64_t nextWarm(const Seats& seats, const SeatLimits& limits)
{
    std::int64_t lastGiven = 0;
    std::int64_t live = 0;
    for (const auto& [number, memory] : seats) {
        if (isGiven(memory))
            lastGiven = std::max(lastGiven, number);
        live += isLive(memory) ? 1 : 0;
    }
    // One after the other: the first is what makes the desktop ready.
    const auto firstAhead = seats.upper_bound(lastGiven);
    if (std::any_of(firstAhead, seats.end(),
            [](const auto& one) { return one.second.session != SessionState::prepared; }))
        return 0;
    const std::int64_t ahead = std::distance(firstAhead, seats.end());
    const std::int64_t next = seats.empty() ? 1 : seats.rbegin()->first + 1;
    const std::int64_t wanted = std::min(warmAhead, limits.seats - live);
    return ahead >= wanted || next > limits.accounts ? 0 : next;
}

std::vector<wire::SeatReport> reportsOf(const Seats& seats)
{
    std::vector<wire::SeatReport> reports;
    for (const auto& [number, memory] : seats) {
        if (memory.lease.empty())
            continue;
        wire::SeatReport report;
        report.seat = number;
        report.session = memory.session;
        report.epoch = memory.epoch;
        report.lease = memory.lease;
        if (!memory.user.empty() && memory.session != SessionState::ended)
            report.user = memory.user;
        reports.push_back(std::move(report));
    }
    return reports;
}

std::int64_t highestEpoch(const Seats& seats, std::int64_t least)
{
    for (const auto& [number, memory] : seats)
        least = std::max(least, memory.epoch);
    return least;
}

Result<void> checkSeat(const std::optional<std::int64_t>& seat, const SeatLimits& limits)
{
    if (limits.seats == 0 && seat)
        return failure(
            Errc::invalidArgument, "'seat' is wrong: this desktop is one user's and has none");
    if (limits.seats > 0 && !seat)
        return failure(Errc::invalidArgument,
            "'seat' is missing: several users are in this desktop, each with an account");
    if (seat && (*seat < 1 || *seat > limits.accounts))
        return failure(Errc::invalidArgument,
            "'seat' is wrong: this desktop has accounts 1 to " + std::to_string(limits.accounts));
    return {};
}

}
