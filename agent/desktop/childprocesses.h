// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/account.h"
#include "protocols/base/error.h"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wardesk::desktop {

struct Launch
{
    std::vector<std::string> arguments; ///< the first one is looked up in PATH
    std::vector<std::string>
        environment; ///< NAME=value, beside PATH, LANG and the account's HOME, USER, LOGNAME
    std::optional<Account> account; ///< becomes this one first, if we are root
};

/// Starts and reaps child processes. It reaps those too that this process inherited by exec (sesman
/// and xrdp were started by the script that became the agent). One per program; on the io_context's
/// thread.
class ChildProcesses
{
public:
    struct End
    {
        int code = 0; ///< exit code, or 128 + the signal
        std::string output; ///< the first 4 KiB of standard output
    };
    using Ended = std::function<void(const End&)>;

    explicit ChildProcesses(boost::asio::io_context& context);
    ~ChildProcesses();
    ChildProcesses(const ChildProcesses&) = delete;
    ChildProcesses& operator=(const ChildProcesses&) = delete;

    [[nodiscard]] Result<pid_t> start(const Launch& launch, Ended ended);
    void onStrangerEnded(std::function<void()> ended);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}
