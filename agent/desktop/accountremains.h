// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/account.h"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// What is left of an account when its session is over: processes, files, shared memory. Root only.
namespace wardesk::desktop {

/// Kills whatever runs as the user, as a process of that user: the kernel then takes all of them at
/// once, and none can get ahead by forking. False when something runs still. Blocks for a moment;
/// does nothing for the numbers of system accounts.
bool killAllOf(uid_t user);

struct Sweep
{
    std::size_t removed = 0;
    std::size_t left = 0; ///< seen, and could not be removed
    bool isComplete = true; ///< all of it was looked at

    [[nodiscard]] bool isClean() const { return removed == 0 && left == 0 && isComplete; }
};

/// Removes whatever belongs to the user below these folders, not the folders themselves. Follows no
/// link, and stays on what is his: others write there, too. A folder of his that holds what is
/// others' becomes root's. As deep as it may be: needs two descriptors.
Sweep removeFilesOf(uid_t user, const std::vector<std::string>& folders);

/// The ids in a table of /proc/sysvipc that this user owns or has made; columns count from 0.
[[nodiscard]] std::vector<int> systemObjectsOf(
    uid_t user, std::string_view table, std::size_t ownerColumn, std::size_t makerColumn);
/// Shared memory, queues and semaphores; false when some are left.
bool removeSystemObjectsOf(uid_t user);

}
