// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"

namespace wardesk::broker {

/// `invalidArgument` for what no domain could be made of: control characters, a slash in the
/// name, a bad UUID or address.
[[nodiscard]] Result<void> checkSpec(const DomainSpec& spec);

}
