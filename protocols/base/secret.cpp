// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "protocols/base/secret.h"

#include <sodium.h>
#include <utility>

namespace wardesk {

Secret::Secret(std::string value)
    : m_value(value)
{
    sodium_memzero(value.data(), value.size());
}

Secret::Secret(const Secret& other) = default;

Secret::Secret(Secret&& other) noexcept
    : m_value(other.m_value)
{
    // A moved-from short string keeps its characters; copy, then wipe the source.
    other.wipe();
}

Secret& Secret::operator=(const Secret& other)
{
    if (this != &other) {
        wipe();
        m_value = other.m_value;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        m_value = other.m_value;
        other.wipe();
    }
    return *this;
}

Secret::~Secret()
{
    wipe();
}

bool Secret::equals(std::string_view other) const
{
    return other.size() == m_value.size()
        && sodium_memcmp(other.data(), m_value.data(), m_value.size()) == 0;
}

void Secret::wipe() noexcept
{
    sodium_memzero(m_value.data(), m_value.size());
    m_value.clear();
}

}
