// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace wardesk::agent {

/// One line to standard error, with the time. Never a secret.
void log(std::string_view line);

}
