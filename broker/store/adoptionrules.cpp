// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/adoptionrules.h"

#include <array>

namespace wardesk::broker::rules {

namespace {

constexpr std::array<const char*, 5> sessionNames { "none", "prepared", "connected", "disconnected",
    "ended" };

}

Result<AdoptionRecord> beginAdoption(const std::optional<AdoptionRecord>& running, bool isAlive,
    const AdoptionRecord& wanted, AdoptionStart how, WallTime now)
{
    if (!running) {
        if (how == AdoptionStart::takeOver)
            return failure(Errc::notFound, "nothing is being adopted");
        AdoptionRecord record = wanted;
        record.since = now;
        return record;
    }
    if (running->broker != wanted.broker && isAlive)
        return failure(Errc::conflict,
            "the broker " + running->broker.value() + " sets the database right already");
    AdoptionRecord record = *running;
    record.broker = wanted.broker;
    return record;
}

Incarnation goesOnInside(const DesktopRow& row)
{
    const bool isOpen = row.lease && row.lease->seat > 0 && !row.lease->closedAt;
    return isOpen ? row.desktop.incarnation.number : Incarnation(0);
}

Error adoptingError()
{
    return { Errc::overloaded,
        "The database was restored and is being set right; nothing new is given out meanwhile. "
        "Desktops in use go on. Try again in a moment." };
}

Error adoptionLostError()
{
    return { Errc::stale, "another broker sets the database right now" };
}

Error wentBackError(Epoch next, Epoch seen)
{
    return { Errc::unavailable,
        "the database has gone back: "
            + (next > Epoch(0) ? "it would give epoch " + std::to_string(next.value()) + ", " : "")
            + "this broker has seen epoch " + std::to_string(seen.value()) };
}

std::string nameOf(SessionSeen session)
{
    return sessionNames[static_cast<std::size_t>(session)];
}

SessionSeen sessionNamed(const std::string& name)
{
    for (std::size_t at = 0; at < sessionNames.size(); ++at) {
        if (name == sessionNames[at])
            return static_cast<SessionSeen>(at);
    }
    return SessionSeen::connected; // what nobody can read is nobody's to give away
}

}
