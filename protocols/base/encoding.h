// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <string>
#include <string_view>

namespace wardesk {

/// Lower-case hexadecimal.
[[nodiscard]] std::string toHex(std::string_view bytes);
[[nodiscard]] Result<std::string> fromHex(std::string_view text);
/// URL-safe base64 without padding (RFC 4648 section 5).
[[nodiscard]] std::string toBase64Url(std::string_view bytes);
[[nodiscard]] Result<std::string> fromBase64Url(std::string_view text);
/// The standard alphabet with padding (RFC 4648 section 4): what `base64 -d` reads.
[[nodiscard]] std::string toBase64(std::string_view bytes);
[[nodiscard]] Result<std::string> fromBase64(std::string_view text);
/// SHA-256 in lower-case hexadecimal: how tokens and tickets rest in the database, and how
/// certificates are pinned.
[[nodiscard]] std::string sha256Hex(std::string_view bytes);
/// From the kernel's generator, by libsodium. Ask for these only in shells; pure code takes them as
/// arguments.
[[nodiscard]] std::string randomBytes(std::size_t count);
[[nodiscard]] std::string randomToken(std::size_t bytes); ///< base64url of that many random bytes
[[nodiscard]] std::string randomUuid(); ///< RFC 9562 version 4, lower case
/// RFC 9562 version 7, lower case: 48 bits of the time, 74 random ones. Those that are made one
/// after the other lie side by side in a database's index.
[[nodiscard]] std::string timeOrderedUuid(WallTime time);

}
