// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/socketlist.h"
#include "protocols/base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// Other processes, as /proc shows them.
namespace wardesk::desktop {

struct ProcessStat
{
    char state = '?';
    std::int64_t start = 0; ///< clock ticks since boot
};
/// The text of /proc/N/stat. A program's name may hold blanks and brackets.
[[nodiscard]] std::optional<ProcessStat> parseProcessStat(std::string_view text);
/// Nothing for a process that is gone, or is only waiting to be reaped.
[[nodiscard]] std::optional<ProcessStat> statOf(pid_t process);
/// The effective user in the text of /proc/N/status. The owner of /proc/N says less: a program that
/// forbids to be dumped makes it root's, and would be nobody's process.
[[nodiscard]] std::optional<uid_t> parseProcessUser(std::string_view text);
[[nodiscard]] std::optional<uid_t> userOf(pid_t process);
[[nodiscard]] std::vector<pid_t> processesOf(uid_t user);
/// Those processes of the program `name`, of any user or of this one, that hold one of the sockets.
[[nodiscard]] std::vector<pid_t> holdersOf(
    const Inodes& sockets, std::string_view name, std::optional<uid_t> user = std::nullopt);
/// Those of the sockets that a process of the user holds.
[[nodiscard]] Inodes ownedBy(uid_t user, const Inodes& sockets);
/// Who is at the other ends of these sockets (of files), which a process of the program `name`
/// and of this user holds. The kernel tells that only to a holder, so that the descriptor is
/// borrowed for the question (pidfd_getfd): root only.
[[nodiscard]] std::vector<pid_t> peersOf(const Inodes& sockets, std::string_view name, uid_t user);
/// Waits for a child of this process; nothing when a signal ended it, or when there is none.
[[nodiscard]] std::optional<int> exitCodeOf(pid_t child);
/// A descriptor that becomes readable when the process ends.
[[nodiscard]] Result<int> watchProcess(pid_t process);

}
