// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/store.h"
#include "broker/pool/rollouttext.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::broker {

/// The open rollout of a pool, otherwise its last one, with what it is about.
struct KnownRollout
{
    std::optional<Rollout> rollout;
    std::vector<DesktopRow> desktops;
    RolloutNames names;
};
[[nodiscard]] Result<KnownRollout> readRollout(Store& store, const Pool& pool);

/// Row and names only.
[[nodiscard]] wire::RolloutItem itemOf(const Rollout& rollout, const RolloutNames& names);
/// With its desktops and in sentences.
[[nodiscard]] wire::RolloutItem itemOf(Store& store, const KnownRollout& known, WallTime now);
/// "name:version", or the id of what is not there.
[[nodiscard]] std::string versionText(Store& store, const ImageId& id);
/// Why a desktop has not the pool's version; empty when it has.
[[nodiscard]] std::string outdatedText(
    const KnownRollout& known, const Pool& pool, const DesktopRow& row, WallTime now);

}
