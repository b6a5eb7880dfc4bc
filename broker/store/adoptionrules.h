// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/adoptionstore.h"

/// R11: what both stores agree on.
namespace wardesk::broker::rules {

/// `running` is the one that is under way; it is alive when its broker gave a sign lately.
[[nodiscard]] Result<AdoptionRecord> beginAdoption(const std::optional<AdoptionRecord>& running,
    bool isAlive, const AdoptionRecord& wanted, AdoptionStart how, WallTime now);

/// The incarnation of a shared desktop whose other sessions go on with the one that is adopted; 0:
/// none does.
[[nodiscard]] Incarnation goesOnInside(const DesktopRow& row);

[[nodiscard]] Error adoptingError();
[[nodiscard]] Error adoptionLostError();
[[nodiscard]] Error wentBackError(Epoch next, Epoch seen);

[[nodiscard]] std::string nameOf(SessionSeen session);
[[nodiscard]] SessionSeen sessionNamed(const std::string& name);

}
