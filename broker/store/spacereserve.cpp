// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/spacereserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

/// A write-ahead log of 1000 pages (connection_settings.sql) and the pages behind it, with a
/// margin.
constexpr off_t reserveBytes = 10 * 1024 * 1024;

}

bool SpaceReserve::ensure() const
{
    struct stat present
    {
    };
    if (stat(m_path.c_str(), &present) == 0 && present.st_size >= reserveBytes)
        return true;
    const int file = open(m_path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return false;
    const bool done = posix_fallocate(file, 0, reserveBytes) == 0;
    close(file);
    if (!done)
        unlink(m_path.c_str()); // not half a reserve that eats the last bytes
    return done;
}

bool SpaceReserve::release() const
{
    return unlink(m_path.c_str()) == 0;
}

}
