// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"
#include "broker/domain/hypervisor.h"

#include <memory>

namespace wardesk::broker {

/// The virtualisation hosts of the configuration: one for containers, one for virtual machines, or
/// both behind one port.
[[nodiscard]] Result<std::unique_ptr<Hypervisor>> openHost(const Config& config);

}
