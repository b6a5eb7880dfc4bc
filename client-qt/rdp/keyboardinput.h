// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>

class QKeyEvent;

namespace wardesk {

class RdpSession;

/// Turns key events into scancodes and knows which keys the desktop believes to be down.
///
/// Keys go over as scancodes, so that layout and dead keys are the desktop's business; what has no
/// scancode (on-screen keyboards, input methods) goes as text.
class KeyboardInput
{
public:
    void press(const QKeyEvent& event, RdpSession& session);
    void release(const QKeyEvent& event, RdpSession& session);
    /// When the focus goes elsewhere: the releases will not come here any more, and a modifier that
    /// stays down turns the next letter into a command.
    void releaseAll(RdpSession& session);
    /// When the connection ended: nothing is down on the next one.
    void forget() { m_down.clear(); }

private:
    std::set<std::uint16_t> m_down;
};

}
