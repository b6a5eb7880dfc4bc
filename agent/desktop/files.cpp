// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/files.h"

#include "protocols/base/encoding.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

tl::unexpected<Error> systemFailure(const std::string& path, const char* what)
{
    const int number = errno;
    const Errc code = number == ENOENT ? Errc::notFound
        : number == ENOSPC             ? Errc::storageFull
        : number == EACCES             ? Errc::forbidden
                                       : Errc::internal;
    return failure(code, std::string(what) + ' ' + path + " failed: " + std::strerror(number));
}

bool writeAll(int file, std::string_view content)
{
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// Closes the file.
Result<std::string> readAll(int file, const std::string& path, std::size_t maxBytes)
{
    std::string content;
    while (content.size() < maxBytes) {
        const std::size_t had = content.size();
        content.resize(std::min(maxBytes, had + 16384));
        const ssize_t got = ::read(file, content.data() + had, content.size() - had);
        content.resize(had + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            auto error = systemFailure(path, "reading");
            ::close(file);
            return error;
        }
        if (got == 0)
            break;
    }
    ::close(file);
    return content;
}

}

Result<std::string> readOwnLine(const std::string& path, std::size_t maxBytes)
{
    const int file
        = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return systemFailure(path, "opening");
    struct stat about
    {
    };
    if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_uid != ::geteuid()) {
        ::close(file);
        return failure(Errc::forbidden, path + " is not what was left there");
    }
    auto text = readAll(file, path, maxBytes);
    if (text)
        text->resize(std::min(text->size(), text->find('\n')));
    return text;
}

Result<std::string> readFile(const std::string& path, std::size_t maxBytes)
{
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return systemFailure(path, "opening");
    return readAll(file, path, maxBytes);
}

Result<void> replaceFile(const std::string& path, std::string_view content, FileMode mode)
{
    const std::string fresh = path + '.' + randomToken(6);
    const int file
        = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return systemFailure(fresh, "creating");
    // The owner's group and mode are set before the name that others look for exists.
    const bool good = writeAll(file, content)
        && (!mode.group || ::fchown(file, static_cast<uid_t>(-1), *mode.group) == 0)
        && ::fchmod(file, mode.mode) == 0 && ::fsync(file) == 0;
    if (!good || ::rename(fresh.c_str(), path.c_str()) != 0) {
        auto error = systemFailure(path, "writing");
        ::close(file);
        ::unlink(fresh.c_str());
        return error;
    }
    ::close(file);
    return {};
}

}
