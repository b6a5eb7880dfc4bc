// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace wardesk::rdp {

inline constexpr std::uint16_t extendedScancode = 0x100;
inline constexpr std::uint16_t scancodeControlLeft = 0x1d;
inline constexpr std::uint16_t scancodeAltLeft = 0x38;
inline constexpr std::uint16_t scancodeDelete = 0x53 | extendedScancode;

/// What Qt calls the native scan code on X11 and Wayland (the kernel's key code plus 8) as an RDP
/// scancode: IBM set 1, plus 0x100 for keys with the E0 prefix. 0 for keys that RDP has no code
/// for.
[[nodiscard]] std::uint16_t scancodeFromNative(std::uint32_t nativeScanCode);

}
