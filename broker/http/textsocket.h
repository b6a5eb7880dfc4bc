// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace wardesk::broker {

/// A WebSocket of text frames, without the network library's types. Network thread only.
class TextSocket
{
public:
    virtual ~TextSocket() = default;
    /// Queued; a peer that does not read its queue in time is disconnected (R13).
    virtual void send(std::string text) = 0;
    virtual void close(const std::string& why) = 0;
    /// The next frame is read only after `next` was called: a peer cannot get ahead of the broker.
    std::function<void(std::string text, std::function<void()> next)> onText;
    std::function<void()> onClosed; ///< once, whoever closed it
};

}
