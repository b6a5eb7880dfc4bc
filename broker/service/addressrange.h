// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <cstdint>
#include <string>

namespace wardesk::broker {

/// IPv4 in host order, or `invalidArgument`.
[[nodiscard]] Result<std::uint32_t> ipv4FromText(const std::string& text);
/// How many addresses lie between the two, both included; 0 when they are no range.
[[nodiscard]] std::int64_t countAddresses(const std::string& first, const std::string& last);
/// Is it one of them?
[[nodiscard]] bool contains(
    const std::string& first, const std::string& last, const std::string& address);

}
