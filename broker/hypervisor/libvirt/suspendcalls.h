// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/domaincalls.h"

#include <chrono>

/// Desktops that are saved to their host's disk, by libvirt's managed save. A domain of ours is
/// persistent from the moment before it is saved until it runs again, and transient otherwise: only
/// a persistent one can be saved, so a save that somebody had given up, and that comes when the
/// desktop runs for its user, is refused by libvirt itself.
namespace wardesk::broker {

/// Nothing is begun after `until`: the caller does not listen any more.
[[nodiscard]] Result<void> suspendDomain(virConnectPtr connection, const HostContext& context,
    const DomainUuid& uuid, std::chrono::steady_clock::time_point until);
[[nodiscard]] Result<void> resumeDomain(virConnectPtr connection, const HostContext& context,
    const DomainUuid& uuid, std::int64_t token);

}
