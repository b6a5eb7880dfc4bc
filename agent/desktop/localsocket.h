// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/desktop/localmessages.h"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>

namespace wardesk::desktop {

/// Serves RUN/agent.sock. Everybody may connect; who it is comes from the kernel (SO_PEERCRED), and
/// the handler decides on it.
class LocalSocket
{
public:
    struct Peer
    {
        uid_t user = 0;
        pid_t process = 0;
    };
    using Handler = std::function<LocalAnswer(const LocalRequest&, const Peer&)>;

    [[nodiscard]] static Result<std::unique_ptr<LocalSocket>> create(
        boost::asio::io_context& context, const std::string& path, Handler handler);
    ~LocalSocket();
    LocalSocket(const LocalSocket&) = delete;
    LocalSocket& operator=(const LocalSocket&) = delete;

private:
    struct Private;
    explicit LocalSocket(std::shared_ptr<Private> d);
    std::shared_ptr<Private> d;
};

}
