// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "protocols/base/error.h"

#include <string>

/// What may be set of a pool, and how the audit tells it.
namespace wardesk::broker {

/// `max` counts sessions in a shared pool, and a desktop is made only when all its seats are within
/// it.
[[nodiscard]] Result<void> checkSeats(const Pool& pool);
[[nodiscard]] Result<void> checkPool(const Pool& pool, WallTime now);
/// Whether a pool with this image may have what it wishes of suspended spares.
[[nodiscard]] Result<void> checkSuspended(const Pool& pool, const Image& image);

[[nodiscard]] std::string timersText(const LifeTimers& timers);
/// These begin with a comma, or are empty when there is nothing to say.
[[nodiscard]] std::string placementText(const Pool& pool);
[[nodiscard]] std::string suspendedText(const Pool& pool);

}
