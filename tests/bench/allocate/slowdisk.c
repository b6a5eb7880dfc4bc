/* SPDX-FileCopyrightText: 2026 The Wardesk authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded by the bench `allocate`: every sync takes WARDESK_SYNC_MICROSECONDS longer, as on a disk that is further away
 * (a mirrored array, network storage) than the one at hand. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(void)
{
    const char* words = getenv("WARDESK_SYNC_MICROSECONDS");
    const long microseconds = words ? strtol(words, NULL, 10) : 0;
    const struct timespec pause = { microseconds / 1000000, microseconds % 1000000 * 1000 };
    nanosleep(&pause, NULL);
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) \
        real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int fsync(int file)
{
    REAL(fsync);
    wait_for_the_disk();
    return real(file);
}

int fdatasync(int file)
{
    REAL(fdatasync);
    wait_for_the_disk();
    return real(file);
}
