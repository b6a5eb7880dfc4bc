// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
/* First process of the containers that the contract suite starts: waits to be ended. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    sigset_t all;
    int received = 0;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    while (received != SIGTERM && received != SIGINT)
        sigwait(&all, &received);
    return 0;
}
