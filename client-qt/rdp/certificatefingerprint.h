// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"

#include <string>
#include <string_view>

namespace wardesk::rdp {

/// SHA-256, in lower-case hex, of the DER form of the first certificate in a PEM text (the server's
/// own; a chain may follow). invalidArgument when there is none.
[[nodiscard]] Result<std::string> firstCertificateSha256(std::string_view pem);

}
