// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/http/durablefile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::broker {

namespace {

tl::unexpected<Error> fileError(const char* act, const std::string& path)
{
    const int code = errno;
    return failure(code == ENOENT             ? Errc::notFound
            : code == ENOSPC || code == EROFS ? Errc::storageFull
                                              : Errc::unavailable,
        std::string("cannot ") + act + ' ' + path + ": " + std::strerror(code));
}

class Descriptor
{
public:
    explicit Descriptor(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    ~Descriptor()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

}

Result<void> writeDurably(const std::string& path, const std::string& content, mode_t mode)
{
    const std::string beside = path + ".new";
    ::unlink(beside.c_str());
    const Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file.get() < 0)
        return fileError("write", beside);
    if (::fchmod(file.get(), mode) != 0)
        return fileError("set the mode of", beside);
    std::size_t written = 0;
    while (written < content.size()) {
        const ssize_t count
            = ::write(file.get(), content.data() + written, content.size() - written);
        if (count < 0 && errno != EINTR)
            return fileError("write", beside);
        written += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    if (::fsync(file.get()) != 0)
        return fileError("sync", beside);
    if (::rename(beside.c_str(), path.c_str()) != 0)
        return fileError("rename", beside);
    const Descriptor folder(
        ::open(path.substr(0, path.rfind('/') + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() >= 0)
        ::fsync(folder.get());
    return {};
}

Result<std::string> readWhole(const std::string& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        return fileError("read", path);
    std::string content;
    char block[4096];
    for (;;) {
        const ssize_t count = ::read(file.get(), block, sizeof block);
        if (count == 0)
            return content;
        if (count < 0 && errno != EINTR)
            return fileError("read", path);
        if (count > 0)
            content.append(block, static_cast<std::size_t>(count));
        if (content.size() > (1U << 20U))
            return failure(Errc::invalidArgument, path + " is too large");
    }
}

}
