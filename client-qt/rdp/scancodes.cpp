// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "client-qt/rdp/scancodes.h"

#include <array>

namespace wardesk::rdp {

namespace {

constexpr std::uint32_t x11Offset = 8;
constexpr std::uint16_t e0 = extendedScancode;

// Index: the kernel's key code (linux/input-event-codes.h). Codes 1 to 83 and 87, 88 are set 1
// unchanged, because the kernel's numbering was made from it.
constexpr std::array<std::uint16_t, 128> makeTable()
{
    std::array<std::uint16_t, 128> table {};
    for (std::uint16_t code = 1; code <= 83; ++code)
        table[code] = code;
    table[86] = 0x56; // the key beside the left Shift on keyboards with 102 keys
    table[87] = 0x57; // F11
    table[88] = 0x58; // F12
    table[89] = 0x73; // Ro, Brazil and Japan
    table[90] = 0x78; // Katakana
    table[91] = 0x77; // Hiragana
    table[92] = 0x79; // Henkan
    table[93] = 0x70; // Katakana/Hiragana
    table[94] = 0x7b; // Muhenkan
    table[96] = 0x1c | e0; // keypad Enter
    table[97] = 0x1d | e0; // right Ctrl
    table[98] = 0x35 | e0; // keypad /
    table[99] = 0x37 | e0; // Print
    table[100] = 0x38 | e0; // right Alt, AltGr
    table[102] = 0x47 | e0; // Home
    table[103] = 0x48 | e0; // Up
    table[104] = 0x49 | e0; // Page Up
    table[105] = 0x4b | e0; // Left
    table[106] = 0x4d | e0; // Right
    table[107] = 0x4f | e0; // End
    table[108] = 0x50 | e0; // Down
    table[109] = 0x51 | e0; // Page Down
    table[110] = 0x52 | e0; // Insert
    table[111] = 0x53 | e0; // Delete
    table[113] = 0x20 | e0; // mute
    table[114] = 0x2e | e0; // volume down
    table[115] = 0x30 | e0; // volume up
    table[117] = 0x59; // keypad =
    table[119] = 0x46 | e0; // Pause: RDP's stacks map it to E0 46 (Ctrl+Break), E1 sequences being
                            // their own event
    table[121] = 0x7e; // keypad comma, Brazil
    table[122] = 0x72; // Hangul
    table[123] = 0x71; // Hanja
    table[124] = 0x7d; // Yen
    table[125] = 0x5b | e0; // left Windows key
    table[126] = 0x5c | e0; // right Windows key
    table[127] = 0x5d | e0; // menu key
    return table;
}

constexpr auto table = makeTable();

}

std::uint16_t scancodeFromNative(std::uint32_t nativeScanCode)
{
    if (nativeScanCode < x11Offset || nativeScanCode - x11Offset >= table.size())
        return 0;
    return table[nativeScanCode - x11Offset];
}

}
