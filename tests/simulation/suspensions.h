// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

#include <cstdint>

/// Pools whose spares may be saved to the disk. Chances of their own: the other seeds tell their
/// old stories.
namespace wardesk::broker::simulation {

/// Of all images and hosts of a seed: only virtual machines can be saved.
[[nodiscard]] ImageKind kindOf(std::uint64_t seed);
void makeSuspending(Pool& pool, std::uint64_t seed);

}
