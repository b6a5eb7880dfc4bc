// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/openhost.h"

#include "broker/hypervisor/hostsbykind.h"
#include "broker/hypervisor/libvirt/libvirthypervisor.h"

namespace wardesk::broker {

namespace {

LibvirtSettings commonSettings(const Config& config)
{
    LibvirtSettings settings;
    settings.site = config.site;
    settings.upperMiB = config.upperMiB;
    return settings;
}

LibvirtSettings::Acceleration accelerationOf(const std::string& name)
{
    using Acceleration = LibvirtSettings::Acceleration;
    return name == "kvm"      ? Acceleration::kvm
        : name == "emulation" ? Acceleration::emulation
                              : Acceleration::probe;
}

}

Result<std::unique_ptr<Hypervisor>> openHost(const Config& config)
{
    LibvirtSettings containers = commonSettings(config);
    containers.uri = config.uri;
    auto first = LibvirtHypervisor::create(std::move(containers));
    if (!first || config.machines.uri.empty())
        return first;
    LibvirtSettings machines = commonSettings(config);
    machines.uri = config.machines.uri;
    machines.storagePool = config.machines.storage;
    machines.acceleration = accelerationOf(config.machines.acceleration);
    auto second = LibvirtHypervisor::create(std::move(machines));
    if (!second)
        return second;
    std::map<ImageKind, std::unique_ptr<Hypervisor>> hosts;
    hosts.emplace(ImageKind::lxc, std::move(*first));
    hosts.emplace(ImageKind::qemu, std::move(*second));
    return std::unique_ptr<Hypervisor>(std::make_unique<HostsByKind>(std::move(hosts)));
}

}
