// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/hypervisor/libvirt/libvirtsettings.h"

#include <string>

/// Descriptions of virtual machines. None has a secret in it: that goes through the machine's
/// channel.
namespace wardesk::broker {

/// What all machines have in common that may be copies of each other.
struct MachineShape
{
    std::int64_t memoryMiB = 1024;
    std::int64_t vcpus = 1;
    std::string machine = "q35";
};

/// The machine of an image that is booted once, saved, and never seen by anybody.
struct ModelMachine
{
    std::string name;
    std::string uuid;
    std::string kernel; ///< paths on the host
    std::string initrd;
    std::string disk;
    std::string network;
    MachineShape shape;
    bool hasKvm = false;
};
[[nodiscard]] std::string modelXml(const ModelMachine& model, const std::string& site);

/// The saved machine's description, for the desktop that starts as a copy of it: another UUID,
/// name, hardware address, network and disk, and our metadata. All else must stay as it was saved,
/// device addresses included.
[[nodiscard]] Result<std::string> copyXml(const std::string& saved, const DomainSpec& spec,
    const std::string& site, const std::string& disk);

/// <path> of a storage volume or pool.
[[nodiscard]] std::string volumeXml(const std::string& name, std::int64_t capacity,
    const std::string& format, const std::string& backingPath = {},
    const std::string& backingFormat = {});

}
