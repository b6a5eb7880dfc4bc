// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <chrono>
#include <functional>
#include <string>

namespace wardesk::ctl {

/// Asks `look` twice a second until it answers an empty text. What it answers before that is what
/// is being waited for, told whenever it changes. `timeout` when that takes longer than `patience`.
[[nodiscard]] Result<void> waitUntil(const std::function<Result<std::string>()>& look,
    const std::function<void(const std::string&)>& tell, std::chrono::seconds patience);

}
