// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/handles.h"
#include "protocols/base/error.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

/// Volumes on the host, through libvirt alone: a remote host works like this machine. Each call
/// blocks as long as the daemon pleases.
namespace wardesk::broker {

/// `unavailable` with what to do when there is no such pool or it is not active.
[[nodiscard]] Result<PoolHandle> findPool(virConnectPtr connection, const std::string& name);
/// The folder of a pool of kind "dir" on the host.
[[nodiscard]] Result<std::string> poolFolder(virStoragePoolPtr pool);
/// An empty handle when there is none.
[[nodiscard]] Result<VolumeHandle> findVolume(virStoragePoolPtr pool, const std::string& name);
[[nodiscard]] Result<VolumeHandle> createVolume(virStoragePoolPtr pool, const std::string& xml);
[[nodiscard]] Result<std::string> volumePath(virStorageVolPtr volume);
/// Name of the file that a volume is laid over; empty when it stands alone.
[[nodiscard]] Result<std::string> backingVolume(virStorageVolPtr volume);
/// When its file was last written, in seconds of the host's clock.
[[nodiscard]] Result<std::chrono::seconds> volumeChanged(virStorageVolPtr volume);
/// Good when there is none.
[[nodiscard]] Result<void> removeVolume(virStoragePoolPtr pool, const std::string& name);
[[nodiscard]] Result<std::vector<std::string>> volumeNames(virStoragePoolPtr pool);

/// Sends a file of this machine, holes as holes.
[[nodiscard]] Result<void> uploadFile(
    virConnectPtr connection, virStorageVolPtr volume, const std::string& path);
/// Writes over the first bytes of a volume.
[[nodiscard]] Result<void> writeVolume(
    virConnectPtr connection, virStorageVolPtr volume, const std::string& bytes);
/// The first bytes of a volume, at most `count`.
[[nodiscard]] Result<std::string> readVolume(
    virConnectPtr connection, virStorageVolPtr volume, std::size_t count);

}
