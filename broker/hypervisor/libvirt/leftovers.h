// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/handles.h"
#include "broker/hypervisor/libvirt/libvirtsettings.h"
#include "protocols/base/error.h"

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

/// Volumes that nobody will ever remove, because who made them died between making them and making
/// the machine they were for; and saved machines of images and agents that others have replaced.
namespace wardesk::broker {

class SavedMachines;

/// What says that a volume is wanted, at one moment. All domains count, whosever they are: several
/// brokers, and several sites, share a host's storage pool, and a disk does not say whose it is.
struct VolumeClaims
{
    std::set<std::string> machines {}; ///< UUIDs of the host's domains
    std::set<std::string> domains {}; ///< their names
    /// Folders of names ("wardesk-KEY-RANDOM-") that a saved machine's note or a desktop's disk
    /// stands on.
    std::set<std::string> attempts {};
    std::set<std::string> unreadable {}; ///< keys whose note is being written, or broken
};

/// "wardesk-KEY-RANDOM-" of a volume that an attempt to save a machine has made; or nothing.
[[nodiscard]] std::string attemptOf(const std::string& volume);
/// Those of ours that nothing claims. What others keep in the pool is not looked at.
[[nodiscard]] std::vector<std::string> unclaimed(
    const std::vector<std::string>& volumes, const VolumeClaims& claims);

/// A saved machine and when a copy was last made of it (or it was saved), in seconds of the host's
/// clock.
struct SavedMachineUse
{
    std::string key;
    std::string attempt;
    std::chrono::seconds lastUsed;
};
/// The notes of those that no desktop stands on (claims.attempts) and that were last used `keep`
/// before the one that was used last. The host's clock is compared with itself alone; a machine is
/// not old because time has passed, but because others are used in its place.
[[nodiscard]] std::vector<std::string> replaced(const std::vector<SavedMachineUse>& uses,
    const VolumeClaims& claims, std::chrono::seconds keep);

/// Remembers since when each volume has been unclaimed. Another broker's volume is unclaimed for
/// the moment between the disk and its domain, and for as long as an image is being sent: only what
/// stays so for longer than any of that is removed. The time is this broker's own (R10).
class Leftovers
{
public:
    using Time = std::chrono::steady_clock::time_point;
    explicit Leftovers(std::chrono::milliseconds patience);

    /// Whether it is time to look again; true for one caller.
    [[nodiscard]] bool isDue(Time now);
    /// Of those that are unclaimed now, the ones to remove.
    [[nodiscard]] std::vector<std::string> look(
        const std::vector<std::string>& unclaimedNow, Time now);

private:
    const std::chrono::milliseconds m_patience;
    std::mutex m_mutex;
    Time m_next {};
    std::map<std::string, Time> m_since;
};

/// Looks, when it is time to, and removes what is left. Over an open connection, blocking.
[[nodiscard]] Result<void> sweepLeftovers(virConnectPtr connection, const LibvirtSettings& settings,
    Leftovers& leftovers, SavedMachines& machines);

}
