// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "agent/link/log.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <ctime>
#include <string>
#include <unistd.h>

namespace wardesk::agent {

void log(std::string_view line)
{
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts {};
    gmtime_r(&now, &parts);
    std::array<char, 32> stamp {};
    const std::size_t length = std::strftime(stamp.data(), stamp.size(), "%FT%TZ ", &parts);
    std::string text(stamp.data(), length);
    text += line.substr(0, 1000);
    // What a peer sent must not be able to forge a line.
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
    text += '\n';
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0)
        return; // nobody listens: no reason to stop
}

}
