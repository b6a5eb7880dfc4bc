// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace wardesk::broker {

enum class LogLevel { info, warning, alarm };

/// One line per event on stderr: time, level, event, key=value. Values are cleaned of line breaks
/// and cut; never hand a secret over. Thread-safe.
void logEvent(LogLevel level, std::string_view event,
    std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

}
