// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/ids.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <string>

namespace wardesk::broker {

/// The part of the database's port for spares that are saved to their host's disk. Intents and
/// results (R4) of one incarnation; how they follow each other is in values.h. `stale` for an
/// incarnation that is not the newest or is being ended; `conflict` when its state does not allow
/// it.
class SuspensionStore
{
public:
    virtual ~SuspensionStore() = default;
    /// Intent to save it. Takes the readiness back in the same transaction, so that no grant can
    /// come in between. Only what is ready, was never leased and is nobody's.
    [[nodiscard]] virtual Result<void> beginSuspending(
        const DesktopId& id, Incarnation number, WallTime now)
        = 0;
    [[nodiscard]] virtual Result<void> recordSuspended(
        const DesktopId& id, Incarnation number, WallTime now)
        = 0;
    /// Intent to let it run again. `why`: what went wrong with the saving; empty: it is wanted.
    /// The first one counts: what the machine is told to prove is the time of it.
    [[nodiscard]] virtual Result<void> beginResuming(
        const DesktopId& id, Incarnation number, const std::string& why, WallTime now)
        = 0;
    /// It cannot be resumed: counts as a failed start, and its end begins.
    [[nodiscard]] virtual Result<void> recordResumeFailure(
        const DesktopId& id, Incarnation number, const std::string& error, WallTime now)
        = 0;
};

}
