// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/keyboardinput.h"

#include "client-qt/rdp/rdpsession.h"
#include "client-qt/rdp/scancodes.h"

#include <QKeyEvent>

namespace wardesk {

namespace {

/// For events without a native code.
std::uint16_t scancodeFromQtKey(int key)
{
    switch (key) {
    case Qt::Key_Escape:
        return 0x01;
    case Qt::Key_Backspace:
        return 0x0e;
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
        return 0x0f;
    case Qt::Key_Return:
        return 0x1c;
    case Qt::Key_Enter:
        return 0x1c | rdp::extendedScancode;
    case Qt::Key_Home:
        return 0x47 | rdp::extendedScancode;
    case Qt::Key_Up:
        return 0x48 | rdp::extendedScancode;
    case Qt::Key_PageUp:
        return 0x49 | rdp::extendedScancode;
    case Qt::Key_Left:
        return 0x4b | rdp::extendedScancode;
    case Qt::Key_Right:
        return 0x4d | rdp::extendedScancode;
    case Qt::Key_End:
        return 0x4f | rdp::extendedScancode;
    case Qt::Key_Down:
        return 0x50 | rdp::extendedScancode;
    case Qt::Key_PageDown:
        return 0x51 | rdp::extendedScancode;
    case Qt::Key_Delete:
        return rdp::scancodeDelete;
    case Qt::Key_AltGr: // on-screen keyboards press a key for it that no real keyboard has
        return 0x38 | rdp::extendedScancode;
    }
    return 0;
}

std::uint16_t scancodeOf(const QKeyEvent& event)
{
    const std::uint16_t native = rdp::scancodeFromNative(event.nativeScanCode());
    return native != 0 ? native : scancodeFromQtKey(event.key());
}

}

void KeyboardInput::press(const QKeyEvent& event, RdpSession& session)
{
    const std::uint16_t scancode = scancodeOf(event);
    if (scancode == 0) {
        session.sendText(event.text());
        return;
    }
    m_down.insert(scancode);
    session.sendKey(scancode, RdpSession::KeyAction::press);
}

void KeyboardInput::release(const QKeyEvent& event, RdpSession& session)
{
    // X11 reports a release before each repeat.
    if (event.isAutoRepeat())
        return;
    const std::uint16_t scancode = scancodeOf(event);
    if (m_down.erase(scancode) > 0)
        session.sendKey(scancode, RdpSession::KeyAction::release);
}

void KeyboardInput::releaseAll(RdpSession& session)
{
    for (const std::uint16_t scancode : m_down)
        session.sendKey(scancode, RdpSession::KeyAction::release);
    m_down.clear();
}

}
