// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace wardesk::desktop {

struct FileMode
{
    mode_t mode = 0600;
    std::optional<gid_t> group;
};

/// At most maxBytes; works for /proc, whose files have no size.
[[nodiscard]] Result<std::string> readFile(
    const std::string& path, std::size_t maxBytes = 1U << 20U);
/// One line of a small file in a place that others write to: not by way of a link, not of a pipe,
/// which would wait, and only if it is this program's own. `notFound` when there is nothing.
[[nodiscard]] Result<std::string> readOwnLine(const std::string& path, std::size_t maxBytes);
/// Under another name first, then renamed: a reader sees the old file or the new one.
[[nodiscard]] Result<void> replaceFile(
    const std::string& path, std::string_view content, FileMode mode);

}
