// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <openssl/ssl.h>
#include <string>
#include <string_view>

/// Trust in exactly one public key; certificates, authorities, names and dates play no part.
namespace wardesk::agent {

/// Makes the client context accept only a peer whose leaf certificate holds the key with this
/// SHA-256 (lower-case hex, of the SubjectPublicKeyInfo in DER), and TLS 1.2 or later. The
/// handshake itself proves that the peer owns the key.
[[nodiscard]] Result<void> trustOnly(SSL_CTX* context, std::string_view keySha256);

/// Of the certificate's SubjectPublicKeyInfo, as above.
[[nodiscard]] std::string keySha256Of(const X509* certificate);
/// Of the whole certificate in DER.
[[nodiscard]] std::string certificateSha256Of(const X509* certificate);

}
