// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <cstdint>
#include <string>

namespace wardesk::client {

/// A sentence for people that says what to do: the broker's own where it sent one, else one of
/// ours.
[[nodiscard]] std::string explain(const Error& error);
/// "starting your desktop" -> "Starting your desktop…"
[[nodiscard]] std::string asProgress(std::string text);

/// What the user of a desktop that will be taken away sees, when so much time is left.
[[nodiscard]] std::string endingText(const std::string& message, std::int64_t leftMs);

}
