// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

namespace wardesk::broker {

/// `invalidArgument` for what no domain could be made of: control characters, a slash in the
/// name, a bad UUID or address.
[[nodiscard]] Result<void> checkSpec(const DomainSpec& spec);
/// A disk is made once: a start that comes late, or again, must not wipe what somebody has on it by
/// now.
[[nodiscard]] Error usedDiskError(const DomainSpec& spec);
/// The disk that is kept for somebody is not where it was: a new one in its place would hide that.
[[nodiscard]] Error lostDiskError(const DomainSpec& spec);
/// What was to be saved or resumed is not there, or has lost its memory.
[[nodiscard]] Error goneError(const DomainUuid& uuid);

}
