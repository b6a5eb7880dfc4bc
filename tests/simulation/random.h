// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

namespace wardesk::broker::simulation {

using Span = std::chrono::milliseconds;

/// Everything that is left to chance in the simulated world. Fast, and the same everywhere
/// (splitmix64): the standard library's distributions differ between versions.
class Random
{
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed)
    {
    }
    std::uint64_t next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    /// Both ends included.
    std::int64_t between(std::int64_t low, std::int64_t high)
    {
        return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
    }
    Span between(Span low, Span high) { return Span(between(low.count(), high.count())); }
    /// Short ones are as likely as long ones, whatever the order of magnitude.
    Span spread(Span low, Span high)
    {
        const double from = std::log(static_cast<double>(low.count() + 1));
        const double to = std::log(static_cast<double>(high.count() + 1));
        return Span(static_cast<std::int64_t>(std::exp(from + unit() * (to - from))) - 1);
    }
    double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
    bool chance(double probability) { return unit() < probability; }
    template <typename T> T& pick(std::vector<T>& from)
    {
        return from[static_cast<std::size_t>(next() % from.size())];
    }

private:
    std::uint64_t m_state;
};

}
