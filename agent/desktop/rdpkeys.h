// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>

namespace wardesk::desktop {

/// A fresh key and certificate for this incarnation's RDP server: self-signed ECDSA P-256, random
/// serial, two years. Writes DIRECTORY/rdp-key.pem (0640, group xrdp where there is one: xrdp reads
/// it after it has given up root, and would fall back to a connection without TLS in silence) and
/// DIRECTORY/rdp-cert.pem. Returns the certificate's SHA-256.
[[nodiscard]] Result<std::string> writeRdpKeys(
    const std::string& directory, const std::string& hostName);

/// Of the public key in a certificate; empty when it cannot be read.
[[nodiscard]] std::string rdpKeySha256Of(const std::string& certificatePem);

}
