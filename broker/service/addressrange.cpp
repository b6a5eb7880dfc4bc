// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/addressrange.h"

#include <arpa/inet.h>

namespace wardesk::broker {

Result<std::uint32_t> ipv4FromText(const std::string& text)
{
    in_addr address {};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1)
        return failure(Errc::invalidArgument, "an IPv4 address like 10.213.0.16 is expected");
    return ntohl(address.s_addr);
}

std::int64_t countAddresses(const std::string& first, const std::string& last)
{
    const auto low = ipv4FromText(first);
    const auto high = ipv4FromText(last);
    if (!low || !high || *high < *low)
        return 0;
    return static_cast<std::int64_t>(*high) - static_cast<std::int64_t>(*low) + 1;
}

bool contains(const std::string& first, const std::string& last, const std::string& address)
{
    const auto low = ipv4FromText(first);
    const auto high = ipv4FromText(last);
    const auto value = ipv4FromText(address);
    return low && high && value && *low <= *value && *value <= *high;
}

}
