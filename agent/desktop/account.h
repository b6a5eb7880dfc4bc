// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace wardesk::desktop {

/// The desktop's one user account, whose session every clinician gets.
struct Account
{
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;
    std::string home;

    /// An ordinary user's account other than our own: only of such a one may all processes be
    /// ended.
    [[nodiscard]] bool isOrdinary() const;
    [[nodiscard]] static Result<Account> find(const std::string& name);
};

}
