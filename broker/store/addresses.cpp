// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/store/addresses.h"

#include <arpa/inet.h>
#include <cstdint>

namespace wardesk::broker {

namespace {

Result<std::uint32_t> parse(const std::string& text)
{
    in_addr address {};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1)
        return failure(Errc::invalidArgument, "not an IPv4 address: " + text);
    return ntohl(address.s_addr);
}

std::string format(std::uint32_t value)
{
    const in_addr address { htonl(value) };
    char text[INET_ADDRSTRLEN] {};
    inet_ntop(AF_INET, &address, text, sizeof text);
    return text;
}

}

Result<std::string> lowestFreeAddress(
    const std::string& first, const std::string& last, const std::set<std::string>& taken)
{
    const Result<std::uint32_t> low = parse(first);
    const Result<std::uint32_t> high = parse(last);
    if (!low)
        return tl::unexpected(low.error());
    if (!high)
        return tl::unexpected(high.error());
    for (std::uint64_t value = *low; value <= *high; ++value) {
        std::string candidate = format(static_cast<std::uint32_t>(value));
        if (!taken.contains(candidate))
            return candidate;
    }
    return failure(Errc::poolFull, "no free address is left between " + first + " and " + last);
}

}
