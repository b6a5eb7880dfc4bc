// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/accountremains.h"

#include "agent/desktop/files.h"
#include "agent/desktop/processlist.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <memory>
#include <sstream>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

using Stat = struct stat;

struct DirectoryEnd
{
    void operator()(DIR* directory) const { ::closedir(directory); }
};

constexpr int openFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// One tree. Only the folder that is looked at is open: as deep as an account can nest them there
/// are neither descriptors nor stack for all.
class TreeWalk
{
public:
    TreeWalk(uid_t user, Sweep& sweep)
        : m_user(user)
        , m_sweep(sweep)
    {
    }

    /// Takes the descriptor.
    void run(int top)
    {
        m_folder = top;
        enter({});
        while (!m_levels.empty()) {
            Level& level = m_levels.back();
            if (level.folders.empty()) {
                if (!leave())
                    break;
                continue;
            }
            const std::string name = std::move(level.folders.back());
            level.folders.pop_back();
            const int below = ::openat(m_folder, name.c_str(), openFlags);
            if (below < 0) {
                if (errno != ENOENT) // another one's, who has removed it meanwhile
                    m_sweep.isComplete = false;
                continue;
            }
            ::close(m_folder);
            m_folder = below;
            enter(name);
        }
        ::close(m_folder);
    }

private:
    struct Level
    {
        std::string name; ///< in the folder above
        dev_t device = 0;
        ino_t inode = 0;
        std::vector<std::string> folders; ///< still to be looked at
    };

    /// Removes the files of the folder that is open, and notes its folders.
    void enter(std::string name)
    {
        Level level { std::move(name), 0, 0, {} };
        Stat about {};
        const int again = ::openat(m_folder, ".", openFlags);
        const std::unique_ptr<DIR, DirectoryEnd> directory(
            again < 0 ? nullptr : ::fdopendir(again));
        if (!directory || ::fstat(m_folder, &about) != 0) {
            m_sweep.isComplete = false;
        } else {
            while (const dirent* entry = ::readdir(directory.get()))
                look(entry->d_name, level);
        }
        level.device = about.st_dev;
        level.inode = about.st_ino;
        m_levels.push_back(std::move(level));
    }

    void look(const char* name, Level& level)
    {
        if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0)
            return;
        Stat about {};
        if (::fstatat(m_folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
            return; // gone
        if (S_ISDIR(about.st_mode)) {
            level.folders.emplace_back(name);
            return;
        }
        if (about.st_uid == m_user)
            count(::unlinkat(m_folder, name, 0) == 0);
    }

    /// To the folder above, and the one that was left is removed from it if it is his. False at the
    /// top, or when it is not where it was: somebody has moved it.
    bool leave()
    {
        const Level left = std::move(m_levels.back());
        m_levels.pop_back();
        if (m_levels.empty())
            return false;
        const int above = ::openat(m_folder, "..", openFlags);
        Stat about {};
        if (above < 0 || ::fstat(above, &about) != 0 || about.st_dev != m_levels.back().device
            || about.st_ino != m_levels.back().inode) {
            if (above >= 0)
                ::close(above);
            m_sweep.isComplete = false;
            return false;
        }
        ::close(m_folder);
        m_folder = above;
        if (::fstatat(m_folder, left.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0
            && about.st_uid == m_user)
            count(::unlinkat(m_folder, left.name.c_str(), S_ISDIR(about.st_mode) ? AT_REMOVEDIR : 0)
                    == 0
                || (errno == ENOTEMPTY && giveToRoot(left.name)));
        return true;
    }

    /// By descriptor: where others may write, the name may be another thing's by now.
    [[nodiscard]] bool giveToRoot(const std::string& name) const
    {
        const int folder = ::openat(m_folder, name.c_str(), openFlags);
        Stat about {};
        const bool done = folder >= 0 && ::fstat(folder, &about) == 0 && about.st_uid == m_user
            && ::fchown(folder, 0, 0) == 0;
        if (folder >= 0)
            ::close(folder);
        return done;
    }

    void count(bool isRemoved) { ++(isRemoved ? m_sweep.removed : m_sweep.left); }

    const uid_t m_user;
    Sweep& m_sweep;
    int m_folder = -1;
    std::vector<Level> m_levels;
};

std::string textOf(const char* table)
{
    return readFile(std::string("/proc/sysvipc/") + table).value_or(std::string());
}

/// In a child, all of whose signals are held: it is the user's for a moment, who may send it any.
[[noreturn]] void killAsUser(uid_t user)
{
    constexpr int tries = 5; // one would do, but for those that are only just being born
    // As one who cannot become the user this would end everything there is.
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0
        || ::setresuid(user, user, user) != 0 || ::getuid() != user || ::geteuid() != user)
        ::_exit(2);
    for (int i = 0; i < tries; ++i) {
        if (::kill(-1, SIGKILL) != 0)
            ::_exit(errno == ESRCH ? 0 : 2); // itself is not counted
        ::usleep(1'000);
    }
    ::_exit(0); // what has been killed counts until its parent has noticed
}

}

bool killAllOf(uid_t user)
{
    constexpr uid_t firstOrdinary = 1000;
    constexpr uid_t nobody = 65534;
    if (user < firstOrdinary || user >= nobody || ::geteuid() != 0)
        return false;
    // One of the user's may kill our child before it is through; there are fewer each time.
    constexpr int tries = 20;
    for (int i = 0; i < tries; ++i) {
        sigset_t all;
        sigset_t before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        const pid_t child = ::fork();
        if (child == 0)
            killAsUser(user);
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        if (const auto code = exitCodeOf(child))
            return code == 0 && processesOf(user).empty();
    }
    return false;
}

Sweep removeFilesOf(uid_t user, const std::vector<std::string>& folders)
{
    Sweep sweep;
    for (const std::string& path : folders) {
        const int folder = ::open(path.c_str(), openFlags);
        if (folder >= 0)
            TreeWalk(user, sweep).run(folder);
        else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) // none, or a link to one
            sweep.isComplete = false;
    }
    return sweep;
}

std::vector<int> systemObjectsOf(
    uid_t user, std::string_view table, std::size_t ownerColumn, std::size_t makerColumn)
{
    std::vector<int> ids;
    std::istringstream lines { std::string(table) };
    std::string line;
    std::getline(lines, line); // the head
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        long long word = 0;
        int id = -1;
        bool isHis = false;
        for (std::size_t column = 0; words >> word; ++column) {
            if (column == 1)
                id = static_cast<int>(word);
            isHis = isHis
                || ((column == ownerColumn || column == makerColumn)
                    && word == static_cast<long long>(user));
        }
        if (isHis)
            ids.push_back(id);
    }
    return ids;
}

bool removeSystemObjectsOf(uid_t user)
{
    // Whoever has made one may give it to another number, and keeps his rights to it.
    const auto shared = [&] { return systemObjectsOf(user, textOf("shm"), 7, 9); };
    const auto queues = [&] { return systemObjectsOf(user, textOf("msg"), 7, 9); };
    const auto semaphores = [&] { return systemObjectsOf(user, textOf("sem"), 4, 6); };
    for (const int id : shared())
        ::shmctl(id, IPC_RMID, nullptr);
    for (const int id : queues())
        ::msgctl(id, IPC_RMID, nullptr);
    for (const int id : semaphores())
        ::semctl(id, 0, IPC_RMID);
    return shared().empty() && queues().empty() && semaphores().empty();
}

}
