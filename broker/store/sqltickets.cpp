// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlstore.h"

namespace wardesk::broker {

using sql::value;

Result<void> SqlStore::insertTicket(const NewTicket& ticket)
{
    Result<void> inserted = change(Purpose::vital, "insert_ticket",
        { { ":hash", value(ticket.hash) }, { ":lease_id", value(ticket.lease) },
            { ":epoch", value(ticket.epoch) }, { ":user_id", value(ticket.user) },
            { ":expires_at", value(ticket.expiresAt) } },
        "lease");
    if (!inserted && inserted.error().code == Errc::notFound)
        return failure(Errc::conflict, "the ticket cannot be stored: its lease does not exist");
    return inserted;
}

Result<RedeemedTicket> SqlStore::redeemTicket(
    const SecretHash& hash, const UserId& user, WallTime now)
{
    return write(Purpose::vital, [&]() -> Result<RedeemedTicket> {
        // The one statement decides: of two at the same moment one changes the row (S1).
        const Result<int> used = execute("redeem_ticket",
            { { ":hash", value(hash) }, { ":user_id", value(user) }, { ":now", value(now) } });
        if (!used)
            return tl::unexpected(used.error());
        if (*used == 0)
            return failure(Errc::stale, "this ticket is not valid any more");
        const Result<LeaseId> id = selectOne(
            "select_ticket_lease", { { ":hash", value(hash) } },
            [](sql::Row& row) { return row.id<LeaseId>(); }, "ticket");
        if (!id)
            return tl::unexpected(id.error());
        Result<Lease> lease = selectLease(*id);
        if (!lease)
            return tl::unexpected(lease.error());
        Result<DesktopRow> row = findDesktop(lease->desktop);
        if (!row)
            return tl::unexpected(row.error());
        return RedeemedTicket { std::move(*lease), std::move(row->desktop) };
    });
}

}
