// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/hypervisor/libvirt/libvirtsettings.h"

#include <functional>
#include <memory>

namespace wardesk::broker {

/// Tells machines that run which desktop they are, or that they were resumed, over their channels,
/// on a thread and a connection of its own: start() must not wait for a guest. What is given is
/// kept in memory only, until the machine has taken it, is ended, or `within` is over. Thread-safe.
class HandOver
{
public:
    /// Made at the moment of sending: it has the time in it.
    using Message = std::function<Secret()>;

    explicit HandOver(LibvirtSettings settings);
    /// Waits for no call.
    ~HandOver();
    HandOver(const HandOver&) = delete;
    HandOver& operator=(const HandOver&) = delete;

    void give(const DomainUuid& machine, Message message);
    /// To one that was resumed: said until its agent has answered. One that waits to become a
    /// desktop instead has lost its memory, and is ended.
    void wake(const DomainUuid& machine, Message message);
    void forget(const DomainUuid& machine);
    [[nodiscard]] std::size_t pending() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

}
