// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>
#include <sys/types.h>

namespace wardesk::broker {

/// Whole or not at all, also when the machine dies: written beside, synced, renamed.
[[nodiscard]] Result<void> writeDurably(
    const std::string& path, const std::string& content, mode_t mode);
/// `notFound` when there is none.
[[nodiscard]] Result<std::string> readWhole(const std::string& path);

}
