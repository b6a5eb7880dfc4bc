// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client-qt/core/floweffects.h"
#include "client-qt/core/flowevents.h"
#include "client-qt/core/flowstate.h"

#include <string>
#include <vector>

namespace wardesk::client {

struct Step
{
    FlowState state;
    std::vector<Effect> effects;
};

/// The whole behaviour of the client. Pure: the only outside thing is freshKey, a new random text
/// that becomes the idempotency key when this step begins a new connect request (R9). An event that
/// makes no sense in the state changes nothing.
[[nodiscard]] Step transition(FlowState state, const FlowEvent& event, const std::string& freshKey);

}
