// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wardesk::broker {

/// How to reach one virtualisation host.
struct LibvirtSettings
{
    std::string uri = "lxc:///system"; ///< lxc:…, qemu:… or test:…
    /// Names this installation in every domain's metadata. Domains that carry another site's name,
    /// or none, are neither listed nor touched.
    std::string site;
    std::chrono::milliseconds deadline { 10'000 }; ///< of every call, connecting included (R12)
    /// The connection counts as dead after this many unanswered questions, one each interval.
    std::chrono::seconds keepAliveInterval { 5 };
    unsigned keepAliveCount = 3;
    std::string storagePool = "wardesk"; ///< QEMU: libvirt's pool of kind "dir" for machines' disks
    /// QEMU: `probe` uses KVM if the first machine really boots with it, or else emulation.
    enum class Acceleration { probe, kvm, emulation } acceleration = Acceleration::probe;
    /// QEMU: how long an image may take from its first start to its wait for a desktop's name.
    std::chrono::seconds bootWithin { 900 };
    /// QEMU: the deadline of a start, which reads a machine's memory from the host's disk (R12).
    std::chrono::milliseconds restoreWithin { 60'000 };
    /// QEMU: how long a volume of ours that no machine has is left alone. More than any start
    /// takes, or the sending of an image by another broker of this host.
    std::chrono::milliseconds leftoversAfter { 1'800'000 };
    /// QEMU: a saved machine that no desktop stands on is removed when another one of this host was
    /// used so much later: an older agent's, or of an image that was replaced.
    std::chrono::seconds keepSavedFor = std::chrono::hours(14 * 24);
    std::string keptFolder = "/var/lib/wardesk/kept"; ///< LXC: on the host; disks that are kept
    std::int64_t upperMiB = 512; ///< LXC: what a desktop may write before its disk is full
};

}
