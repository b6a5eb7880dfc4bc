// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/desktop/socketlist.h"

#include <charconv>
#include <optional>
#include <vector>

namespace wardesk::desktop {

namespace {

std::vector<std::string_view> wordsOf(std::string_view line, std::size_t atMost)
{
    std::vector<std::string_view> words;
    while (words.size() < atMost) {
        const auto start = line.find_first_not_of(' ');
        if (start == std::string_view::npos)
            break;
        line.remove_prefix(start);
        const auto end = std::min(line.find(' '), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

template <typename Visit> void forEachLine(std::string_view text, Visit visit)
{
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        visit(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

template <typename T> std::optional<T> number(std::string_view text, int base)
{
    T value {};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc {} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

}

Inodes socketsOn(std::string_view table, std::uint16_t localPort, TcpState state)
{
    Inodes inodes;
    const std::string_view wanted = state == TcpState::listening ? "0A" : "01";
    forEachLine(table, [&](std::string_view line) {
        // sl local_address remote_address st queues timer retransmits uid timeout inode
        const auto words = wordsOf(line, 10);
        if (words.size() < 10 || words[3] != wanted)
            return;
        const auto colon = words[1].rfind(':');
        if (colon == std::string_view::npos
            || number<std::uint16_t>(words[1].substr(colon + 1), 16) != localPort)
            return;
        if (const auto inode = number<std::uint64_t>(words[9], 10); inode && *inode != 0)
            inodes.insert(*inode);
    });
    return inodes;
}

Inodes shownOn(std::string_view table, uid_t user, int display)
{
    Inodes inodes;
    const std::string path
        = "/run/xrdp/sockdir/" + std::to_string(user) + "/xrdp_display_" + std::to_string(display);
    forEachLine(table, [&](std::string_view line) {
        // Num RefCount Protocol Flags Type St Inode Path
        const auto words = wordsOf(line, 9); // a name may hold blanks
        if (words.size() != 8 || words[5] != "03" || words[7] != path)
            return;
        if (const auto inode = number<std::uint64_t>(words[6], 10))
            inodes.insert(*inode);
    });
    return inodes;
}

int displayNumber(std::string_view display)
{
    if (display.empty() || display.front() != ':')
        return -1;
    display.remove_prefix(1);
    const auto point = display.find('.');
    if (point != std::string_view::npos) {
        if (!number<unsigned short>(display.substr(point + 1), 10))
            return -1;
        display = display.substr(0, point);
    }
    const auto value = number<unsigned short>(display, 10);
    return value ? *value : -1;
}

Viewers viewersOf(std::string_view tcp, std::string_view tcp6, std::string_view unixTable,
    std::uint16_t rdpPort, uid_t user, int display)
{
    if (socketsOn(tcp, rdpPort, TcpState::established).empty()
        && socketsOn(tcp6, rdpPort, TcpState::established).empty())
        return {};
    return shownOn(unixTable, user, display);
}

}
