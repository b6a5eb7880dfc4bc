// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/values.h"

namespace wardesk::broker {

/// What a new pool gets unless something else is said; the reasons are in broker/pool/DESIGN.md.
constexpr LifeTimers usualTimers { .lock = std::chrono::minutes(5),
    .disconnect = std::chrono::minutes(30),
    .logOff = std::chrono::hours(16),
    .recycle = std::chrono::seconds(0) };

/// From when a desktop's agent took its readiness back until the lease of whoever was given it and
/// never came is closed. A program that answers RDP is back in seconds after a fall, and waiting
/// longer for it is worse than another desktop.
constexpr std::chrono::seconds neverReadyAfter { 15 };

/// When a session that nobody is connected to is logged off; nothing while somebody is, or when it
/// never is. It is when the agent is asked: only what the agent says ends the lease (R6, R7).
[[nodiscard]] std::optional<WallTime> logOffAt(const Lease& lease, const LifeTimers& timers);
[[nodiscard]] bool isLogOffDue(const Lease& lease, const LifeTimers& timers, WallTime now);

/// Until when the desktop of a session that was logged off rests; nothing when it does not.
[[nodiscard]] std::optional<WallTime> restsUntil(const Lease& lease, const LifeTimers& timers);

}
