// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/app/openhost.h"

#include "broker/hypervisor/libvirt/libvirthypervisor.h"
#include "protocols/base/encoding.h"

#include <cstdio>
#include <unistd.h>

namespace wardesk::broker {

namespace {

LibvirtSettings commonSettings(const Config& config)
{
    LibvirtSettings settings;
    settings.site = config.site;
    settings.upperMiB = config.upperMiB;
    settings.keptFolder = config.keptFolder;
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

Result<std::unique_ptr<Hypervisor>> openHost(const Config& config, const Host& host)
{
    LibvirtSettings settings = commonSettings(config);
    settings.uri = host.uri;
    settings.storagePool = config.machines.storage;
    settings.acceleration = accelerationOf(config.machines.acceleration);
    return LibvirtHypervisor::create(std::move(settings));
}

std::vector<Host> configuredHosts(const Config& config, WallTime now)
{
    char machine[256] = {};
    if (::gethostname(machine, sizeof machine - 1) != 0 || machine[0] == '\0')
        std::snprintf(machine, sizeof machine, "host");
    std::vector<Host> hosts;
    const auto add = [&](const std::string& uri, ImageKind kind, const char* suffix) {
        if (uri.empty())
            return;
        Host host;
        host.id = HostId(randomUuid());
        host.name = std::string(machine).substr(0, 40) + suffix;
        host.uri = uri;
        host.kind = kind;
        host.memoryPercent = usualMemoryPercent(kind);
        host.createdAt = host.modeAt = now;
        host.modeBy = "broker";
        hosts.push_back(std::move(host));
    };
    const bool isMachines = config.uri.starts_with("qemu");
    add(config.uri, isMachines ? ImageKind::qemu : ImageKind::lxc, "");
    add(config.machines.uri, ImageKind::qemu, "-machines");
    return hosts;
}

}
