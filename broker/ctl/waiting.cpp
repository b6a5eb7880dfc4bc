// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/waiting.h"

#include <thread>

namespace wardesk::ctl {

Result<void> waitUntil(const std::function<Result<std::string>()>& look,
    const std::function<void(const std::string&)>& tell, std::chrono::seconds patience)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    std::string told;
    for (;;) {
        const auto state = look();
        if (!state)
            return tl::unexpected(state.error());
        if (state->empty())
            return {};
        if (*state != told)
            tell(*state);
        told = *state;
        if (std::chrono::steady_clock::now() >= end)
            return failure(Errc::timeout,
                "not done after " + std::to_string(patience.count()) + " s: " + *state);
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

}
