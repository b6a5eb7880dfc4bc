// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/sessionmanager.h"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wardesk::desktop {

Result<void> closeToUsers(const std::string& socketPath, const std::string& group)
{
    constexpr mode_t mode = 0660;
    const struct ::group* entry = ::getgrnam(group.c_str());
    if (entry == nullptr)
        return failure(Errc::notFound, "there is no group '" + group + "'");
    const char* path = socketPath.c_str();
    struct stat about
    {
    };
    // Its folder is root's: nobody puts something else in its place meanwhile.
    if (::lstat(path, &about) != 0 || !S_ISSOCK(about.st_mode))
        return failure(Errc::notFound, socketPath + " is no socket");
    if (about.st_uid == ::geteuid() && about.st_gid == entry->gr_gid
        && (about.st_mode & 07777) == mode)
        return {};
    // The mode first: between the two nobody has more than before.
    if (::chmod(path, mode) != 0 || ::lchown(path, ::geteuid(), entry->gr_gid) != 0)
        return failure(
            Errc::internal, socketPath + " cannot be closed to users: " + std::strerror(errno));
    return {};
}

Account inGroup(Account account, const std::string& group)
{
    if (const struct ::group* entry = ::getgrnam(group.c_str()))
        account.groups.push_back(entry->gr_gid);
    return account;
}

}
