// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace wardesk::rdp {

/// UTF-8 with LF to UTF-16 with CR LF. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::u16string clipboardToWire(std::string_view utf8);
/// The reverse; ends at the first zero; an odd byte at the end is dropped, unpaired surrogates
/// become U+FFFD.
[[nodiscard]] std::string clipboardFromWire(std::span<const std::uint8_t> utf16LittleEndian);

}
