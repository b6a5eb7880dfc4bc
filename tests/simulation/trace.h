// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/scheduler.h"

#include <cstdio>
#include <string>

namespace wardesk::broker::simulation {

/// The story of a seed for people. Costs nothing unless somebody listens.
class Trace
{
public:
    Trace(const Scheduler& scheduler, bool isTold)
        : m_scheduler(scheduler)
        , m_isTold(isTold)
    {
    }
    [[nodiscard]] bool isTold() const { return m_isTold; }
    /// `make` gives the sentence.
    template <typename Make> void tell(const char* who, const Make& make) const
    {
        if (m_isTold)
            print(who, make());
    }

private:
    void print(const char* who, const std::string& what) const
    {
        const auto now = m_scheduler.now().count();
        std::printf("%5lld.%03lld  %-10s %s\n", static_cast<long long>(now / 1000),
            static_cast<long long>(now % 1000), who, what.c_str());
    }
    const Scheduler& m_scheduler;
    bool m_isTold;
};

}
