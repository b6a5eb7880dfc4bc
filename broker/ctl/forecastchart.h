// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/wire/adminmessages.h"

#include <string>

namespace wardesk::ctl {

/// A pool's next day for a terminal: what there is now, a bar for the spares of each half hour with
/// the reason where it changes, and how the figures come about. Times without a change are folded.
[[nodiscard]] std::string forecastChart(const wire::PoolForecast& forecast);

}
