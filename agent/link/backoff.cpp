// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/link/backoff.h"

#include <algorithm>

namespace wardesk::agent {

std::chrono::milliseconds waitAfter(unsigned failures, double random, WaitRange range)
{
    const auto shortest = static_cast<double>(range.shortest.count());
    const auto longest = static_cast<double>(range.longest.count());
    const double doubled = shortest * static_cast<double>(1ULL << std::min(failures + 1, 32U));
    const double upper = std::max(shortest, std::min(longest, doubled));
    const double wait = shortest + std::clamp(random, 0.0, 1.0) * (upper - shortest);
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(wait));
}

}
