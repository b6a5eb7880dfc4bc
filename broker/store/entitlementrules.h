// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <optional>
#include <string>
#include <vector>

/// What all stores agree on about entitlements and limits.
namespace wardesk::broker::rules {

[[nodiscard]] std::string nameOf(SubjectKind kind);
[[nodiscard]] SubjectKind subjectNamed(const std::string& name);
/// One a line, and back.
[[nodiscard]] std::string linesOf(const std::vector<std::string>& patterns);
[[nodiscard]] std::vector<std::string> patternsIn(const std::string& lines);

[[nodiscard]] Error noSuchUserError();
[[nodiscard]] Error noSuchGroupError();
[[nodiscard]] Error nameTakenError();
[[nodiscard]] Error namedByAnEntitlementError();
[[nodiscard]] Error accessChangedError();

/// What is open besides the lease that a grant would take the place of.
struct OpenSessions
{
    std::int64_t ofPool = 0;
    std::int64_t ofUser = 0;
};
/// The limit that one more session would break.
[[nodiscard]] std::optional<GrantOutcome> limitReached(
    const SessionLimits& limits, const OpenSessions& open);

}
