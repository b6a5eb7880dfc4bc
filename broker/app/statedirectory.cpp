// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/statedirectory.h"

#include "broker/http/durablefile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace wardesk::broker {

namespace {

/// With exactly this mode, whatever the umask is; one that is there already is left as it is.
bool makeOne(const std::string& path, mode_t mode)
{
    if (::mkdir(path.c_str(), mode) != 0)
        return errno == EEXIST;
    return ::chmod(path.c_str(), mode) == 0;
}

}

Result<void> StateDirectory::prepare(const std::string& path)
{
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        const mode_t mode = end == std::string::npos ? 0711 : 0755;
        if (!makeOne(part, mode))
            return failure(Errc::unavailable,
                "cannot make the directory " + part + ": " + std::strerror(errno));
        if (end == std::string::npos)
            return {};
    }
}

Result<StateDirectory> StateDirectory::open(const std::string& path)
{
    if (auto prepared = prepare(path); !prepared)
        return tl::unexpected(prepared.error());
    StateDirectory directory;
    const std::string file = path + "/lock";
    directory.m_lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (directory.m_lock < 0)
        return failure(Errc::unavailable, "cannot open " + file + ": " + std::strerror(errno));
    if (::flock(directory.m_lock, LOCK_EX | LOCK_NB) != 0)
        return failure(Errc::conflict, "another broker uses " + path);
    return directory;
}

StateDirectory::~StateDirectory()
{
    if (m_lock >= 0)
        ::close(m_lock);
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : m_lock(std::exchange(other.m_lock, -1))
{
}

StateDirectory& StateDirectory::operator=(StateDirectory&& other) noexcept
{
    std::swap(m_lock, other.m_lock);
    return *this;
}

Result<Secret> readPassword(const std::string& file)
{
    std::string line;
    if (file == "-") {
        std::getline(std::cin, line);
    } else {
        auto content = readWhole(file);
        if (!content)
            return tl::unexpected(content.error());
        line = content->substr(0, content->find('\n'));
    }
    if (!line.empty() && line.back() == '\r')
        line.pop_back();
    return Secret(std::move(line));
}

}
