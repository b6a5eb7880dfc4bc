// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace wardesk {

/// The closed list of what can go wrong. Each value maps once to an HTTP status, a wire code and an
/// exit code (error.cpp); nothing else in the tree decides on a status by itself.
enum class Errc {
    invalidArgument, ///< what was sent makes no sense: the detail says which field and what was
                     ///< expected
    unauthenticated, ///< no sign-in, or it ended
    wrongCredentials, ///< the user name or the password is wrong (never says which)
    forbidden, ///< signed in, but not allowed
    notFound,
    conflict, ///< exists already, or the state does not allow it
    poolFull, ///< every desktop of the pool is in use and it may not grow
    preparing, ///< not ready yet; ask again
    stale, ///< an epoch, incarnation or ticket that is no longer valid (R3)
    tooLarge,
    tooMany, ///< a limit on attempts (A2)
    overloaded, ///< a bounded queue is full (R13); try again after the named time
    storageFull, ///< disk full or database read-only (R14)
    unavailable, ///< a part that is needed (hypervisor, agent, broker) cannot be reached
    timeout,
    untrusted, ///< a certificate or key that is not the one that was pinned
    internal
};

struct Error
{
    Errc code = Errc::internal;
    std::string detail; ///< plain language, for people; never a secret
};

template <typename T> using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(Errc code, std::string detail)
{
    return tl::unexpected<Error>(Error { code, std::move(detail) });
}

/// "poolFull" and so on: the code in JSON error bodies and agent messages.
[[nodiscard]] std::string_view wireCode(Errc code);
[[nodiscard]] Errc errcFromWire(std::string_view code);
[[nodiscard]] int httpStatus(Errc code);
/// Exit codes of wardeskctl: 0 good, 2 usage, 3 sign-in, 4 not allowed, 5 not found, 6 conflict, 7
/// not available now, 1 the rest.
[[nodiscard]] int exitCode(Errc code);

}
