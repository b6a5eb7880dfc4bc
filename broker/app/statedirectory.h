// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <string>

namespace wardesk::broker {

/// The broker's directory: database, authority, keys. Mode 0700 except that everybody may read
/// ca.pem, so it is 0711.
class StateDirectory
{
public:
    /// Makes it if it is not there.
    [[nodiscard]] static Result<void> prepare(const std::string& path);
    /// The same, and takes it for this process: two brokers on one directory would be one too many.
    [[nodiscard]] static Result<StateDirectory> open(const std::string& path);
    StateDirectory() = default;
    ~StateDirectory();
    StateDirectory(StateDirectory&& other) noexcept;
    StateDirectory& operator=(StateDirectory&& other) noexcept;
    StateDirectory(const StateDirectory&) = delete;
    StateDirectory& operator=(const StateDirectory&) = delete;

private:
    int m_lock = -1;
};

/// The first line of a file, or of standard input for "-".
[[nodiscard]] Result<Secret> readPassword(const std::string& file);

}
