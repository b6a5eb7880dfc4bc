// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"
#include "protocols/wire/agentmessages.h"

namespace wardesk::broker {

/// What the agent does by itself; the log-off and what follows are the broker's.
[[nodiscard]] inline wire::SessionTimers sessionTimersOf(const LifeTimers& timers)
{
    const auto milliseconds = [](std::chrono::seconds span) {
        return std::int64_t { std::chrono::milliseconds(span).count() };
    };
    return { .lockMs = milliseconds(timers.lock), .disconnectMs = milliseconds(timers.disconnect) };
}

}
