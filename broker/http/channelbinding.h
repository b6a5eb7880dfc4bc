// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>
#include <string>

namespace wardesk::broker {

/// 32 bytes that only the two ends of this very TLS connection know (RFC 9266, tls-exporter); empty
/// when there is no such thing.
[[nodiscard]] std::string channelBindingOf(SSL* connection);

}
