// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <string>

namespace wardesk::broker {

/// The port to the password hash (A1). Both calls cost tens of milliseconds and many MiB on
/// purpose: they run on the hash threads only. Thread-safe.
class PasswordHasher
{
public:
    virtual ~PasswordHasher() = default;
    [[nodiscard]] virtual Result<std::string> hash(const Secret& password) const = 0;
    /// An empty hash stands for a user who does not exist: it costs the same and is always wrong,
    /// so that the time of the answer does not tell who exists.
    [[nodiscard]] virtual bool verify(const std::string& hash, const Secret& password) const = 0;
};

}
