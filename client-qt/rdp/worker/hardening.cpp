// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/hardening.h"

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace wardesk::rdp {

bool hardenProcess()
{
    const rlimit none { 0, 0 };
    std::signal(SIGPIPE, SIG_IGN);
    return ::setrlimit(RLIMIT_CORE, &none) == 0 && ::prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0
        && ::prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0;
}

}
