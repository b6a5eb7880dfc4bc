// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/trace.h"

namespace wardesk::broker::simulation {

/// Where the core's log goes: into the story, when one is told. Null: nowhere.
extern const Trace* logSink;

}
