// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/domainxml.h"
#include "broker/hypervisor/libvirt/handover.h"
#include "broker/hypervisor/libvirt/leftovers.h"
#include "broker/hypervisor/libvirt/savedmachines.h"

#include <functional>
#include <libvirt/libvirt.h>
#include <vector>

/// What is done over an open connection. Each blocks as long as the daemon pleases; none knows of
/// threads or deadlines. All are idempotent by UUID (R4), so that a call may be made again after
/// the connection broke under it.
namespace wardesk::broker {

struct HostContext
{
    LibvirtSettings settings;
    DomainType type = DomainType::lxc;
    /// Called before a domain is ended, and when it then was not ended after all.
    std::function<void(const std::string& uuid)> expectEnd;
    std::function<void(const std::string& uuid)> forgetEnd;
    /// QEMU only.
    std::shared_ptr<SavedMachines> machines;
    std::shared_ptr<HandOver> handOver;
    std::shared_ptr<Leftovers> leftovers;
};

/// Of this installation.
[[nodiscard]] Result<bool> isOwnDomain(virDomainPtr domain, const std::string& site);
[[nodiscard]] Result<void> startDomain(
    virConnectPtr connection, const HostContext& context, const DomainSpec& spec);
[[nodiscard]] Result<void> destroyDomain(
    virConnectPtr connection, const HostContext& context, const DomainUuid& uuid);
[[nodiscard]] Result<void> removeKeptDisk(
    virConnectPtr connection, const HostContext& context, const DomainUuid& keptDisk);
[[nodiscard]] Result<std::vector<ObservedDomain>> listDomains(
    virConnectPtr connection, const HostContext& context);
[[nodiscard]] Result<std::string> describeHost(virConnectPtr connection);
[[nodiscard]] Result<HostCapacity> capacityOf(virConnectPtr connection);

}
