// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/domain/host.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wardesk::broker {

namespace {

constexpr std::size_t mostLabels = 32;
constexpr std::array modes { std::pair<HostMode, std::string_view> { HostMode::active, "active" },
    std::pair<HostMode, std::string_view> { HostMode::draining, "draining" },
    std::pair<HostMode, std::string_view> { HostMode::maintenance, "maintenance" } };

bool isWord(std::string_view text)
{
    const auto isPlain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || c == '-' || c == '_' || c == '.';
    };
    return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), isPlain);
}

}

Result<Labels> parseLabels(const std::string& text)
{
    Labels labels;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view one(text.data() + begin, end - begin);
        const std::size_t sign = one.find('=');
        const bool isPair = sign != std::string_view::npos && isWord(one.substr(0, sign))
            && isWord(one.substr(sign + 1));
        if (!isPair || labels.size() == mostLabels
            || !labels.emplace(one.substr(0, sign), one.substr(sign + 1)).second)
            return failure(Errc::invalidArgument,
                "'labels' is wrong: NAME=VALUE, several with commas, each name once, like "
                "gpu=yes,rack=2");
        begin = end + 1;
    }
    return labels;
}

std::string textOf(const Labels& labels)
{
    std::string text;
    for (const auto& [name, value] : labels)
        text += (text.empty() ? "" : ",") + name + '=' + value;
    return text;
}

std::string nameOf(HostMode mode)
{
    const auto found = std::find_if(
        modes.begin(), modes.end(), [mode](const auto& one) { return one.first == mode; });
    return std::string(found->second);
}

std::optional<HostMode> hostModeNamed(std::string_view name)
{
    for (const auto& [mode, known] : modes) {
        if (known == name)
            return mode;
    }
    return std::nullopt;
}

std::int64_t usualMemoryPercent(ImageKind kind)
{
    return kind == ImageKind::lxc ? 400 : 100;
}

}
