// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/evidence.h"
#include "broker/domain/rollout.h"
#include "broker/domain/values.h"

#include <optional>
#include <string>
#include <string_view>

namespace wardesk::broker {

/// How the incarnation ends after its lease was closed for this reason.
[[nodiscard]] EndReason endReasonOf(CloseReason reason);

/// "loggedOff" and so on: for rows, audit records and the API.
[[nodiscard]] std::string nameOf(EndReason reason);
[[nodiscard]] std::string nameOf(CloseReason reason);
[[nodiscard]] std::string nameOf(EvidenceKind kind);
[[nodiscard]] std::optional<EvidenceKind> evidenceKindNamed(std::string_view name);
[[nodiscard]] std::optional<EndReason> endReasonNamed(std::string_view name);
[[nodiscard]] std::optional<CloseReason> closeReasonNamed(std::string_view name);

[[nodiscard]] std::string nameOf(PoolKind kind);
[[nodiscard]] std::optional<PoolKind> poolKindNamed(std::string_view name);
[[nodiscard]] std::string nameOf(Spread spread);
[[nodiscard]] std::optional<Spread> spreadNamed(std::string_view name);

[[nodiscard]] std::string nameOf(ImageState state);
[[nodiscard]] std::string nameOf(RolloutMode mode);
[[nodiscard]] std::string nameOf(RolloutState state);
[[nodiscard]] std::optional<ImageState> imageStateNamed(std::string_view name);
[[nodiscard]] std::optional<RolloutMode> rolloutModeNamed(std::string_view name);
[[nodiscard]] std::optional<RolloutState> rolloutStateNamed(std::string_view name);

}
