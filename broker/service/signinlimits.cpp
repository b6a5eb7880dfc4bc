// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/signinlimits.h"

#include <algorithm>

namespace wardesk::broker {

SignInVerdict judge(const SignInFailures& failures)
{
    if (failures.pair >= maxFailuresOfPair || failures.address >= maxFailuresOfAddress)
        return { .refused = true, .delay = {} };
    constexpr int freeFailures = 10;
    constexpr std::chrono::milliseconds step { 100 };
    constexpr std::chrono::milliseconds most { 3000 };
    const int beyond = std::clamp(failures.account - freeFailures, 0, 30);
    return { .refused = false, .delay = std::min(most, step * beyond) };
}

}
