// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <chrono>

namespace wardesk {

/// "5 min", "1 h 30 min", "2 days": the two largest units that are not zero.
[[nodiscard]] std::string spanText(std::chrono::seconds span);
/// "90s", "5min", "16h", "2d", "1h30min"; "never" and "0" are zero. The error names the field.
[[nodiscard]] Result<std::chrono::seconds> readSpan(
    const std::string& field, const std::string& text);

}
