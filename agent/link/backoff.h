// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace wardesk::agent {

struct WaitRange
{
    std::chrono::milliseconds shortest { 100 };
    std::chrono::milliseconds longest { 5'000 };
};

/// How long to wait before the next attempt after `failures` in a row; random is in [0, 1). The
/// range doubles with each failure, and the whole of it is used: ten thousand agents that lost one
/// broker must not come back in step.
[[nodiscard]] std::chrono::milliseconds waitAfter(
    unsigned failures, double random, WaitRange range = {});

}
