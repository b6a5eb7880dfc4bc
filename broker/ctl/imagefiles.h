// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <filesystem>
#include <string>
#include <vector>

/// The files of images, on the machine where they are. Reading all of them takes root's rights,
/// which a broker has not: so this is the administrator's part.
namespace wardesk::ctl {

/// SHA-256 over the tree: names, kinds, modes, owners, link targets, devices, capabilities and
/// contents, in a fixed order. Not times: a copy has others and is the same.
[[nodiscard]] Result<std::string> contentHashOf(const std::filesystem::path& folder);

struct ImageFiles
{
    std::string kind; ///< lxc, qemu
    std::filesystem::path source; ///< what the broker is told
    std::string contentHash;
    std::filesystem::path folder; ///< in the store
    bool isNew = true; ///< false: the same files were there already
};

/// Takes an image (the folder of one, a root file system, or an archive of either) into the store
/// under a name of its own, so that no later build changes or removes it. Files of a folder on the
/// same file system are linked, not copied.
[[nodiscard]] Result<ImageFiles> takeIntoStore(
    const std::filesystem::path& from, const std::filesystem::path& store, const std::string& name);
/// Only looks: `source` is what it is and stays where it is.
[[nodiscard]] Result<ImageFiles> readInPlace(const std::filesystem::path& from);

/// Runs a program; what it says goes to standard error. An error names it and its exit code.
[[nodiscard]] Result<void> runProgram(
    const std::string& program, const std::vector<std::string>& words);

}
