// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/hypervisor/libvirt/machinecalls.h"

#include "broker/hypervisor/domainspec.h"
#include "broker/hypervisor/libvirt/errortext.h"
#include "broker/hypervisor/libvirt/modelboot.h"
#include "broker/hypervisor/libvirt/storagecalls.h"
#include "protocols/base/encoding.h"
#include "protocols/wire/codec.h"
#include "protocols/wire/machinemessages.h"

#include <chrono>

namespace wardesk::broker {

namespace {

constexpr std::size_t seedBytes = 64;
/// Two brokers that start copies of one machine at the same time write over each other's
/// description of it; libvirt then refuses ours, because the one we pass beside it differs.
constexpr int restoreAttempts = 3;

std::string diskName(const std::string& uuid)
{
    return "wardesk-" + uuid + ".qcow2";
}

std::string keptDiskName(const DomainUuid& keptDisk)
{
    return "wardesk-kept-" + keptDisk.value() + ".qcow2";
}

std::string diskNameOf(const DomainSpec& spec)
{
    return spec.keptDisk.isEmpty() ? diskName(spec.uuid.value()) : keptDiskName(spec.keptDisk);
}

HandOver::Message messageFor(const DomainSpec& spec, const std::string& gateway)
{
    return [spec, gateway] {
        using namespace std::chrono;
        wire::MachineBootstrap told;
        told.bootstrap = std::string(spec.bootstrap.reveal());
        told.hostname = spec.hostName;
        told.hardwareAddress = macAddressOf(spec.address);
        told.address = spec.address;
        told.prefix = spec.prefix;
        told.gateway = gateway;
        told.timeMs = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
        told.seed = toBase64(randomBytes(seedBytes));
        return Secret(wire::encode(told) + '\n');
    };
}

Result<void> restore(virConnectPtr connection, virStoragePoolPtr pool, const SavedMachine& saved,
    const std::string& xml)
{
    const auto head = writeSaveHead(saved.head, xml);
    if (!head)
        return tl::unexpected(head.error());
    const auto volume = findVolume(pool, saved.memoryVolume);
    if (!volume)
        return tl::unexpected(volume.error());
    if (!*volume)
        return failure(Errc::internal, "the memory of the saved machine is gone from the host");
    const auto path = volumePath(volume->get());
    if (!path)
        return tl::unexpected(path.error());
    if (auto written = writeVolume(connection, volume->get(), *head); !written)
        return written;
    if (virDomainRestoreFlags(connection, path->c_str(), xml.c_str(), VIR_DOMAIN_SAVE_RUNNING) < 0)
        return tl::unexpected(lastLibvirtError("the desktop's machine could not be restored"));
    return {};
}

/// What a start that did not come to its end has left goes, unless the disk is one that is kept.
Result<void> makeRoomFor(
    const DomainSpec& spec, virStoragePoolPtr pool, const std::string& diskFile)
{
    if (spec.keptDisk.isEmpty())
        return removeVolume(pool, diskFile);
    const auto there = findVolume(pool, diskFile);
    if (!there)
        return tl::unexpected(there.error());
    return *there ? tl::unexpected(usedDiskError(spec)) : Result<void>();
}

/// A disk that was used goes with no saved memory: the machine boots from it.
Result<void> bootFrom(virConnectPtr connection, virStoragePoolPtr pool, const SavedMachine& saved,
    const DomainSpec& spec, const std::string& site)
{
    const auto disk = findVolume(pool, diskNameOf(spec));
    if (!disk)
        return tl::unexpected(disk.error());
    if (!*disk)
        return tl::unexpected(lostDiskError(spec));
    const auto path = volumePath(disk->get());
    const auto xml = path ? copyXml(saved.head.xml, spec, site, *path) : path;
    if (!xml)
        return tl::unexpected(xml.error());
    const DomainHandle domain(virDomainCreateXML(connection, xml->c_str(), VIR_DOMAIN_NONE));
    if (!domain)
        return tl::unexpected(lastLibvirtError("the desktop's machine could not be booted"));
    return {};
}

bool isThere(virConnectPtr connection, const DomainUuid& uuid)
{
    return DomainHandle(virDomainLookupByUUIDString(connection, uuid.value().c_str())) != nullptr;
}

}

Result<void> startMachine(virConnectPtr connection, const HostContext& context,
    const DomainSpec& spec, const std::string& gateway)
{
    const auto image = readMachineImage(spec.imageSource);
    if (!image)
        return tl::unexpected(image.error());
    const auto pool = findPool(connection, context.settings.storagePool);
    if (!pool)
        return tl::unexpected(pool.error());
    const MachineShape shape {
        .memoryMiB = spec.memoryMiB, .vcpus = spec.vcpus, .machine = spec.machine
    };
    if (const std::string key = context.machines->keyOf(*image, shape);
        !context.machines->isKnown(key)) {
        if (const auto earlier = findSaved(pool->get(), connection, key); earlier && *earlier)
            context.machines->learn(**earlier);
    }
    const auto saved = context.machines->find(*image, shape, spec.network);
    if (!saved)
        return tl::unexpected(saved.error());
    const SavedMachine& machine = **saved;
    if (!spec.owner.isEmpty()) {
        auto booted = bootFrom(connection, pool->get(), machine, spec, context.settings.site);
        if (booted || isThere(connection, spec.uuid)) {
            context.handOver->give(spec.uuid, messageFor(spec, gateway));
            return {};
        }
        return booted;
    }
    const std::string diskFile = diskNameOf(spec);
    if (auto free = makeRoomFor(spec, pool->get(), diskFile); !free)
        return free;
    const auto disk = createVolume(
        pool->get(), volumeXml(diskFile, machine.diskBytes, "qcow2", machine.diskPath, "qcow2"));
    if (!disk)
        return tl::unexpected(disk.error());
    const auto path = volumePath(disk->get());
    const auto xml = path ? copyXml(machine.head.xml, spec, context.settings.site, *path) : path;
    Result<void> started = xml ? Result<void>() : tl::unexpected(xml.error());
    for (int attempt = 1; xml && attempt <= restoreAttempts; ++attempt) {
        started = restore(connection, pool->get(), machine, *xml);
        if (started || started.error().code != Errc::internal
            || DomainHandle(virDomainLookupByName(connection, spec.name.c_str())))
            break;
    }
    if (!started) {
        if (!isThere(connection, spec.uuid)) {
            std::ignore = removeVolume(pool->get(), diskFile);
            if (DomainHandle(virDomainLookupByName(connection, spec.name.c_str()))) {
                started.error().code = Errc::conflict; // libvirt has no code of its own for that
                return started;
            }
            if (started.error().code == Errc::internal)
                context.machines->noteFailure(machine.key);
        }
        return started;
    }
    context.machines->noteSuccess(machine.key);
    context.handOver->give(spec.uuid, messageFor(spec, gateway));
    return {};
}

Result<void> removeMachineDisk(
    virConnectPtr connection, const HostContext& context, const DomainUuid& uuid)
{
    context.handOver->forget(uuid);
    const auto pool = findPool(connection, context.settings.storagePool);
    if (!pool)
        return tl::unexpected(pool.error());
    return removeVolume(pool->get(), diskName(uuid.value()));
}

Result<void> removeKeptVolume(
    virConnectPtr connection, const HostContext& context, const DomainUuid& keptDisk)
{
    const auto pool = findPool(connection, context.settings.storagePool);
    if (!pool)
        return tl::unexpected(pool.error());
    return removeVolume(pool->get(), keptDiskName(keptDisk));
}

}
