// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace wardesk {

/// An identifier that cannot be mistaken for another kind's: StrongId<struct DesktopTag>. The value
/// is opaque text, a UUID in lower case wherever we make it.
template <typename Tag> class StrongId
{
public:
    StrongId() = default;
    explicit StrongId(std::string value)
        : m_value(std::move(value))
    {
    }
    [[nodiscard]] const std::string& value() const { return m_value; }
    [[nodiscard]] bool isEmpty() const { return m_value.empty(); }
    friend auto operator<=>(const StrongId&, const StrongId&) = default;

private:
    std::string m_value;
};

/// The same for numbers that only grow: Incarnation, Epoch.
template <typename Tag> class StrongNumber
{
public:
    constexpr StrongNumber() = default;
    constexpr explicit StrongNumber(long long value)
        : m_value(value)
    {
    }
    [[nodiscard]] constexpr long long value() const { return m_value; }
    friend constexpr auto operator<=>(const StrongNumber&, const StrongNumber&) = default;

private:
    long long m_value = 0;
};

}

template <typename Tag> struct std::hash<wardesk::StrongId<Tag>>
{
    std::size_t operator()(const wardesk::StrongId<Tag>& id) const noexcept
    {
        return std::hash<std::string> {}(id.value());
    }
};
