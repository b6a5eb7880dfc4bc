// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

namespace wardesk::broker {

/// "Ward 3" -> "ward-3": what a host name may be made of, at most 20 characters.
[[nodiscard]] std::string hostNameStem(const std::string& poolName);
/// The lowest free one of stem-01, stem-02, ...
[[nodiscard]] std::string freeDesktopName(
    const std::string& poolName, const std::set<std::string>& taken);

}
