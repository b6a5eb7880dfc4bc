// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace wardesk::client {

inline constexpr auto versionText = WARDESK_VERSION;

}
