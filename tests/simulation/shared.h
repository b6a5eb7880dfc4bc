// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

#include <cstdint>

namespace wardesk::broker::simulation {

/// In some seeds the pool is shared. Its sizes count sessions then, and are as many desktops as
/// before. Before it is stored.
void makeShared(Pool& pool, std::uint64_t seed);

/// Desktops that nobody is in when all is quiet.
[[nodiscard]] std::int64_t desktopsAtRest(const Pool& pool);

}
