// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/desktopevents.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <sys/types.h>

/// Who is connected, as the kernel says (/proc/net). Pure functions over the files' text.
namespace wardesk::desktop {

using Inodes = std::set<std::uint64_t>;

enum class TcpState { established, listening };
/// Of the sockets of that state on the local port; `table` is the text of /proc/net/tcp or tcp6.
[[nodiscard]] Inodes socketsOn(std::string_view table, std::uint16_t localPort, TcpState state);

/// Of the clients that are connected to this user's X server of this display: accepted connections
/// of its socket /run/xrdp/sockdir/USER/xrdp_display_N in /proc/net/unix. sesman lets a client get
/// this far only after PAM has said yes, so that neither a port scan nor the agent's own probe
/// looks like a clinician. The kernel repeats what the socket's maker called it, in whatever root
/// he was: who else is in the desktop can make one of the same name (see ownedBy in processlist.h).
[[nodiscard]] Inodes shownOn(std::string_view table, uid_t user, int display);

/// The 10 of ":10.0"; -1 when it is not a local display.
[[nodiscard]] int displayNumber(std::string_view display);

/// What the core counts: nobody is shown anything when no RDP connection is open, whatever the X
/// server's socket says (it lies within the reach of the session's own programs).
[[nodiscard]] Viewers viewersOf(std::string_view tcp, std::string_view tcp6,
    std::string_view unixTable, std::uint16_t rdpPort, uid_t user, int display);

}
