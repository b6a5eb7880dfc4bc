// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <functional>
#include <optional>
#include <string>

namespace wardesk::ctl {

/// Where the broker is and how to speak to it. Words of the command come before the environment
/// (WARDESK_URL, WARDESK_CA, WARDESK_TOKEN_FILE), that before ~/.config/wardesk/ctl.toml.
struct Settings
{
    std::string url;
    std::string authority;
    std::string tokenFile;
    bool json = false;
};

using Environment = std::function<std::optional<std::string>(const char* name)>;

/// Fills in what `given` leaves empty. A key in ctl.toml that there is not, or a value of the wrong
/// kind, is refused with its line.
[[nodiscard]] Result<Settings> completed(Settings given, const Environment& environment);
[[nodiscard]] std::optional<std::string> processEnvironment(const char* name);

}
