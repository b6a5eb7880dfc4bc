// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/processlist.h"

#include "agent/desktop/files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <map>
#include <memory>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

struct DirectoryCloser
{
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, DirectoryCloser>;

std::string pathOf(pid_t process)
{
    return "/proc/" + std::to_string(process);
}

template <typename Visit> void forEachEntry(const std::string& path, Visit visit)
{
    const Directory directory(::opendir(path.c_str()));
    if (!directory)
        return;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (entry->d_name[0] != '.')
            visit(std::string_view(entry->d_name));
    }
}

template <typename Visit> void forEachProcess(Visit visit)
{
    forEachEntry("/proc", [&](std::string_view name) {
        pid_t process = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
        if (error == std::errc {} && end == name.data() + name.size())
            visit(process);
    });
}

/// Of the process, those that are one of the sockets, with the socket's number.
std::map<int, std::uint64_t> descriptorsOf(pid_t process, const Inodes& sockets)
{
    const std::string folder = pathOf(process) + "/fd";
    std::map<int, std::uint64_t> descriptors;
    forEachEntry(folder, [&](std::string_view name) {
        struct stat about
        {
        };
        int number = -1;
        std::from_chars(name.data(), name.data() + name.size(), number);
        if (::stat((folder + '/' + std::string(name)).c_str(), &about) == 0
            && S_ISSOCK(about.st_mode) && sockets.count(about.st_ino) != 0 && number >= 0)
            descriptors.emplace(number, about.st_ino);
    });
    return descriptors;
}

bool holdsOneOf(pid_t process, const Inodes& sockets)
{
    return !descriptorsOf(process, sockets).empty();
}

}

std::optional<ProcessStat> parseProcessStat(std::string_view text)
{
    const auto bracket = text.rfind(')');
    if (bracket == std::string_view::npos || bracket + 2 >= text.size())
        return std::nullopt;
    text.remove_prefix(bracket + 2);
    ProcessStat stat;
    stat.state = text.front(); // field 3
    for (int field = 3; field < 22; ++field) {
        const auto blank = text.find(' ');
        if (blank == std::string_view::npos)
            return std::nullopt;
        text.remove_prefix(blank + 1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stat.start);
    if (error != std::errc {})
        return std::nullopt;
    return stat;
}

std::optional<uid_t> parseProcessUser(std::string_view text)
{
    constexpr std::string_view label = "\nUid:\t"; // real, effective, saved, of files
    const auto found = text.find(label);
    if (found == std::string_view::npos)
        return std::nullopt;
    text.remove_prefix(found + label.size());
    text.remove_prefix(std::min(text.find('\t'), text.size() - 1) + 1);
    uid_t user = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), user).ec != std::errc {})
        return std::nullopt;
    return user;
}

std::optional<ProcessStat> statOf(pid_t process)
{
    const auto text = readFile(pathOf(process) + "/stat");
    auto stat = text ? parseProcessStat(*text) : std::nullopt;
    if (stat && (stat->state == 'Z' || stat->state == 'X'))
        return std::nullopt;
    return stat;
}

std::optional<uid_t> userOf(pid_t process)
{
    return parseProcessUser(readFile(pathOf(process) + "/status").value_or(std::string()));
}

std::vector<pid_t> processesOf(uid_t user)
{
    std::vector<pid_t> processes;
    forEachProcess([&](pid_t process) {
        if (userOf(process) == user && statOf(process))
            processes.push_back(process);
    });
    return processes;
}

Inodes ownedBy(uid_t user, const Inodes& sockets)
{
    Inodes owned;
    if (sockets.empty())
        return owned;
    forEachProcess([&](pid_t process) {
        if (userOf(process) != user)
            return;
        for (const auto& [number, socket] : descriptorsOf(process, sockets))
            owned.insert(socket);
    });
    return owned;
}

std::vector<pid_t> holdersOf(
    const Inodes& sockets, std::string_view name, std::optional<uid_t> user)
{
    std::vector<pid_t> holders;
    if (sockets.empty())
        return holders;
    forEachProcess([&](pid_t process) {
        if (user && userOf(process) != user)
            return;
        const auto program = readFile(pathOf(process) + "/comm", 64);
        if (program && program->substr(0, program->find('\n')) == name
            && holdsOneOf(process, sockets))
            holders.push_back(process);
    });
    return holders;
}

std::vector<pid_t> peersOf(const Inodes& sockets, std::string_view name, uid_t user)
{
    std::vector<pid_t> peers;
    for (const pid_t holder : holdersOf(sockets, name, user)) {
        const auto watched = watchProcess(holder);
        if (!watched)
            continue;
        for (const auto& [number, socket] : descriptorsOf(holder, sockets)) {
            const long borrowed = ::syscall(SYS_pidfd_getfd, *watched, number, 0);
            if (borrowed < 0)
                continue;
            ucred peer {};
            socklen_t size = sizeof peer;
            if (::getsockopt(static_cast<int>(borrowed), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0
                && peer.pid > 1)
                peers.push_back(peer.pid);
            ::close(static_cast<int>(borrowed));
        }
        ::close(*watched);
    }
    return peers;
}

std::optional<int> exitCodeOf(pid_t child)
{
    int status = -1;
    while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) { }
    return child > 0 && WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt;
}

Result<int> watchProcess(pid_t process)
{
    const long descriptor = ::syscall(SYS_pidfd_open, process, 0); // close-on-exec by itself
    if (descriptor < 0)
        return failure(errno == ESRCH ? Errc::notFound : Errc::internal,
            "process " + std::to_string(process) + " cannot be watched: " + std::strerror(errno));
    return static_cast<int>(descriptor);
}

}
