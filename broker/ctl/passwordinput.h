// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocols/base/error.h"
#include "protocols/base/secret.h"

#include <string>

namespace wardesk::ctl {

/// Typing a new one twice avoids a password that nobody knows.
enum class Typing { once, twice };

/// A password from the first line of a file ("-": standard input), or typed without echo. There is
/// no way to give one as a word of the command: every user of the machine could see it.
[[nodiscard]] Result<Secret> readPassword(
    const std::string& file, const std::string& prompt, Typing typing);

}
