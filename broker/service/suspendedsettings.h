// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "protocols/base/error.h"

#include <string>

namespace wardesk::broker {

/// Whether a pool with this image may have what it wishes of suspended spares.
[[nodiscard]] Result<void> checkSuspended(const Pool& pool, const Image& image);
/// For the audit; empty when it wishes none.
[[nodiscard]] std::string suspendedText(const Pool& pool);

}
