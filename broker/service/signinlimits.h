// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace wardesk::broker {

/// A2. Failures within the last `signInWindow`, as the database counted them.
struct SignInFailures
{
    int pair = 0; ///< of this account from this address
    int address = 0; ///< of any account from this address
    int account = 0; ///< of this account from anywhere
};

struct SignInVerdict
{
    bool refused = false;
    std::chrono::milliseconds delay {}; ///< to wait before the password is looked at
};

inline constexpr std::chrono::minutes signInWindow { 5 };
inline constexpr int maxFailuresOfPair = 5;
inline constexpr int freeFailuresOfAccount = 10;
inline constexpr int freeFailuresOfAddress = 100; ///< a whole ward may share one

/// A wrong password five times from one place locks that account there for a while and nowhere
/// else. What others do makes a ward's sign-in slower, up to three seconds, and never impossible.
[[nodiscard]] SignInVerdict judge(const SignInFailures& failures);

}
