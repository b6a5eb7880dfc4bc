// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/account.h"

#include <string>

/// sesman's socket. sesman makes it for everybody, and dies of a request for a session that exists
/// (xrdp 0.10.6: `xrdp-sesrun`, by any user): after that nobody in the desktop can sign in or come
/// back. Only the RDP server needs it, and the agent's own call for a session.
namespace wardesk::desktop {

/// Root's and the group's from now on. Good when it is so already.
[[nodiscard]] Result<void> closeToUsers(const std::string& socketPath, const std::string& group);

/// The account, in the group besides: for the one program that asks sesman for a session as the
/// account. The account as it is where there is no such group.
[[nodiscard]] Account inGroup(Account account, const std::string& group);

}
