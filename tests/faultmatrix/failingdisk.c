/* SPDX-FileCopyrightText: 2026 The Wardesk authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into the broker by the fault matrix: while the file named by WARDESK_DISK_FAILS exists, every write and sync of
 * the database's files fails with an input/output error. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int file)
{
    const char* flag = getenv("WARDESK_DISK_FAILS");
    if (flag == NULL || access(flag, F_OK) != 0)
        return 0;
    char link[64];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = '\0';
    if (strstr(path, "/broker.db") == NULL)
        return 0;
    errno = EIO;
    return 1;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) \
        real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int file, const void* bytes, size_t count)
{
    REAL(write);
    return fails(file) ? -1 : real(file, bytes, count);
}

ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset)
{
    REAL(pwrite);
    return fails(file) ? -1 : real(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset)
{
    REAL(pwrite64);
    return fails(file) ? -1 : real(file, bytes, count, offset);
}

int fsync(int file)
{
    REAL(fsync);
    return fails(file) ? -1 : real(file);
}

int fdatasync(int file)
{
    REAL(fdatasync);
    return fails(file) ? -1 : real(file);
}

int ftruncate64(int file, off64_t length)
{
    REAL(ftruncate64);
    return fails(file) ? -1 : real(file, length);
}
