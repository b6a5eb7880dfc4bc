// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"
#include "broker/domain/hypervisor.h"

#include <memory>
#include <vector>

namespace wardesk::broker {

/// A connection to this host, with the settings that all hosts share.
[[nodiscard]] Result<std::unique_ptr<Hypervisor>> openHost(const Config& config, const Host& host);

/// The hosts that the configuration names, as the first rows: one for containers, and one for
/// virtual machines where it has one.
[[nodiscard]] std::vector<Host> configuredHosts(const Config& config, WallTime now);

}
