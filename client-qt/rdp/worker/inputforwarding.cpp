// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/worker/inputforwarding.h"

#include "client-qt/rdp/scancodes.h"

#include <algorithm>
#include <cstdlib>

namespace wardesk::rdp {

namespace {

constexpr std::uint16_t pauseKey = 0x46 | extendedScancode;

}

bool InputForwarding::forward(const ToWorker& message)
{
    if (const auto* event = std::get_if<KeyEvent>(&message))
        return key(*event);
    if (const auto* event = std::get_if<TextUnit>(&message))
        return text(*event);
    if (const auto* event = std::get_if<PointerMove>(&message))
        return freerdp_input_send_mouse_event(m_input, PTR_FLAGS_MOVE, event->x, event->y);
    if (const auto* event = std::get_if<PointerButton>(&message))
        return button(*event);
    if (const auto* event = std::get_if<PointerWheel>(&message))
        return wheel(*event);
    if (const auto* event = std::get_if<LockKeyState>(&message))
        return freerdp_input_send_synchronize_event(m_input, event->bits);
    return true;
}

bool InputForwarding::key(const KeyEvent& event)
{
    const bool repeat = event.down && m_down.test(event.scancode);
    m_down.set(event.scancode, event.down);
    // Pause is a sequence of its own (E1 1D 45), except with Ctrl, where it is Break.
    if (event.scancode == pauseKey && !m_down.test(scancodeControlLeft)
        && !m_down.test(scancodeControlLeft | extendedScancode))
        return !event.down || freerdp_input_send_keyboard_pause_event(m_input);
    return freerdp_input_send_keyboard_event_ex(
        m_input, event.down ? TRUE : FALSE, repeat ? TRUE : FALSE, event.scancode);
}

bool InputForwarding::text(const TextUnit& event)
{
    return freerdp_input_send_unicode_keyboard_event(m_input, 0, event.unit)
        && freerdp_input_send_unicode_keyboard_event(m_input, KBD_FLAGS_RELEASE, event.unit);
}

bool InputForwarding::button(const PointerButton& event)
{
    const auto send = [&](std::uint16_t name) {
        const auto flags = static_cast<std::uint16_t>(event.down ? name | PTR_FLAGS_DOWN : name);
        return freerdp_input_send_mouse_event(m_input, flags, event.x, event.y) == TRUE;
    };
    const auto sendExtended = [&](std::uint16_t name) {
        const auto flags = static_cast<std::uint16_t>(event.down ? name | PTR_XFLAGS_DOWN : name);
        return freerdp_input_send_extended_mouse_event(m_input, flags, event.x, event.y) == TRUE;
    };
    switch (event.button) {
    case PointerButtonName::left:
        return send(PTR_FLAGS_BUTTON1);
    case PointerButtonName::right:
        return send(PTR_FLAGS_BUTTON2);
    case PointerButtonName::middle:
        return send(PTR_FLAGS_BUTTON3);
    case PointerButtonName::back:
        return sendExtended(PTR_XFLAGS_BUTTON1);
    case PointerButtonName::forward:
        return sendExtended(PTR_XFLAGS_BUTTON2);
    }
    return true;
}

bool InputForwarding::wheel(const PointerWheel& event)
{
    // Nine bits, two's complement; the ninth is PTR_FLAGS_WHEEL_NEGATIVE
    // (MS-RDPBCGR 2.2.8.1.1.3.1.1.3).
    const int delta = std::clamp<int>(event.delta, -255, 255);
    const auto flags = static_cast<std::uint16_t>(
        (event.horizontal ? PTR_FLAGS_HWHEEL : PTR_FLAGS_WHEEL) | (delta & 0x1ff));
    return freerdp_input_send_mouse_event(m_input, flags, event.x, event.y);
}

}
