// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <functional>
#include <map>
#include <string>

namespace wardesk::broker {

/// Where PostgreSQL is and how it is reached.
struct PostgresSettings
{
    std::map<std::string, std::string> options; ///< libpq's, without the password
    std::string passwordFile; ///< read at every connect, so that it may be changed; may be empty
    /// Is told why a connection could not be opened anew, on any thread. The callers of the store,
    /// and with them everybody who may ask for the broker's health, hear only that it was not:
    /// libpq's words name hosts and accounts. Without it they hear all.
    std::function<void(const std::string& why)> tell {};

    /// "host:port, host:port/database", for people.
    [[nodiscard]] std::string name() const;
    /// As libpq wants it, except for the password.
    [[nodiscard]] std::string connectionText() const;
    /// Without the line's end; empty when there is no file. A file that everybody can read is
    /// refused.
    [[nodiscard]] Result<Secret> password() const;
};

/// From a libpq connection string or a postgresql:// address. What keeps a thread from hanging,
/// finds the server that can be written to (several hosts, after a promotion) and makes a server
/// on another machine prove who it is (sslmode verify-full) is filled in where the text does not
/// say otherwise. `invalidArgument` with words for "... is expected"; a password
/// in the text is refused, because configurations are read by many and passwords by few.
[[nodiscard]] Result<PostgresSettings> parsePostgres(
    const std::string& text, const std::string& passwordFile);

}
