// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/log.h"

#include "protocols/base/clock.h"

#include <ctime>
#include <unistd.h>

namespace wardesk::broker {

namespace {

constexpr std::size_t maxValue = 400;

void appendValue(std::string& line, std::string_view value)
{
    line += '"';
    for (const char c : value.substr(0, maxValue)) {
        if (c == '"' || c == '\\')
            line += '\\';
        const auto byte = static_cast<unsigned char>(c);
        line += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    line += '"';
}

}

void logEvent(LogLevel level, std::string_view event,
    std::initializer_list<std::pair<std::string_view, std::string>> fields)
{
    const std::int64_t now = SystemClock().wall().time_since_epoch().count();
    const std::time_t seconds = now / 1000;
    std::tm parts {};
    gmtime_r(&seconds, &parts);
    char text[40];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::string line(text, length);
    const std::string millis = std::to_string(1000 + now % 1000);
    line += '.' + millis.substr(1) + 'Z';
    line += level == LogLevel::info  ? " info "
        : level == LogLevel::warning ? " warning "
                                     : " ALARM ";
    line += event;
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        appendValue(line, value);
    }
    line += '\n';
    // One write, so that lines of several threads do not mix; a full pipe must not stop the broker.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}
