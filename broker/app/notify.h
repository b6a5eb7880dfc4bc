// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace wardesk::broker {

/// Tells the service manager, when there is one (sd_notify(3)'s protocol).
void notifyService(std::string_view state);

}
