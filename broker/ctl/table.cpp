// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/table.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <cwchar>
#include <numeric>

namespace wardesk::ctl {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 6;
constexpr std::size_t narrowestLast = 8;

/// The character that starts at `at`, as its length in bytes and its columns; broken UTF-8 is one
/// byte and one column.
struct Step
{
    std::size_t bytes = 1;
    std::size_t columns = 1;
};

Step stepAt(const std::string& text, std::size_t at)
{
    wchar_t character = 0;
    std::mbstate_t state {};
    const std::size_t bytes = std::mbrtowc(&character, text.data() + at, text.size() - at, &state);
    if (bytes == 0 || bytes > text.size() - at)
        return {};
    const int columns = ::wcwidth(character);
    return { .bytes = bytes, .columns = static_cast<std::size_t>(std::max(columns, 0)) };
}

std::tm localTime(std::int64_t milliseconds)
{
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm local {};
    ::localtime_r(&seconds, &local);
    return local;
}

std::string written(const std::tm& time, const char* form)
{
    std::array<char, 32> text {};
    return { text.data(), std::strftime(text.data(), text.size(), form, &time) };
}

}

std::size_t columnsOf(const std::string& text)
{
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Step step = stepAt(text, at);
        columns += step.columns;
        at += step.bytes;
    }
    return columns;
}

std::string shortened(const std::string& text, std::size_t columns)
{
    if (columnsOf(text) <= columns)
        return text;
    std::size_t used = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const Step step = stepAt(text, at);
        if (used + step.columns + 1 > columns)
            break;
        used += step.columns;
        at += step.bytes;
    }
    return text.substr(0, at) + "…";
}

std::string printable(const std::string& text)
{
    std::string clean;
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool c1 = byte == 0xc2 && at + 1 < text.size()
            && static_cast<unsigned char>(text[at + 1]) < 0xa0;
        if (byte < 0x20 || byte == 0x7f || c1) {
            clean += byte == '\n' || byte == '\t' ? ' ' : '?';
            at += c1 ? 2 : 1;
            continue;
        }
        clean += text[at++];
    }
    return clean;
}

Table::Table(std::vector<std::string> heads)
{
    m_rows.push_back(std::move(heads));
}

void Table::add(std::vector<std::string> cells)
{
    cells.resize(m_rows.front().size());
    for (std::string& cell : cells)
        cell = cell.empty() ? "-" : printable(cell);
    m_rows.push_back(std::move(cells));
}

std::string Table::text(std::size_t width) const
{
    std::vector<std::size_t> widths(m_rows.front().size(), 0);
    for (const auto& row : m_rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columnsOf(row[i]));
    }
    const std::size_t gaps = gap * (widths.size() - 1);
    const std::size_t needed = std::accumulate(widths.begin(), widths.end(), gaps);
    // A sentence or an id: half of it says something, half of an address or of a time does not.
    if (width > 0 && needed > width && widths.back() > narrowestLast)
        widths.back() -= std::min(needed - width, widths.back() - narrowestLast);
    while (width > 0 && std::accumulate(widths.begin(), widths.end(), gaps) > width) {
        auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= narrowest)
            break;
        --*widest;
    }
    std::string all;
    for (const auto& row : m_rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string cell = shortened(row[i], widths[i]);
            line += cell;
            if (i + 1 < row.size())
                line += std::string(widths[i] - columnsOf(cell) + gap, ' ');
        }
        all += line + '\n';
    }
    return all;
}

std::string timeText(std::optional<std::int64_t> milliseconds)
{
    if (!milliseconds || *milliseconds == 0)
        return "-";
    return written(localTime(*milliseconds), "%Y-%m-%d %H:%M:%S");
}

std::string shortTimeText(std::optional<std::int64_t> milliseconds, std::int64_t now)
{
    if (!milliseconds || *milliseconds == 0)
        return "-";
    const std::tm then = localTime(*milliseconds);
    const std::tm today = localTime(now);
    const bool isToday = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
    return written(then, isToday ? "%H:%M:%S" : "%Y-%m-%d %H:%M");
}

std::string shortTimeText(std::optional<std::int64_t> milliseconds)
{
    return shortTimeText(milliseconds, static_cast<std::int64_t>(std::time(nullptr)) * 1000);
}

std::string yesNo(bool value)
{
    return value ? "yes" : "no";
}

}
