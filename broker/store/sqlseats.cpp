// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// Places in desktops that several users are in.
#include "broker/domain/seats.h"
#include "broker/store/sqlgrants.h"

#include <utility>

namespace wardesk::broker {

using sql::value;

Result<std::vector<Desktop>> SqlStore::selectSeat(
    const char* statement, const LeaseRequest& request, const Standing& standing)
{
    const Pool pool = standing.pool();
    return select(statement,
        { { ":pool_id", value(request.pool) }, { ":organisation_id", value(request.organisation) },
            { ":image_id", value(standing.poolImage) }, { ":seats", value(seatsOf(pool)) },
            { ":accounts", value(accountsOf(pool)) } },
        sql::readDesktop);
}

/// Whether there is room in a shared desktop, without a lock.
Result<SqlStore::Choice> SqlStore::seeSeat(const LeaseRequest& request, const Standing& standing)
{
    if (!standing.poolEnabled)
        return Choice {};
    return selectSeat("select_free_seat", request, standing).map([](std::vector<Desktop> free) {
        return free.empty() ? Choice {} : Choice { GrantOutcome::granted, std::move(free.front()) };
    });
}

/// A shared desktop, locked, with the account that comes next.
Result<SqlStore::Choice> SqlStore::takeSeat(const LeaseRequest& request, const Standing& standing)
{
    const Pool pool = standing.pool();
    // Each turn is one that another grant has won meanwhile.
    for (std::int64_t turn = 0; turn <= mostSeats; ++turn) {
        Result<std::vector<Desktop>> free
            = selectSeat(m_postgres ? "lock_free_seat" : "select_free_seat", request, standing);
        if (free && free->empty() && m_postgres) {
            // All that have room are being gone into: unlike a desktop of one's own, a shared one
            // has room for both, so this one waits.
            Result<bool> waited = awaitSeat(request, standing);
            if (!waited)
                return tl::unexpected(waited.error());
            if (*waited)
                continue;
        }
        if (!free)
            return tl::unexpected(free.error());
        if (free->empty())
            return Choice {};
        Desktop& desktop = free->front();
        const auto seats = selectOne(
            "select_seats_of_desktop",
            { { ":desktop_id", value(desktop.id) },
                { ":incarnation", value(desktop.incarnation.number) } },
            [](sql::Row& row) {
                const std::int64_t open = row.number();
                return std::pair(open, row.number());
            },
            "desktop");
        if (!seats)
            return tl::unexpected(seats.error());
        const auto& [open, last] = *seats;
        if (open < seatsOf(pool) && last < accountsOf(pool))
            return Choice { GrantOutcome::granted, std::move(desktop), last + 1 };
    }
    return Choice {};
}

/// Until whoever goes into the desktop with room has done so; false when there is none with room.
Result<bool> SqlStore::awaitSeat(const LeaseRequest& request, const Standing& standing)
{
    const Result<std::vector<Desktop>> seen = selectSeat("select_free_seat", request, standing);
    if (!seen)
        return tl::unexpected(seen.error());
    if (seen->empty())
        return false;
    // Other parts of a group may hold what its holder waits for: nobody waits in a group.
    if (session().group != Group::none) {
        const Error busy { Errc::internal, "another transaction goes into this desktop" };
        breakGroup(busy);
        return tl::unexpected(busy);
    }
    return lock("lock_desktop", value(seen->front().id)).map([] { return true; });
}

}
