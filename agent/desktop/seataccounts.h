// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>
#include <sys/types.h>

/// The accounts of a shared desktop: made before their sessions, emptied after them. Root only; run
/// as programs of their own (main.cpp), so that the agent goes on meanwhile.
namespace wardesk::desktop {

/// Folders for the account's own things besides its home: a runtime folder and one for temporary
/// files, which nobody else can read. The session script names them in its environment. Both lie in
/// folders that are root's: in /tmp itself anybody could have taken the name before.
[[nodiscard]] std::string runtimeFolderOf(uid_t user);
[[nodiscard]] std::string temporaryFolderOf(const std::string& account);

/// With a home of its own (0700), without a password. Good when it is there already.
[[nodiscard]] Result<void> makeAccount(const std::string& name);
/// No sign-in any more, no process, no file, no shared memory: seen to be so, or it fails. Good
/// when it is so already.
[[nodiscard]] Result<void> emptyAccount(const std::string& name);

/// Before the first session: from now on an account sees no processes in /proc but its own, and the
/// folder of the X servers' sockets is root's. Whoever owns it could put his socket in the place of
/// another's, and the first X server would. Fails, too, where no session can be given a /dev/shm of
/// its own: what xorgxrdp draws lies there under names that others can guess and occupy.
[[nodiscard]] Result<void> separateAccounts();

/// Whether the process has another /dev/shm than this one. PAM sees to it (pam_namespace); here it
/// is seen that it did: an image may have a PAM configuration of its own.
[[nodiscard]] bool hasOwnSharedMemory(pid_t process);

}
