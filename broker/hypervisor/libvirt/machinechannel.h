// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/hypervisor/libvirt/handles.h"
#include "protocols/base/error.h"
#include "protocols/base/secret.h"
#include "protocols/wire/machinemessages.h"

#include <optional>
#include <string>

namespace wardesk::broker {

/// The host's end of a machine's virtio-serial port. Never blocks for long; one at a time has it.
class MachineChannel
{
public:
    /// `unavailable` while the machine does not run or somebody else has its channel.
    [[nodiscard]] static Result<MachineChannel> open(
        virConnectPtr connection, const std::string& uuid);

    /// What the machine said since it was last asked; nothing when it has said nothing. Fails when
    /// the channel is closed.
    [[nodiscard]] Result<std::optional<wire::MachineReport>> hear();
    [[nodiscard]] Result<void> say(const Secret& line);

private:
    explicit MachineChannel(StreamHandle stream);
    StreamHandle m_stream;
    std::string m_input;
};

}
