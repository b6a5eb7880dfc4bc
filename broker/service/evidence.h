// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// Why a desktop is set aside.
struct SetAside
{
    std::string reason; ///< in words
    std::string seen; ///< the host's word, the agent's word: whatever led to it
    std::string by = "broker";
};

/// Sets the desktop aside and keeps what was seen: its row, its lease, and what the caller saw.
[[nodiscard]] Result<void> setAside(
    Store& store, const DesktopRow& row, const SetAside& why, WallTime now);
/// Only the evidence, where the desktop is set aside by other means.
[[nodiscard]] Result<void> noteSetAside(
    Store& store, const DesktopRow& row, const SetAside& why, WallTime now);
/// The other way: who took it back, and why.
[[nodiscard]] Result<void> takeBack(Store& store, const DesktopRow& row, const std::string& reason,
    const std::string& by, WallTime now);

/// What the database says of a desktop, for people who look into it later; times are UTC.
[[nodiscard]] std::string rowText(const DesktopRow& row);

/// Reads what is kept of a desktop into its item.
[[nodiscard]] Result<void> addEvidence(
    Store& store, const Desktop& desktop, wire::DesktopItem& item);

/// Why this incarnation is not accepted as fresh; empty when it is. Without a proof it is accepted
/// while the incarnation before, of the same image, had none either.
[[nodiscard]] std::string objectionTo(const std::optional<wire::ResetProof>& shown,
    const DesktopRow& row, const std::optional<Evidence>& before);

/// Judges what the agent of a fresh incarnation shows, keeps it, and sets the desktop aside when
/// it is not fresh. True: it may be ready.
[[nodiscard]] Result<bool> acceptReset(
    Store& store, const DesktopRow& row, const wire::AgentReport& report, WallTime now);

}
