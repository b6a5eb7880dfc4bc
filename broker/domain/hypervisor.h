// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "broker/domain/values.h"
#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

/// Everything a desktop's domain is made of.
struct DomainSpec
{
    DomainUuid uuid;
    std::string name; ///< unique on the host: desktop name and incarnation
    OrganisationId organisation;
    PoolId pool;
    DesktopId desktop;
    Incarnation incarnation;
    Epoch epoch;
    std::string hostName;
    ImageKind kind = ImageKind::lxc;
    std::string imageSource;
    std::int64_t memoryMiB = 1024;
    std::int64_t vcpus = 1; ///< virtual machines
    std::string machine = "q35"; ///< virtual machines: QEMU's machine type
    std::string address; ///< IPv4
    int prefix = 24;
    std::string network; ///< libvirt network's name
    ImageId image;
    SecretHash bootstrapHash; ///< of the secret in it: what the database knows of it (R11)
    Secret bootstrap; ///< base64 of the AgentBootstrap JSON
    /// Not empty: the disk outlives the domain under this name, and is made when there is none.
    DomainUuid keptDisk {};
    UserId owner {}; ///< of the kept disk; empty: nobody's yet
};

enum class DomainState {
    running,
    paused,
    suspended, ///< saved to the host's disk; it uses no memory and can be resumed
    shutOff,
    crashed
};

/// A domain of this site that the hypervisor really has; what is not ours is not listed.
struct ObservedDomain
{
    DomainUuid uuid;
    std::string name;
    DomainState state = DomainState::running;
    DesktopId desktop; ///< these from the domain's metadata (R3, R11)
    PoolId pool;
    Incarnation incarnation;
    Epoch epoch;
    // What a database that has lost the desktop needs to know of it (R11); empty where the domain
    // was started by a broker that did not write it down.
    OrganisationId organisation {};
    std::string hostName {};
    std::string address {};
    ImageId image {};
    SecretHash bootstrapHash {};
    DomainUuid keptDisk {}; ///< these two only where a disk is kept
    UserId owner {};
    HostId host {}; ///< where it was seen: by the service, a host does not know what it is called
};

/// The port to a virtualisation host. Every call blocks: they run on the host's own thread, never
/// on the network's (R12). All are idempotent by domain UUID (R4). Implementations: libvirt (LXC,
/// test:///default) and a fake; one contract suite.
class Hypervisor
{
public:
    virtual ~Hypervisor() = default;
    /// Starts the domain; good when one with this UUID runs already. `preparing` when the host has
    /// something to do first that takes minutes: nothing has failed, ask again.
    [[nodiscard]] virtual Result<void> start(const DomainSpec& spec) = 0;
    /// Ends and forgets the domain; good when there is none. After success nothing of it is left
    /// but a disk that is kept.
    [[nodiscard]] virtual Result<void> destroy(const DomainUuid& uuid) = 0;
    /// Removes a kept disk of a domain that was destroyed; good when there is none.
    [[nodiscard]] virtual Result<void> removeDisk(const DomainUuid& keptDisk) = 0;
    /// Saves a domain that runs to the host's disk and frees its memory; good when it is saved
    /// already. It stays listed. `storageFull` when there is no room on the disk, and for every
    /// definite failure it goes on running; after `timeout` or `unavailable` nobody knows.
    [[nodiscard]] virtual Result<void> suspend(const DomainUuid& uuid) = 0;
    /// Lets a saved domain run again, or go on when it runs, and tells the machine that it was
    /// resumed: the time, fresh random numbers, and `token`, which its agent names from then on.
    /// From this call on the host refuses a suspend() that had been given up and comes late.
    /// `notFound` when there is none that could be resumed.
    [[nodiscard]] virtual Result<void> resume(const DomainUuid& uuid, std::int64_t token) = 0;
    [[nodiscard]] virtual Result<std::vector<ObservedDomain>> list() = 0;
    /// "libvirt 9.0.0, LXC" and so on; fails with `unavailable` and the reason in plain words.
    [[nodiscard]] virtual Result<std::string> probe() = 0;
    /// How much the host has; fails like probe().
    [[nodiscard]] virtual Result<HostCapacity> capacity() { return HostCapacity {}; }
    /// From any thread: calls that wait, and all to come, fail at once. A broker that ends, or
    /// forgets a host, waits for none that hangs.
    virtual void interrupt() { }
    /// Called (on a thread of the implementation) when a domain stopped outside of our doing, and
    /// when the connection to the host was lost or is back: a reason to reconcile soon.
    virtual void onChange(std::function<void()> callback) = 0;
};

}
