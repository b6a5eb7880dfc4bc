// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/domaincalls.h"

/// Desktops that are virtual machines: copies of a machine that was saved with its memory. Over an
/// open connection, blocking, idempotent by UUID like domaincalls.h.
namespace wardesk::broker {

/// Lays a disk of its own over the saved machine's and restores its memory under the desktop's
/// UUID, name and metadata, or boots it from the disk that is kept for its owner; the bootstrap
/// follows through the channel. `preparing` until there is a saved machine.
[[nodiscard]] Result<void> startMachine(virConnectPtr connection, const HostContext& context,
    const DomainSpec& spec, const std::string& gateway);
/// The disk of a desktop whose domain is gone, unless it is kept.
[[nodiscard]] Result<void> removeMachineDisk(
    virConnectPtr connection, const HostContext& context, const DomainUuid& uuid);
[[nodiscard]] Result<void> removeKeptVolume(
    virConnectPtr connection, const HostContext& context, const DomainUuid& keptDisk);

}
