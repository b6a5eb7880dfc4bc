// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/hypervisor/libvirt/libvirtsettings.h"

#include <memory>

namespace wardesk::broker {

/// One virtualisation host through libvirt: LXC, and libvirt's own test driver by the same code.
/// Domains are transient, so nothing of one is left on the host when it ends; while one is saved to
/// the disk it is persistent (suspendcalls.h).
///
/// Thread-safe; calls are made one at a time, on a thread of the object's own, and each ends within
/// the deadline whatever the daemon does (R12): a call that the daemon does not answer is left to
/// that thread, which is free again when the daemon answers or the connection closes. A connection
/// that was lost is made again in the background, with jitter, and by every call that needs one.
class LibvirtHypervisor final : public Hypervisor
{
public:
    /// Does not connect: a broker must start where libvirt is away. Fails with `invalidArgument`
    /// when the settings make no sense.
    [[nodiscard]] static Result<std::unique_ptr<Hypervisor>> create(LibvirtSettings settings);
    ~LibvirtHypervisor() override;
    LibvirtHypervisor(const LibvirtHypervisor&) = delete;
    LibvirtHypervisor& operator=(const LibvirtHypervisor&) = delete;

    [[nodiscard]] Result<void> start(const DomainSpec& spec) override;
    [[nodiscard]] Result<void> destroy(const DomainUuid& uuid) override;
    [[nodiscard]] Result<void> removeDisk(const DomainUuid& keptDisk) override;
    [[nodiscard]] Result<void> suspend(const DomainUuid& uuid) override;
    [[nodiscard]] Result<void> resume(const DomainUuid& uuid, std::int64_t token) override;
    [[nodiscard]] Result<std::vector<ObservedDomain>> list() override;
    [[nodiscard]] Result<std::string> probe() override;
    [[nodiscard]] Result<HostCapacity> capacity() override;
    void interrupt() override;
    /// May be called at any time; the callback may call this object. None runs any more when the
    /// destructor returns.
    void onChange(std::function<void()> callback) override;

private:
    class Engine;
    explicit LibvirtHypervisor(std::unique_ptr<Engine> engine);
    std::unique_ptr<Engine> m_engine;
};

}
