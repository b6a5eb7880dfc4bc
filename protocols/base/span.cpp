// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/span.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace wardesk {

namespace {

struct Unit
{
    std::int64_t seconds;
    const char* name;
    const char* many;
    const char* brief; ///< as it is typed
};

constexpr std::array units { Unit { 86'400, "day", "days", "d" }, Unit { 3'600, "h", "h", "h" },
    Unit { 60, "min", "min", "min" }, Unit { 1, "s", "s", "s" } };

const Unit* unitNamed(std::string_view name)
{
    for (const Unit& unit : units) {
        if (name == unit.brief || name == unit.name || name == unit.many
            || (unit.seconds == 60 && name == "m"))
            return &unit;
    }
    return nullptr;
}

}

std::string spanText(std::chrono::seconds span)
{
    std::string text;
    std::int64_t rest = std::max<std::int64_t>(0, span.count());
    int told = 0;
    for (const Unit& unit : units) {
        const std::int64_t count = rest / unit.seconds;
        rest %= unit.seconds;
        if (count > 0 && told < 2)
            text += (text.empty() ? "" : " ") + std::to_string(count) + ' '
                + (count == 1 ? unit.name : unit.many);
        told += !text.empty() ? 1 : 0;
    }
    return text.empty() ? "0 s" : text;
}

Result<std::chrono::seconds> readSpan(const std::string& field, const std::string& text)
{
    if (text == "never" || text == "0")
        return std::chrono::seconds(0);
    constexpr std::int64_t most = 100 * 366 * std::int64_t { 86'400 };
    std::int64_t seconds = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        std::int64_t count = 0;
        const auto number = std::from_chars(at, end, count);
        const char* name = number.ptr;
        const char* next = std::find_if(name, end, [](char c) { return c >= '0' && c <= '9'; });
        const Unit* unit = unitNamed({ name, static_cast<std::size_t>(next - name) });
        if (number.ec != std::errc() || count < 0 || unit == nullptr
            || count > (most - seconds) / unit->seconds) {
            seconds = 0;
            break;
        }
        seconds += count * unit->seconds;
        at = next;
    }
    if (seconds > 0)
        return std::chrono::seconds(seconds);
    return failure(Errc::invalidArgument,
        "'" + field + "' is wrong: '" + text.substr(0, 64)
            + "'; a time like 90s, 5min, 16h, 2d or never is expected");
}

}
