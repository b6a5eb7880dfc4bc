// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/signinlimits.h"

#include <algorithm>

namespace wardesk::broker {

namespace {

std::chrono::milliseconds delayFor(int failures, int free)
{
    constexpr std::chrono::milliseconds step { 100 };
    return step * std::clamp(failures - free, 0, 30);
}

}

SignInVerdict judge(const SignInFailures& failures)
{
    if (failures.pair >= maxFailuresOfPair)
        return { .refused = true, .delay = {} };
    return { .refused = false,
        .delay = std::max(delayFor(failures.account, freeFailuresOfAccount),
            delayFor(failures.address, freeFailuresOfAddress)) };
}

}
