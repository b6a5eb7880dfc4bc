// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/desktopnames.h"

namespace wardesk::broker {

std::string hostNameStem(const std::string& poolName)
{
    std::string stem;
    for (const char c : poolName) {
        const bool upper = c >= 'A' && c <= 'Z';
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (upper)
            stem += static_cast<char>(c - 'A' + 'a');
        else if (plain)
            stem += c;
        else if (!stem.empty() && stem.back() != '-')
            stem += '-';
        if (stem.size() == 20)
            break;
    }
    while (!stem.empty() && stem.back() == '-')
        stem.pop_back();
    return stem.empty() ? "desktop" : stem;
}

std::string freeDesktopName(const std::string& poolName, const std::set<std::string>& taken)
{
    const std::string stem = hostNameStem(poolName);
    for (int number = 1;; ++number) {
        const std::string name = stem + (number < 10 ? "-0" : "-") + std::to_string(number);
        if (!taken.contains(name))
            return name;
    }
}

}
