// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/poolaccess.h"

#include "broker/domain/seats.h"
#include "broker/pool/calendar.h"
#include "broker/service/zones.h"
#include "protocols/base/counted.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

std::string joined(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    return text;
}

/// "Only at the terminals of icu." or "Again at 07:00."
std::string whereOrWhen(const Pool& pool, const Access& access, WallTime now)
{
    if (access.outcome == AccessOutcome::wrongTerminal)
        return "only at the terminals of " + joined(access.terminalGroups);
    if (access.outcome == AccessOutcome::hoursUnknown)
        return "only in its hours, and its time zone is not known here: ask IT";
    const auto zone = zoneOffsets(pool.timeZone, calendarSpan(now));
    return "again at "
        + momentText(access.opensAt.value_or(now), zone.value_or(ZoneOffsets {}), now);
}

std::string sentenceOf(std::string words)
{
    words.front() = static_cast<char>(words.front() - 'a' + 'A');
    return words + '.';
}

const char* const withdrawnWords
    = "You may not open it any more. Your session goes on until it is logged off; ask IT about "
      "what is in it.";

}

Result<Access> readAccess(
    Store& store, const Pool& pool, const Asker& who, const Sessions& own, WallTime now)
{
    const auto rights = store.rightsOf(pool.id, who.user);
    if (!rights)
        return tl::unexpected(rights.error());
    AccessQuestion question { .terminal = who.terminal, .hasSession = false };
    if (!dependsOnTime(*rights))
        return accessOf(*rights, question, {}, now);
    const auto zone = zoneOffsets(pool.timeZone, calendarSpan(now));
    const auto judged = [&] {
        return zone ? accessOf(*rights, question, *zone, now)
                    : accessWithoutZone(*rights, question);
    };
    Access access = judged();
    if (access.outcome == AccessOutcome::allowed)
        return access;
    const auto leases = own ? Result<std::vector<Lease>>(*own) : store.listOpenLeasesOf(who.user);
    if (!leases)
        return tl::unexpected(leases.error());
    question.hasSession = std::any_of(leases->begin(), leases->end(),
        [&pool](const Lease& lease) { return lease.pool == pool.id; });
    return question.hasSession ? judged() : access;
}

Error refusalOf(const Pool& pool, const Access& access, WallTime now)
{
    if (access.outcome == AccessOutcome::notEntitled)
        return { Errc::notFound,
            "There is no pool of that name that you may use. Ask IT if you need it." };
    const bool isOurFault = access.outcome == AccessOutcome::hoursUnknown;
    return { isOurFault ? Errc::unavailable : Errc::forbidden,
        "'" + pool.name + "' may be opened " + whereOrWhen(pool, access, now) + "." };
}

Error refusalOf(
    const Pool& pool, GrantOutcome limit, const SessionLimits& limits, std::int64_t sessionsOfUser)
{
    if (limit == GrantOutcome::poolLimit)
        return { Errc::poolFull,
            "'" + pool.name + "' may have " + counted(limits.perPool, "session")
                + " at the same time, and no more is free. Try again later, or ask IT for more." };
    return { Errc::conflict,
        "You have " + counted(sessionsOfUser, "session") + " open, and at most "
            + std::to_string(limits.perUser)
            + " may be open at the same time. Log off from one first." };
}

wire::DesktopTile tileFor(const PoolNow& seen, const Asker& who, const Access& access,
    const SessionLimits& limits, std::int64_t sessionsOfUser)
{
    wire::DesktopTile tile = tileOf(seen, who.user);
    const bool hasSession = tile.lease.has_value();
    if (access.outcome != AccessOutcome::allowed) {
        // Without its lease: a client must not offer to restart what goes on elsewhere.
        tile.lease.reset();
        tile.state = wire::TileState::unavailable;
        tile.message = access.outcome == AccessOutcome::notEntitled
            ? withdrawnWords
            : sentenceOf(whereOrWhen(seen.pool, access, seen.now));
        return tile;
    }
    if (hasSession)
        return tile;
    if (limits.perUser > 0 && sessionsOfUser >= limits.perUser) {
        tile.state = wire::TileState::unavailable;
        tile.message = refusalOf(seen.pool, GrantOutcome::userLimit, limits, sessionsOfUser).detail;
    } else if (limits.perPool > 0 && countOpen(seen.rows) >= limits.perPool) {
        tile.state = wire::TileState::full;
        tile.message = refusalOf(seen.pool, GrantOutcome::poolLimit, limits, sessionsOfUser).detail;
    }
    return tile;
}

AccessWords explainAccess(const Pool& pool, const std::vector<Entitlement>& entitlements,
    std::int64_t sessionLimit, std::int64_t openSessions)
{
    AccessWords words;
    const bool isOpenToAll
        = std::any_of(entitlements.begin(), entitlements.end(), [](const Entitlement& entitlement) {
              return entitlement.subject == SubjectKind::everybody && !entitlement.terminals
                  && timesText(entitlement) == "always";
          });
    if (entitlements.empty()) {
        words.now.push_back("Nobody may use it: nobody is entitled to.");
        words.todo.push_back("'wardeskctl pool access add " + pool.name
            + " --everybody' lets every user in; --group and --user let in some.");
    } else if (isOpenToAll) {
        words.now.push_back("Every user may use it.");
    } else {
        words.now.push_back("Who may use it is limited; 'wardeskctl pool access show " + pool.name
            + "' lists who, where and when.");
    }
    if (sessionLimit == 0)
        return words;
    words.now.push_back("At most " + counted(sessionLimit, "session") + " of it may be open; "
        + std::to_string(openSessions) + (openSessions == 1 ? " is." : " are."));
    if (openSessions >= sessionLimit)
        words.todo.push_back("'wardeskctl pool access limit " + pool.name + ' '
            + std::to_string(openSessions + 1)
            + "' lets one more in, if a desktop is left; 0 takes the limit away.");
    return words;
}

std::int64_t countOpen(const std::vector<DesktopRow>& rows)
{
    std::int64_t open = 0;
    for (const DesktopRow& row : rows)
        open += openSeats(row);
    return open;
}

}
