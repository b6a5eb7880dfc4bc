// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/seataccounts.h"

#include "agent/desktop/account.h"
#include "agent/desktop/accountremains.h"
#include "agent/desktop/processlist.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace wardesk::desktop {

namespace {

/// Wherever a program of a session may write. Print jobs and mail are named after the account.
const std::vector<std::string> writableFolders { "/home", "/tmp", "/var/tmp", "/dev/shm",
    "/dev/mqueue", "/run", "/var/spool", "/var/mail", "/var/lock", "/var/lib", "/var/cache" };

/// Below /tmp for its size: /run is small, and the agent's own state is there.
const std::string temporaryFolders = "/tmp/.wardesk";

std::string errorText(const std::string& what)
{
    return what + ": " + std::strerror(errno);
}

/// The program, with its standard output and errors as they are; true when it ended well.
bool runProgram(const std::vector<std::string>& words)
{
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str())); // NOLINT: execvp's old signature
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::execvp(arguments.front(), arguments.data());
        ::_exit(127);
    }
    return exitCodeOf(child) == 0;
}

Result<void> endProcessesOf(uid_t user)
{
    constexpr int tries = 100;
    for (int i = 0; i < tries; ++i) {
        if (killAllOf(user))
            return {};
        ::usleep(20'000);
    }
    return failure(Errc::internal, "something of the account still runs");
}

/// Until a walk finds nothing: the first one may have met what others were moving.
Result<void> removeRemainsOf(uid_t user)
{
    constexpr int tries = 4;
    Sweep sweep;
    bool isClean = false;
    for (int i = 0; i < tries && !isClean; ++i) {
        sweep = removeFilesOf(user, writableFolders);
        isClean = removeSystemObjectsOf(user) && sweep.isClean();
    }
    if (!isClean)
        return failure(Errc::internal,
            "something of the account is left: " + std::to_string(sweep.left)
                + (sweep.isComplete ? " files"
                                    : " files, and folders that could not be looked into"));
    return {};
}

/// By descriptor, so that nothing else is given away under this name.
Result<void> giveFolder(
    const std::string& path, mode_t mode, uid_t user, gid_t group, bool whoeverMadeIt)
{
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return failure(Errc::internal, errorText("making " + path));
    const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat about
    {
    };
    const bool mayBe = folder >= 0 && ::fstat(folder, &about) == 0
        && (whoeverMadeIt || about.st_uid == ::geteuid() || about.st_uid == user);
    const bool done = mayBe && ::fchown(folder, user, group) == 0 && ::fchmod(folder, mode) == 0;
    const auto error = failure(Errc::internal, errorText("giving " + path + " to its owner"));
    if (folder >= 0)
        ::close(folder);
    if (!done)
        return error;
    return {};
}

/// Root's, whoever made it. Accounts take no part in it before the first session.
Result<void> rootFolder(const std::string& path, mode_t mode)
{
    return giveFolder(path, mode, 0, 0, true);
}

/// Made by an earlier run, or by useradd, it may be there already.
Result<void> ownFolder(const std::string& path, const Account& account)
{
    return giveFolder(path, 0700, account.user, account.group, false);
}

}

std::string runtimeFolderOf(uid_t user)
{
    return "/run/user/" + std::to_string(user);
}

std::string temporaryFolderOf(const std::string& account)
{
    return temporaryFolders + '/' + account;
}

Result<void> makeAccount(const std::string& name)
{
    auto account = Account::find(name);
    if (!account) {
        if (!runProgram({ "useradd", "--create-home", "--key", "HOME_MODE=0700", "--shell",
                "/bin/bash", "--comment", "Clinician", name }))
            return failure(Errc::internal, "the account " + name + " cannot be made");
        account = Account::find(name);
    }
    if (!account)
        return tl::unexpected(account.error());
    for (const std::string& path : { std::string("/run/user"), temporaryFolders }) {
        if (auto made = rootFolder(path, 0755); !made)
            return made;
    }
    for (const std::string& path :
        { account->home, runtimeFolderOf(account->user), temporaryFolderOf(name) }) {
        if (auto made = ownFolder(path, *account); !made)
            return made;
    }
    return {};
}

Result<void> emptyAccount(const std::string& name)
{
    const auto account = Account::find(name);
    if (!account)
        return account.error().code == Errc::notFound ? Result<void>()
                                                      : tl::unexpected(account.error());
    if (!account->isOrdinary())
        return failure(Errc::invalidArgument, name + " is no account of a session");
    // First, so that nothing begins anew between two of the other steps.
    const bool isLocked = runProgram(
        { "usermod", "--lock", "--expiredate", "1", "--shell", "/usr/sbin/nologin", name });
    if (auto ended = endProcessesOf(account->user); !ended)
        return ended;
    if (auto removed = removeRemainsOf(account->user); !removed)
        return removed;
    if (!isLocked)
        return failure(Errc::internal, "the account " + name + " cannot be locked");
    // Once more: an account that could not be locked may have begun something meanwhile.
    if (!processesOf(account->user).empty())
        return failure(Errc::internal, "something of the account runs again");
    return {};
}

namespace {

/// What PAM will do for each session, tried once in a process that ends with it.
Result<void> trySharedMemory()
{
    const pid_t child = ::fork();
    if (child == 0) {
        const bool done = ::unshare(CLONE_NEWNS) == 0
            && ::mount("/", "/", nullptr, MS_SLAVE | MS_REC, nullptr) == 0
            && ::mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0;
        ::_exit(done ? 0 : errno);
    }
    const auto code = exitCodeOf(child);
    if (code == 0)
        return {};
    errno = code.value_or(EAGAIN);
    return failure(Errc::internal,
        errorText("this cannot be a shared desktop: a session gets no /dev/shm of its own"));
}

}

bool hasOwnSharedMemory(pid_t process)
{
    struct stat common
    {
    };
    struct stat own
    {
    };
    const std::string path = "/proc/" + std::to_string(process) + "/root/dev/shm";
    return ::stat("/dev/shm", &common) == 0 && ::stat(path.c_str(), &own) == 0
        && common.st_dev != own.st_dev;
}

Result<void> separateAccounts()
{
    if (auto tried = trySharedMemory(); !tried)
        return tried;
    for (const char* path : { "/tmp/.X11-unix", "/tmp/.ICE-unix" }) {
        if (auto owned = rootFolder(path, 01777); !owned)
            return owned;
    }
    if (auto made = rootFolder(temporaryFolders, 0755); !made)
        return made;
    struct statvfs about
    {
    };
    if (::statvfs("/proc", &about) != 0)
        return failure(Errc::internal, errorText("looking at /proc"));
    // What a container was given with must stay, or the kernel refuses.
    unsigned long flags = MS_REMOUNT;
    const auto keep = [&](unsigned long seen, unsigned long flag) {
        if ((about.f_flag & seen) != 0)
            flags |= flag;
    };
    keep(ST_NOSUID, MS_NOSUID);
    keep(ST_NODEV, MS_NODEV);
    keep(ST_NOEXEC, MS_NOEXEC);
    keep(ST_RELATIME, MS_RELATIME);
    keep(ST_RDONLY, MS_RDONLY);
    if (::mount("proc", "/proc", "proc", flags, "hidepid=2") != 0)
        return failure(Errc::internal, errorText("hiding processes of other accounts"));
    return {};
}

}
