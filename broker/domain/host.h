// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wardesk::broker {

/// Which of libvirt's drivers runs desktops of an image: containers or virtual machines.
enum class ImageKind { lxc, qemu };

/// What a host has ("gpu=yes") and what a pool asks for.
using Labels = std::map<std::string, std::string>;

/// "gpu=yes,rack=2" and back; empty text: none. Refused with what is expected.
[[nodiscard]] Result<Labels> parseLabels(const std::string& text);
[[nodiscard]] std::string textOf(const Labels& labels);

enum class HostMode {
    active,
    draining, ///< gives nothing new; who is inside goes on
    maintenance ///< drained: may be switched off
};

[[nodiscard]] std::string nameOf(HostMode mode);
[[nodiscard]] std::optional<HostMode> hostModeNamed(std::string_view name);

/// A virtualisation host: one libvirt connection.
struct Host
{
    HostId id;
    std::string name;
    std::string uri; ///< libvirt's, unique
    ImageKind kind = ImageKind::lxc;
    std::int64_t memoryMiB = 0; ///< of the machine, as libvirt told last; 0: nobody knows yet
    std::int64_t processors = 0; ///< the same
    /// How much is promised of each, in percent; 0: it is not counted.
    std::int64_t memoryPercent = 100;
    std::int64_t processorPercent = 0;
    Labels labels;
    HostMode mode = HostMode::active;
    WallTime modeAt {}; ///< in its mode since
    std::string modeBy;
    std::optional<WallTime> drainBy; ///< draining: sessions that still run then are ended
    /// Neither libvirt nor any agent on it has answered: its users are given other desktops.
    std::optional<WallTime> deadAt;
    std::int64_t version = 1; ///< of the row: a change names the one that it was made from
    WallTime createdAt {};
    bool operator==(const Host&) const = default;
};

/// Containers share what they do not use, virtual machines keep what they have touched.
[[nodiscard]] std::int64_t usualMemoryPercent(ImageKind kind);

struct HostCapacity
{
    std::int64_t memoryMiB = 0;
    std::int64_t processors = 0;
    bool operator==(const HostCapacity&) const = default;
};

/// What the desktops of all pools on a host are allowed to use, and what they do.
struct HostLoad
{
    std::int64_t desktops = 0;
    std::int64_t memoryMiB = 0;
    std::int64_t processors = 0;
    std::int64_t booting = 0; ///< started and never ready
    bool operator==(const HostLoad&) const = default;
};

struct DesktopRow;

/// The part of the database's port for hosts.
class HostStore
{
public:
    virtual ~HostStore() = default;
    /// By name.
    [[nodiscard]] virtual Result<std::vector<Host>> listHosts() = 0;
    /// `conflict` when the name or the URI is taken.
    [[nodiscard]] virtual Result<void> insertHost(const Host& host) = 0;
    /// The hosts of the configuration, on every start: what nobody has the URI of yet is added, and
    /// desktops of a time when a broker had one host of a kind and no row for it are that one's.
    [[nodiscard]] virtual Result<void> ensureHosts(const std::vector<Host>& configured) = 0;
    /// All but what libvirt tells and whether it is dead. `stale` unless the row has the version
    /// that is given; it gets the next one.
    [[nodiscard]] virtual Result<void> updateHost(const Host& host) = 0;
    [[nodiscard]] virtual Result<void> recordHostCapacity(
        const HostId& id, const HostCapacity& capacity)
        = 0;
    /// While it is set, none of its desktops is given out, and who has one gets another.
    [[nodiscard]] virtual Result<void> setHostDead(
        const HostId& id, const std::optional<WallTime>& since)
        = 0;
    /// `conflict` while it has desktops.
    [[nodiscard]] virtual Result<void> removeHost(const HostId& id) = 0;
    /// A host that never comes back: it and its desktops leave the books at once, also while a
    /// restored database is set right (R11), and who had one may get another. The desktops as they
    /// were; `stale` when the host was changed, or has given a sign of life, since it was read.
    [[nodiscard]] virtual Result<std::vector<DesktopRow>> writeOffHost(
        const Host& seen, WallTime now)
        = 0;
};

}
