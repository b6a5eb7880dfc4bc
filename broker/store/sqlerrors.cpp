// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/sqlerrors.h"

#include "broker/store/sqlconnection.h"
#include "broker/store/storerules.h"

namespace wardesk::broker::sql {

namespace {

/// SQLite's primary result codes (sqlite3.h).
enum SqliteCode {
    sqliteBusy = 5,
    sqliteLocked = 6,
    sqliteReadOnly = 8,
    sqliteIoError = 10,
    sqliteCorrupt = 11,
    sqliteFull = 13,
    sqliteCannotOpen = 14,
    sqliteConstraint = 19,
    sqliteNotADatabase = 26
};

Error existsError(const std::string& text)
{
    return { Errc::conflict, "that exists already, or something it needs does not: " + text };
}

/// The first line; the rest is for programmers, and may repeat values.
std::string firstLine(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

}

Failure sqliteFailure(int code, const std::string& text)
{
    // The extended code has the primary one in its low byte.
    switch (code & 0xff) {
    case sqliteReadOnly:
        return { rules::storageFullError(text), Remedy::reconnect, true };
    case sqliteFull:
    case sqliteIoError:
        return { rules::storageFullError(text), Remedy::none };
    case sqliteBusy:
    case sqliteLocked:
        return { { Errc::unavailable, "the database is busy; try again" }, Remedy::none };
    case sqliteCannotOpen:
        return { { Errc::unavailable, "the database cannot be opened: " + text }, Remedy::none };
    case sqliteCorrupt:
    case sqliteNotADatabase:
        return { { Errc::unavailable, "the database file is damaged or no database: " + text },
            Remedy::none };
    case sqliteConstraint:
        return { existsError(text), Remedy::none };
    default:
        return { { Errc::internal, "the database refused a statement: " + text }, Remedy::none };
    }
}

Failure postgresFailure(const std::string& state, const std::string& text)
{
    const std::string line = firstLine(text);
    const std::string kind = state.substr(0, 2);
    if (state == "40001" || state == "40P01")
        return { { Errc::unavailable, "two changes were in each other's way; try again" },
            Remedy::again };
    if (state == "23505")
        return { existsError(line), Remedy::conflict };
    if (kind == "23")
        return { existsError(line), Remedy::none };
    // A standby, or a server whose disk made it read-only; after a promotion another one writes.
    if (state == "25006")
        return { rules::storageFullError(line), Remedy::reconnect, true };
    if (state == "53100" || state == "58030")
        return { rules::storageFullError(line), Remedy::none };
    if (state == "55P03" || state == "57014")
        return { { Errc::unavailable, "the database is busy; try again" }, Remedy::none };
    if (state == "22021" || state == "22P05" || kind == "22")
        return { { Errc::invalidArgument, "the database cannot store this value: " + line },
            Remedy::none };
    if (kind == "28" || kind == "3D")
        return { { Errc::unavailable, "the database refuses the broker: " + line },
            Remedy::reconnect };
    if (state.empty() || kind == "08" || kind == "57" || kind == "53" || kind == "58")
        return { { Errc::unavailable, "the database cannot be reached: " + line },
            Remedy::reconnect };
    return { { Errc::internal, "the database refused a statement: " + line }, Remedy::none };
}

}
