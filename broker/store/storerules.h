// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"

#include <chrono>
#include <string>

/// Small rules that every store follows.
namespace wardesk::broker::rules {

constexpr std::chrono::milliseconds idempotencyKeyLife = std::chrono::minutes(10); ///< R9
constexpr std::chrono::milliseconds signInFailureLife = std::chrono::hours(24);

/// The name as it is compared: without regard to case, in any script.
[[nodiscard]] std::string foldedName(const std::string& name);
/// A10: the hash of a record that follows one with the hash `previous`.
[[nodiscard]] std::string auditHash(const std::string& previous, const AuditRecord& record);
/// A password that was changed or an account that was switched off while the old password was
/// looked at has ended all its tokens; this one must not come after.
[[nodiscard]] bool mayHaveToken(const User& user, const NewToken& token);
/// Reasons that say that nobody has ever been inside; the agent was asked (service/unusedlease.h).
[[nodiscard]] bool isForUnused(CloseReason reason);
/// R6: time alone ends only a lease that nobody connected to; somebody may have, since that was
/// looked at.
[[nodiscard]] Result<void> checkClose(const Lease& lease, CloseReason reason);
/// For who comes back by itself: the lease's host is dead, or there is no lease any more.
[[nodiscard]] Error nothingToResumeError(bool isOpen);
[[nodiscard]] Error storageFullError(const std::string& cause);

}
