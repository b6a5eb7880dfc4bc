// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <string>

namespace wardesk::ctl {

/// The token of a sign-in, in a file that only its owner can read.
[[nodiscard]] Result<void> writeToken(const std::string& path, const Secret& token);
/// `unauthenticated` when there is none; refused when others may read the file.
[[nodiscard]] Result<Secret> readToken(const std::string& path);
void removeToken(const std::string& path);

}
