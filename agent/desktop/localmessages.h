// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

/// What the desktop's own programs say to the running agent at RUN/agent.sock: one JSON object and
/// a line feed each way.
namespace wardesk::desktop {

enum class LocalRequestKind {
    verify, ///< PAM: is this the one-time credential? root only
    sessionStarted, ///< the session script: display, authority, leader
    sessionEnded ///< the same: end what is left of the session
};
BOOST_DESCRIBE_ENUM(LocalRequestKind, verify, sessionStarted, sessionEnded)

struct LocalRequest
{
    LocalRequestKind kind = LocalRequestKind::verify;
    std::optional<std::string> account; ///< verify
    std::optional<std::string> credential; ///< verify
    std::optional<std::string> display; ///< sessionStarted
    std::optional<std::string> authority;
    std::optional<std::int64_t> leader;
};
BOOST_DESCRIBE_STRUCT(LocalRequest, (), (kind, account, credential, display, authority, leader))

struct LocalAnswer
{
    bool isAccepted = false;
    std::optional<std::string> message; ///< why not, for people; to verify it never says
};
BOOST_DESCRIBE_STRUCT(LocalAnswer, (), (isAccepted, message))

/// Asks the running agent, for at most five seconds. Blocks: for the small commands only.
[[nodiscard]] Result<LocalAnswer> askAgent(
    const std::string& socketPath, const LocalRequest& request);

}
