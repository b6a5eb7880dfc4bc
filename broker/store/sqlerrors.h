// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>

/// What the two databases mean by their codes.
namespace wardesk::broker::sql {

enum class Remedy;

struct Failure
{
    Error error;
    Remedy remedy;
    bool readOnly = false; ///< this connection, whatever becomes of the cause
};

/// `code` is SQLite's result code, `text` its message.
[[nodiscard]] Failure sqliteFailure(int code, const std::string& text);
/// `state` is the SQLSTATE, empty when there was no answer.
[[nodiscard]] Failure postgresFailure(const std::string& state, const std::string& text);

}
