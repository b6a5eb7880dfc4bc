// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace wardesk {

/// Text that must not leak: zeroes its memory when it dies and has no way of being printed or
/// logged. reveal() is the one place to look for when auditing.
class Secret
{
public:
    Secret() = default;
    explicit Secret(std::string value);
    Secret(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    [[nodiscard]] std::string_view reveal() const { return m_value; }
    [[nodiscard]] bool isEmpty() const { return m_value.empty(); }
    /// Compares in a time that does not depend on where the difference is.
    [[nodiscard]] bool equals(std::string_view other) const;

private:
    void wipe() noexcept;
    std::string m_value;
};

}
