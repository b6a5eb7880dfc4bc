// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

#include <string>

/// What containers write that outlives them: a folder of the host for each, with the changes to the
/// image and a link to the image that they are changes to.
namespace wardesk::broker {

[[nodiscard]] std::string keptFolderOf(const std::string& all, const DomainUuid& keptDisk);
/// Before a start: makes the folder while it is nobody's, and answers the directory of the image
/// that it goes with, which may be an older one than `image`. It belongs to the container's root,
/// whose id on the host `owner` is. `conflict` when it has been made before, `notFound` when the
/// folder of an owner is not there.
[[nodiscard]] Result<std::string> openKeptFolder(
    const std::string& all, const DomainSpec& spec, const std::string& image, std::int64_t owner);
/// Good when there is none.
[[nodiscard]] Result<void> removeKeptFolder(const std::string& all, const DomainUuid& keptDisk);

}
