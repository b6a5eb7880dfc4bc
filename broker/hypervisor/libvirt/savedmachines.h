// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/libvirtsettings.h"
#include "broker/hypervisor/libvirt/machinexml.h"
#include "broker/hypervisor/libvirt/saveimage.h"

#include <memory>
#include <optional>
#include <string>

namespace wardesk::broker {

/// An image's files on the broker's machine, as packaging/image/build --disk makes them.
struct MachineImage
{
    std::string folder; ///< with disk.raw, vmlinuz, initrd.img
    std::string content; ///< names what is in them
    std::int64_t diskBytes = 0;
};
[[nodiscard]] Result<MachineImage> readMachineImage(const std::string& folder);

/// A machine that was booted, waited for its desktop's name, and was saved with its memory.
struct SavedMachine
{
    std::string key;
    SaveHead head;
    std::string memoryVolume;
    std::string diskPath; ///< on the host; what every copy's disk is laid over
    std::int64_t diskBytes = 0;
    bool hasKvm = false;
};

/// Boots an image once on a host for each shape of machine, and keeps what was saved. Works on a
/// thread and a connection of its own. Two brokers that want the same machine do the work once;
/// what one has saved the next finds, also after a restart. Thread-safe.
class SavedMachines
{
public:
    explicit SavedMachines(LibvirtSettings settings);
    /// Waits for no call; a machine that is being booted is ended soon after.
    ~SavedMachines();
    SavedMachines(const SavedMachines&) = delete;
    SavedMachines& operator=(const SavedMachines&) = delete;

    [[nodiscard]] std::string keyOf(const MachineImage& image, const MachineShape& shape) const;
    /// Whether find() has something to say other than that it begins.
    [[nodiscard]] bool isKnown(const std::string& key) const;
    /// One that was found on the host.
    void learn(SavedMachine saved);
    /// `preparing` while it is being made, which asking begins; a failure is told and tried again
    /// when asked after a pause.
    [[nodiscard]] Result<std::shared_ptr<const SavedMachine>> find(
        const MachineImage& image, const MachineShape& shape, const std::string& network);
    /// No copy could be started from it: after a few times it is made anew.
    void noteFailure(const std::string& key);
    void noteSuccess(const std::string& key);
    /// It is removed from the host: whoever asks next begins anew.
    void forget(const std::string& key);
    /// "KVM" or "emulation" once it has been seen.
    [[nodiscard]] std::string acceleration() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

}
