// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <pthread.h>

namespace wardesk::broker {

/// libvirt writes to the daemon's socket with write(): without this, a daemon that died a moment
/// ago ends the whole broker. Only for the calling thread; the rest of the process is not ours to
/// set.
inline void blockPipeSignal()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}
