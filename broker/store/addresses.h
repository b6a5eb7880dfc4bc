// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <set>
#include <string>

namespace wardesk::broker {

/// The lowest IPv4 address of the range (both ends included) that is not taken; `poolFull` when
/// there is none.
[[nodiscard]] Result<std::string> lowestFreeAddress(
    const std::string& first, const std::string& last, const std::set<std::string>& taken);

}
