// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wardesk {

/// "1 session goes", "3 sessions go": the number and the words that fit it. Without `many` it is
/// `one` and an s.
[[nodiscard]] std::string counted(std::int64_t number, std::string_view one, std::string_view many);
[[nodiscard]] std::string counted(std::int64_t number, std::string_view one);

}
