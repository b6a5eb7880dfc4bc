// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::ctl {

/// Columns for people: aligned by what characters take on a terminal, UTF-8.
class Table
{
public:
    explicit Table(std::vector<std::string> heads);
    void add(std::vector<std::string> cells);
    /// Not wider than `width` columns where that can be had: the last column gives way first, then
    /// the widest ones, and what was cut ends in "…". 0: as wide as it is.
    [[nodiscard]] std::string text(std::size_t width) const;

private:
    std::vector<std::vector<std::string>> m_rows; ///< the heads are the first
};

/// What a terminal shows of it, without what would command the terminal: names come from others.
[[nodiscard]] std::string printable(const std::string& text);
/// Columns that the text takes.
[[nodiscard]] std::size_t columnsOf(const std::string& text);
[[nodiscard]] std::string shortened(const std::string& text, std::size_t columns);

/// Local time, "2026-01-01 08:30:00"; "-" for none.
[[nodiscard]] std::string timeText(std::optional<std::int64_t> milliseconds);
/// For long lists: "08:30:00" on the day of `now`, "2026-01-01 08:30" on others.
[[nodiscard]] std::string shortTimeText(std::optional<std::int64_t> milliseconds, std::int64_t now);
/// The same, where now is now.
[[nodiscard]] std::string shortTimeText(std::optional<std::int64_t> milliseconds);
[[nodiscard]] std::string yesNo(bool value);

}
