// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/handles.h"
#include "broker/hypervisor/libvirt/savedmachines.h"

#include <functional>

namespace wardesk::broker {

/// One attempt to boot and save a machine; see SavedMachines. Blocks for minutes.
struct ModelOrder
{
    std::string key;
    MachineImage image;
    MachineShape shape;
    std::string network;
    std::optional<bool> hasKvm; ///< what is known of the host; nothing: try KVM first
    std::function<bool()> isStopped;
};

/// Name of the domain that is booted to be saved.
/// Name of the volume that says that a saved machine is complete.
[[nodiscard]] std::string noteName(const std::string& key);
[[nodiscard]] std::string modelName(const std::string& key);
/// What was saved earlier, by whomever; nothing when there is none.
[[nodiscard]] Result<std::optional<SavedMachine>> findSaved(
    virStoragePoolPtr pool, virConnectPtr connection, const std::string& key);
/// Nothing when somebody else is at it.
[[nodiscard]] Result<std::optional<SavedMachine>> makeSaved(
    virConnectPtr connection, const LibvirtSettings& settings, const ModelOrder& order);
[[nodiscard]] Result<void> removeSaved(
    virConnectPtr connection, const LibvirtSettings& settings, const std::string& key);

}
