// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/app/config.h"
#include "broker/domain/store.h"

#include <memory>
#include <string>

namespace wardesk::broker::bench {

struct Amounts
{
    long users = 10240; ///< and as many ready desktops
    long pools = 64; ///< 160 desktops each: a big ward's worth
};

/// Users "user-N", pools "pool-N", a ready desktop for every user.
struct Filled
{
    OrganisationId organisation;
    long users = 0;
    long pools = 0;
};

/// By the thousand in one statement, past the store: a row at a time would take minutes.
[[nodiscard]] Result<void> fill(Store& store, const Config& config, const Amounts& amounts);
[[nodiscard]] Filled filledWith(const Amounts& amounts);

}
