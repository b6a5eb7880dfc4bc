// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/host.h"
#include "broker/domain/values.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::broker {

/// What can be said of a host in this round. What is not seen is unknown, never gone (R7).
enum class HostSight {
    seen,
    busy, ///< it does something, and the round does not wait for it (R12)
    away, ///< libvirt on it does not answer
    dead ///< nor does any agent on it
};

struct HostView
{
    Host host;
    HostLoad load {}; ///< of all pools
    HostSight sight = HostSight::seen;
};

/// "12 GiB" and so on.
[[nodiscard]] std::string memoryText(std::int64_t mebibytes);
/// How much may be promised there in all; nothing: it is not counted.
[[nodiscard]] std::optional<std::int64_t> memoryLimit(const Host& host);
[[nodiscard]] std::optional<std::int64_t> processorLimit(const Host& host);

/// Finds places for a pool's new desktops, one after the other: among the hosts that fit, the one
/// that has fewest desktops of the pool, then the one with most memory to spare, then by name. Each
/// place that is given counts for the next.
class Placement
{
public:
    /// `desktops`: the pool's own, by host. Without hosts (a broker that has one and no row for it)
    /// everything fits on that one.
    Placement(const Pool& pool, ImageKind kind, std::vector<HostView> hosts,
        std::map<HostId, std::int64_t> desktops);
    [[nodiscard]] std::optional<HostId> next();
    /// Why there is no place, and what can be done about it; whole sentences, but for the dot.
    [[nodiscard]] std::string why() const;

private:
    /// Why not there; empty when it fits.
    [[nodiscard]] std::string objection(const HostView& view) const;
    [[nodiscard]] bool isMeant(const HostView& view) const;
    [[nodiscard]] std::int64_t countOn(const HostView& view) const;
    [[nodiscard]] std::int64_t memoryLeft(const HostView& view) const;

    const Pool m_pool;
    const ImageKind m_kind;
    const bool m_isOnly;
    std::vector<HostView> m_hosts;
    std::map<HostId, std::int64_t> m_desktops;
};

}
