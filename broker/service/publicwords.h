// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>

namespace wardesk::broker {

/// What everybody may read about a database that is away: its own words may name the machine and
/// the account. Those are in the log.
[[nodiscard]] inline std::string databaseWords(const Error& error)
{
    return error.code == Errc::storageFull
        ? "the database cannot be written to; the broker's log says why"
        : "the database does not answer; the broker's log says why";
}

}
