// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <string>
#include <vector>

namespace wardesk::broker {

/// The broker's own authority and its server certificate, in files of the state directory:
/// ca.key, server.key (0600), server.pem (chain) and ca.pem (0644), which clients trust.
struct Certificates
{
    std::string chainPem; ///< server certificate, then the authority's
    std::string keyPem; ///< never logged
    std::string caFile; ///< path of ca.pem
    std::string keySha256; ///< of the server's SubjectPublicKeyInfo (DER): what agents pin
};

/// Makes what is missing and keeps what is there. The server's key stays the same for good, because
/// agents pin it; its certificate is renewed when it is close to its end or when a name is missing.
/// `names`: host names and IP addresses that clients may use.
[[nodiscard]] Result<Certificates> ensureCertificates(
    const std::string& directory, const std::vector<std::string>& names, WallTime now);

}
