// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/channelsocket.h"
#include "client-qt/rdp/workerprotocol.h"

#include <deque>
#include <optional>

namespace wardesk::rdp {

/// The worker's end of the channel. One thread.
class ParentChannel
{
public:
    explicit ParentChannel(Descriptor socket);

    [[nodiscard]] int descriptor() const { return m_socket.descriptor(); }
    /// Blocks while the client does not read; false when the client is gone.
    [[nodiscard]] bool send(const FromWorker& message, int passed = -1);
    /// The next message that is here already. none: nothing more now. Error: the client is gone or
    /// talks nonsense.
    [[nodiscard]] Result<std::optional<ToWorker>> next();
    /// Waits for one.
    [[nodiscard]] Result<ToWorker> wait();
    /// Gives a message back, to be returned by next() later, after those deferred before it.
    void defer(ToWorker message) { m_deferred.push_back(std::move(message)); }
    [[nodiscard]] Descriptor takeDescriptor() { return m_socket.takeDescriptor(); }

private:
    [[nodiscard]] Result<std::optional<ToWorker>> fromBuffer();
    [[nodiscard]] bool waitFor(short events) const;

    ChannelSocket m_socket;
    FrameReader m_reader;
    std::deque<ToWorker> m_deferred;
};

}
