// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/account.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace wardesk::desktop {

bool Account::isOrdinary() const
{
    return user >= 1000 && user < 65534 && user != ::geteuid();
}

Result<Account> Account::find(const std::string& name)
{
    const passwd* entry = ::getpwnam(name.c_str());
    if (entry == nullptr)
        return failure(Errc::notFound, "there is no account '" + name + "'");
    Account account { name, entry->pw_uid, entry->pw_gid, {}, entry->pw_dir };
    int count = 64;
    account.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name.c_str(), account.group, account.groups.data(), &count) < 0)
        count = 64; // more than 64 groups: the first ones do
    account.groups.resize(static_cast<std::size_t>(count));
    return account;
}

}
