// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.h"

/// An administrator who brings new versions of the image to the pools, stops, resumes and rolls
/// back, by the real service; and what must have become of that.
namespace wardesk::broker::simulation {

/// Its desktops run and never get ready.
extern const ImageId brokenImage;

[[nodiscard]] Result<void> addVersions(
    Store& store, const OrganisationId& organisation, ImageKind kind, WallTime now);
/// At random times of the trouble, in some of the seeds.
void planRollouts(World& world, Random chance);
/// What an administrator would do when all faults are over: back from what has stopped.
void settleRollouts(World& world);
/// What is not yet as it should be, in words.
[[nodiscard]] std::string rolloutsLeft(World& world);

}
