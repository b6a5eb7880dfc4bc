// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace wardesk::broker {

/// What was last seen of the virtualisation hosts, taken together. Main lane only; written by
/// Hosts.
struct HostState
{
    bool known = false; ///< false until the first answer
    std::string description; ///< "libvirt 9.0.0, LXC"
    std::string problem; ///< in words; empty when any host answers
    std::string partial; ///< which hosts do not, where others do
    /// The same for everybody, without names and addresses; empty when all answer.
    std::string publicly;
};

}
