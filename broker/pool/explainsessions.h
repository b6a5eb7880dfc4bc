// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/pool/explain.h"

#include <string>
#include <vector>

namespace wardesk::broker {

/// What becomes of a session that is left alone, and which are ended next.
[[nodiscard]] std::vector<std::string> explainSessions(const PoolSituation& seen, WallTime now);

}
