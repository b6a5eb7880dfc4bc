// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/hypervisor/libvirt/libvirtsettings.h"

#include <string>

namespace wardesk::broker {

/// libvirt's domain type; it decides what the domain is made of.
enum class DomainType { lxc, qemu, test };

/// 52 and 40 bits of a hash of the desktop's IP address: the next incarnation at the address has
/// the same one. Another one would leave the host with a stale neighbour entry, and the desktop out
/// of reach for half a minute.
[[nodiscard]] std::string macAddressOf(const std::string& address);

/// The domain's description. It holds the bootstrap secret in the clear, as libvirt's only way of
/// handing something to a container's init is its environment: whoever may read domains on the host
/// (root, and the group libvirt) can read it. It is worth one incarnation, in which that person
/// could read the agent's memory as well, and nothing once the agent has used it. Never log the
/// answer.
/// `firstId`: containers: the host's id of the container's root; 0: the host's root.
[[nodiscard]] Secret domainXml(const DomainSpec& spec, const LibvirtSettings& settings,
    DomainType type, const std::string& gateway, std::int64_t firstId = 0);

}
