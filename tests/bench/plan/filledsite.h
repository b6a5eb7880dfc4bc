// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/hypervisor.h"
#include "broker/domain/store.h"

#include <memory>
#include <string>
#include <vector>

namespace wardesk::bench {

/// A site in a SQLite file of its own: so many desktops, spread evenly over the pools, all ready,
/// four of five in use.
[[nodiscard]] Result<std::unique_ptr<broker::Store>> fillSite(
    const std::string& file, int pools, int desktops);

/// What the hosts show of it: every domain runs, `hosts` of them in turn.
[[nodiscard]] std::vector<std::vector<broker::ObservedDomain>> domainsOf(
    const std::vector<broker::DesktopRow>& rows, int hosts);

}
