// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/rdp/workerprotocol.h"

#include <freerdp/freerdp.h>

namespace wardesk::rdp {

enum class Phase { connecting, connected };
enum class LogOn { notSeen, seen };

/// Why libfreerdp gave up, in the client's words.
[[nodiscard]] ConnectionEnded endReason(freerdp* instance, Phase phase, LogOn logOn);

}
