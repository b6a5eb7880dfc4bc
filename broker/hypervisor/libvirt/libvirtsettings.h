// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wardesk::broker {

/// How to reach one virtualisation host.
struct LibvirtSettings
{
    std::string uri = "lxc:///system"; ///< lxc:… or test:…
    /// Names this installation in every domain's metadata. Domains that carry another site's name,
    /// or none, are neither listed nor touched.
    std::string site;
    std::chrono::milliseconds deadline { 10'000 }; ///< of every call, connecting included (R12)
    /// The connection counts as dead after this many unanswered questions, one each interval.
    std::chrono::seconds keepAliveInterval { 5 };
    unsigned keepAliveCount = 3;
    std::int64_t upperMiB = 512; ///< LXC: what a desktop may write before its disk is full
};

}
