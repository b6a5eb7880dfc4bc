// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/saveimage.h"

#include <cstring>

namespace wardesk::broker {

namespace {

constexpr std::string_view completeMagic = "LibvirtQemudSave";
constexpr std::size_t versionAt = 16;
constexpr std::size_t lengthAt = 20;
constexpr std::size_t cookieAt = 32;
constexpr std::uint32_t knownVersion = 2;
constexpr std::size_t longestHead = 8U << 20U;

/// In the host's byte order, as libvirt writes them; a host of the other one cannot run our images.
std::uint32_t numberAt(const std::string& bytes, std::size_t at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

tl::unexpected<Error> unknownLayout(const char* what)
{
    return failure(
        Errc::internal, std::string("the saved machine cannot be used: its file ") + what);
}

}

Result<std::size_t> saveHeadBytes(const std::string& fixed)
{
    if (fixed.size() < saveFixedBytes || !fixed.starts_with(completeMagic))
        return unknownLayout("is not complete");
    if (numberAt(fixed, versionAt) != knownVersion)
        return unknownLayout("has a layout that is not known");
    const std::size_t room = numberAt(fixed, lengthAt);
    if (room == 0 || room > longestHead)
        return unknownLayout("has a head of an odd length");
    return saveFixedBytes + room;
}

Result<SaveHead> readSaveHead(const std::string& bytes)
{
    const auto length = saveHeadBytes(bytes);
    if (!length)
        return tl::unexpected(length.error());
    if (bytes.size() < *length)
        return unknownLayout("is too short");
    SaveHead head;
    head.fixed = bytes.substr(0, saveFixedBytes);
    head.room = *length - saveFixedBytes;
    const std::string data = bytes.substr(saveFixedBytes, head.room);
    const auto xmlEnd = data.find('\0');
    if (xmlEnd == std::string::npos)
        return unknownLayout("has no description");
    head.xml = data.substr(0, xmlEnd);
    const std::size_t cookie = numberAt(head.fixed, cookieAt);
    if (cookie != 0) {
        const auto cookieEnd = data.find('\0', cookie);
        if (cookie <= xmlEnd || cookieEnd == std::string::npos)
            return unknownLayout("has a broken second part");
        head.cookie = data.substr(cookie, cookieEnd - cookie);
    }
    return head;
}

Result<std::string> writeSaveHead(const SaveHead& head, const std::string& xml)
{
    std::string data = xml + '\0';
    std::string fixed = head.fixed;
    if (!head.cookie.empty()) {
        const auto cookie = static_cast<std::uint32_t>(data.size());
        std::memcpy(fixed.data() + cookieAt, &cookie, sizeof cookie);
        data += head.cookie + '\0';
    }
    if (data.size() > head.room)
        return failure(Errc::tooLarge, "the desktop's description is too long for a saved machine");
    data.resize(head.room, '\0');
    return fixed + data;
}

}
