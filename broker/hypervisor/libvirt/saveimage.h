// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <cstdint>
#include <string>

namespace wardesk::broker {

/// The head of a file that virDomainSave() wrote: what precedes the machine's memory. libvirt reads
/// what every earlier version of it saved, so the layout (src/qemu/qemu_saveimage.h, version 2) is
/// one it must keep. Anything else is refused, and the machine is then booted and saved anew.
struct SaveHead
{
    std::string fixed; ///< the first 92 bytes, as they were read
    std::string xml;
    std::string cookie; ///< what the driver needs beside the description
    std::size_t room = 0; ///< bytes for both; libvirt leaves about 64 KiB to spare
};

inline constexpr std::size_t saveFixedBytes = 92;

/// How many bytes readSaveHead() needs, from the first saveFixedBytes.
[[nodiscard]] Result<std::size_t> saveHeadBytes(const std::string& fixed);
[[nodiscard]] Result<SaveHead> readSaveHead(const std::string& bytes);
/// The same head with another description, exactly as long. `tooLarge` when it has no room.
[[nodiscard]] Result<std::string> writeSaveHead(const SaveHead& head, const std::string& xml);

}
