// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <bitset>
#include <freerdp/input.h>

namespace wardesk::rdp {

/// Keys, text and pointer from the client to the desktop. Remembers what is pressed, to tell
/// repeats apart.
class InputForwarding
{
public:
    explicit InputForwarding(rdpInput* input)
        : m_input(input)
    {
    }
    /// False when the connection does not take it any more. Messages that are no input are ignored.
    [[nodiscard]] bool forward(const ToWorker& message);

private:
    [[nodiscard]] bool key(const KeyEvent& event);
    [[nodiscard]] bool text(const TextUnit& event);
    [[nodiscard]] bool button(const PointerButton& event);
    [[nodiscard]] bool wheel(const PointerWheel& event);

    rdpInput* m_input;
    std::bitset<0x400> m_down;
};

}
